// The stdout sink before a reader that does not read: it gives up in time, and no line is torn.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include "connectors/stdout/sink.h"

namespace holdfast::test {
namespace {

using connectors::standard_output::StdoutSink;
using feed::Verdict;

class StdoutTest : public testing::Test {
 protected:
  StdoutTest() {
    EXPECT_EQ(::pipe(pipe_), 0);
    EXPECT_EQ(::fcntl(pipe_[0], F_SETFL, O_NONBLOCK), 0);
    sink_ = std::make_unique<StdoutSink>(pipe_[1]);
  }
  ~StdoutTest() override {
    if (pipe_[0] >= 0) ::close(pipe_[0]);
    ::close(pipe_[1]);
  }
  std::string read_all() {
    std::string text;
    char piece[4'096];
    for (ssize_t count; (count = ::read(pipe_[0], piece, sizeof piece)) > 0;) {
      text.append(piece, static_cast<size_t>(count));
    }
    return text;
  }
  static feed::Item item(const std::string& id, size_t bytes) {
    feed::Item item;
    item.id = id;
    item.body = std::string(bytes, id[0]);
    return item;
  }
  std::vector<feed::Report> deliver(std::vector<feed::Item> items) {
    sink_->deliver(std::move(items), {});
    return sink_->poll(0);
  }

  int pipe_[2] = {-1, -1};
  std::unique_ptr<StdoutSink> sink_;
};

TEST_F(StdoutTest, AReaderThatWaitsTearsNoLine) {
  const auto stalled = deliver({item("a", 300'000), item("b", 10)});
  ASSERT_EQ(stalled.size(), 2u);
  EXPECT_EQ(stalled[0].verdict, Verdict::kRetry);
  EXPECT_EQ(stalled[1].verdict, Verdict::kRetry);
  std::string all = read_all();
  EXPECT_FALSE(all.empty());
  EXPECT_LT(all.size(), 300'000u);
  // Another item comes first now: the rest of the torn line goes before it.
  Verdict verdict = Verdict::kRetry;
  for (int round = 0; round < 10 && verdict != Verdict::kDelivered; ++round) {
    verdict = deliver({item("b", 10)})[0].verdict;
    all += read_all();
  }
  EXPECT_EQ(verdict, Verdict::kDelivered);
  EXPECT_EQ(deliver({item("a", 300'000)})[0].verdict, Verdict::kDelivered);
  all += read_all();
  EXPECT_TRUE(all == std::string(300'000, 'a') + "\n" + std::string(10, 'b') + "\n");
}

TEST_F(StdoutTest, AClosedPipeIsGone) {
  ::signal(SIGPIPE, SIG_IGN);
  ::close(std::exchange(pipe_[0], -1));
  EXPECT_EQ(deliver({item("a", 10)})[0].verdict, Verdict::kGone);
}

}  // namespace
}  // namespace holdfast::test
