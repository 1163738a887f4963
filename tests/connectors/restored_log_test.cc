// Cursors of a log whose end was given up: what the sink took of the abandoned future is no reason
// to skip anything of this one.
#include <gtest/gtest.h>

#include "connectors/registry.h"
#include "feed/cursor_file.h"
#include "feed/feed.h"
#include "tests/connectors/kit.h"

namespace holdfast::test {
namespace {

class RestoredLog : public testing::Test {
 protected:
  /// The cursor a sink starts with that was at `seq` in `incarnation`; the log has 20 events.
  Seq cursor_after(Seq seq, uint32_t incarnation, TestLog& log) {
    const TempDirectory directory;
    const std::string path = directory.file("feed.log");
    {
      auto cursors = feed::CursorFile::open(io::posix_file_system(), path, "testledger00");
      EXPECT_TRUE(cursors);
      (*cursors)->append("erp", {feed::CursorMoved{seq, incarnation}});
      EXPECT_TRUE((*cursors)->flush());
    }
    while (log.store().durable_seq() < 20) log.receive("a");
    TestStock stock(log.store());
    feed::FeedServices services{&log.store(), &stock, &io::posix_file_system(), &clock_, &random_};
    auto feed = feed::Feed::open(services, path);
    EXPECT_TRUE(feed) << feed.error().detail;
    connectors::SinkConfig config;
    config.settings.name = "erp";
    config.type = "noop";
    auto sink = connectors::make_sink(config);
    EXPECT_TRUE(sink) << sink.error().detail;
    EXPECT_TRUE((*feed)->add_sink(config.settings, std::move(*sink)));
    return (*feed)->status("erp")->cursor;
  }

  SystemClock clock_;
  SystemRandom random_;
};

TEST_F(RestoredLog, ACursorBeyondTheCutGoesBackToIt) {
  TestLog log(1, {4});
  EXPECT_EQ(cursor_after(10, 0, log), 3u) << "the log has grown past 10 again, with other events";
}

TEST_F(RestoredLog, ACursorBeforeTheCutStays) {
  TestLog log(1, {4});
  EXPECT_EQ(cursor_after(2, 0, log), 2u);
}

TEST_F(RestoredLog, ACursorOfThisFutureStays) {
  TestLog log(1, {4});
  EXPECT_EQ(cursor_after(10, 1, log), 10u);
}

TEST_F(RestoredLog, WithTwoCutsItGoesBackToTheFirstItHasMissed) {
  TestLog log(2, {4, 16});
  EXPECT_EQ(cursor_after(10, 0, log), 3u);
  EXPECT_EQ(cursor_after(20, 1, log), 15u);
}

}  // namespace
}  // namespace holdfast::test
