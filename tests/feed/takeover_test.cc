// Nodes as processes over a real PostgreSQL, and a receiver that hears all of them: the one that
// serves is killed, stopped or sent home, and another goes on.
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "json/value.h"
#include "tests/connectors/kit.h"
#include "tests/connectors/loopback_receiver.h"
#include "tests/feed/tables.h"

namespace holdfast::test {
namespace {

using std::chrono::milliseconds;
using Time = std::chrono::steady_clock::time_point;

constexpr int kEvents = 240;
constexpr double kRate = 40;  // six seconds for one node

class TakeoverTest : public FeedTables {
 protected:
  struct Heard {
    std::string node;
    std::string sku;
    Seq seq = 0;
    Time at;
  };

  TakeoverTest() {
    receiver_.answer_with([this](const Received& request) {
      const auto body = json::parse_value(request.body);
      const std::lock_guard lock(mutex_);
      heard_.push_back({request.path.substr(request.path.rfind('/') + 1),
                        std::string(body->find("/subject")->as_text().value_or("")),
                        seq_of_id(request.headers.at("webhook-id")),
                        std::chrono::steady_clock::now()});
      return LoopbackReceiver::Answer{};
    });
  }

  ServerProcess& start(const std::string& name) {
    auto node = std::make_unique<ServerProcess>(
        HOLDFAST_FEED_NODE,
        std::vector<std::string>{"node", server_->url(), name, receiver_.url("/hooks"),
                                 std::to_string(kEvents), std::to_string(kRate)});
    EXPECT_TRUE(wait_until([&] { return node->out() == "runs\n"; })) << node->err();
    return *(nodes_[name] = std::move(node));
  }
  std::vector<Heard> heard() const {
    const std::lock_guard lock(mutex_);
    return heard_;
  }
  size_t heard_of(const std::string& node) const {
    const std::vector<Heard> all = heard();
    return std::count_if(all.begin(), all.end(),
                         [&](const Heard& one) { return one.node == node; });
  }
  bool all_heard() const {
    std::set<Seq> seqs;
    for (const Heard& one : heard()) seqs.insert(one.seq);
    return seqs.size() == kEvents;
  }
  /// What was heard for the first time is newer than what was heard of that SKU before.
  bool in_order() const {
    std::set<Seq> known;
    std::map<std::string, Seq> newest;
    for (const Heard& one : heard()) {
      if (!known.insert(one.seq).second) continue;
      if (one.seq < newest[one.sku]) return false;
      newest[one.sku] = one.seq;
    }
    return true;
  }
  /// From the last word of `from` to the first of another node.
  milliseconds gap_after(const std::string& from) const {
    Time last{}, next = Time::max();
    for (const Heard& one : heard()) {
      if (one.node == from) last = std::max(last, one.at);
      if (one.node != from) next = std::min(next, one.at);
    }
    return std::chrono::duration_cast<milliseconds>(next - last);
  }

  LoopbackReceiver receiver_;
  std::map<std::string, std::unique_ptr<ServerProcess>> nodes_;

 private:
  mutable std::mutex mutex_;
  std::vector<Heard> heard_;
};

TEST_F(TakeoverTest, AKilledNodeIsFollowedWithinSecondsAndNothingIsSkipped) {
  ServerProcess& one = start("one");
  ASSERT_TRUE(wait_until([&] { return heard_of("one") > 0; }));
  start("two");
  start("three");
  ASSERT_TRUE(wait_until([&] { return heard_of("one") > 60; }));
  EXPECT_EQ(heard().size(), heard_of("one"));
  one.kill();
  ASSERT_TRUE(wait_until([&] { return all_heard(); }));
  EXPECT_TRUE(in_order());
  EXPECT_LT(gap_after("one"), milliseconds(8'000));
  EXPECT_TRUE(heard_of("two") == 0 || heard_of("three") == 0);  // one of them
  RecordProperty("takeover_ms", static_cast<int>(gap_after("one").count()));
  // A cursor is durable within 200 ms, and four were on their way: so many are told twice at most.
  EXPECT_LT(heard().size(), size_t{kEvents} + 30);
}

TEST_F(TakeoverTest, ANodeThatLeavesIsFollowedWithinASecond) {
  ServerProcess& one = start("one");
  ASSERT_TRUE(wait_until([&] { return heard_of("one") > 0; }));
  start("two");
  ASSERT_TRUE(wait_until([&] { return heard_of("one") > 60; }));
  one.signal(SIGTERM);
  EXPECT_EQ(one.wait(), 0);
  ASSERT_TRUE(wait_until([&] { return all_heard(); }));
  EXPECT_TRUE(in_order());
  EXPECT_LT(gap_after("one"), milliseconds(1'500));
}

/// Schedule 32 with a process that stands still.
TEST_F(TakeoverTest, Schedule32_ANodeThatStoodStillSaysNothingOfWhatItHadInHand) {
  ServerProcess& one = start("one");
  ASSERT_TRUE(wait_until([&] { return heard_of("one") > 0; }));
  start("two");
  ASSERT_TRUE(wait_until([&] { return heard_of("one") > 60; }));
  one.pause();
  ASSERT_TRUE(wait_until([&] { return heard_of("two") > 20; }));
  const size_t before = heard_of("one");
  one.resume();
  ASSERT_TRUE(wait_until([&] { return all_heard(); }));
  EXPECT_EQ(heard_of("one"), before);
  EXPECT_TRUE(in_order());
  // It is a node like any other again.
  one.signal(SIGTERM);
  EXPECT_EQ(one.wait(), 0);
}

/// Without its table nobody sends; with it everything goes on where it was.
TEST_F(TakeoverTest, WhileTheDatabaseIsAwayNobodySendsForLongerThanALease) {
  start("one");
  start("two");
  ASSERT_TRUE(wait_until([&] { return heard().size() > 40; }));
  server_->pause();
  // The rest of the log would take longer than a lease lasts.
  size_t count = 0;
  Time since = std::chrono::steady_clock::now();
  const bool silent = wait_until([&] {
    const auto now = std::chrono::steady_clock::now();
    if (const size_t present = heard().size(); present != count) {
      count = present;
      since = now;
    }
    return now - since > milliseconds(1'000);
  });
  server_->resume();
  EXPECT_TRUE(silent);
  EXPECT_FALSE(all_heard());
  ASSERT_TRUE(wait_until([&] { return all_heard(); }));
  EXPECT_TRUE(in_order());
}

}  // namespace
}  // namespace holdfast::test
