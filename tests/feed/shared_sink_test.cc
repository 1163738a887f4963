// Sinks of many nodes: one serves, another takes over, nothing is skipped, and who was stopped
// meanwhile says nothing any more.
#include "feed/shared_sink.h"

#include <gtest/gtest.h>

#include "tests/feed/schedules.h"

namespace holdfast::test {
namespace {

using feed::DeliverMode;

constexpr uint64_t kSchedules = 150;

TEST(SharedSinkSchedules, NoEventIsSkippedAndNobodySendsOnceTheSinkIsAnothers) {
  size_t takeovers = 0;
  for (uint64_t seed = 1; seed <= kSchedules; ++seed) {
    const auto cluster = run_schedule(seed);
    expect_all_told(*cluster, seed);
    takeovers += cluster->row().epoch;
  }
  EXPECT_GT(takeovers, 5 * kSchedules);  // the schedules are worth something
}

TEST(SharedSinkSchedules, WhateverHappenedTheLastNumberToldIsTheLastThereWas) {
  for (uint64_t seed = 1; seed <= kSchedules; ++seed)
    expect_last_numbers(*run_schedule(seed, {}, DeliverMode::kStock), seed);
}

TEST(SharedSinkSchedules, WithoutTheLookAtTheEndOfTheLeaseTheyFindASendThatIsTooLate) {
  SharedCluster::Guards guards;
  guards.send_until = false;
  size_t stale = 0;
  for (uint64_t seed = 1; seed <= kSchedules; ++seed)
    stale += run_schedule(seed, guards)->stale_sends();
  EXPECT_GT(stale, 0u);
}

TEST(SharedSinkSchedules, WithoutTheFenceTheyFindCursorsThatAreWrittenTooLate) {
  SharedCluster::Guards guards;
  guards.fence = false;
  size_t stale = 0;
  for (uint64_t seed = 1; seed <= kSchedules; ++seed)
    stale += run_schedule(seed, guards)->stale_writes_;
  EXPECT_GT(stale, 0u);
}

TEST(SharedSinkSchedules, WithALeaseThatIsTrustedTooLongTheyFindTwoThatSend) {
  SharedCluster::Guards guards;
  guards.times.margin = -3 * kSecond;
  size_t stale = 0;
  for (uint64_t seed = 1; seed <= kSchedules; ++seed)
    stale += run_schedule(seed, guards)->stale_sends();
  EXPECT_GT(stale, 0u);
}

// ---- by hand -----------------------------------------------------------------------------------

class SharedSinkTest : public testing::Test {
 protected:
  void begin(DeliverMode mode, int nodes = 2) {
    cluster_ = std::make_unique<SharedCluster>(7, shared_sink(mode), SharedCluster::Guards{});
    cluster_->faulty_ = false;
    for (int i = 0; i < nodes; ++i) cluster_->add_node();
  }
  void turn(SharedCluster::Node& node) {
    node.sink->tend();
    for (int i = 0; i < 4; ++i) cluster_->work(node);
    node.sink->flush();
  }
  /// Only these nodes go on.
  void run(const std::vector<SharedCluster::Node*>& nodes, Duration time) {
    for (const Duration until = now() + time; now() < until;) {
      for (SharedCluster::Node* node : nodes) turn(*node);
      cluster_->clock_.advance(50 * kMillisecond);
    }
  }
  Duration now() const { return cluster_->clock_.boot(); }
  SharedCluster::Node& one() { return cluster_->node(0); }
  SharedCluster::Node& other() { return cluster_->node(1); }
  const std::vector<Receiver::Arrived>& arrived() const { return cluster_->receiver_.arrived; }

  std::unique_ptr<SharedCluster> cluster_;
};

TEST_F(SharedSinkTest, OneServesAndTheOtherSaysWho) {
  begin(DeliverMode::kEvents);
  for (int i = 0; i < 10; ++i) cluster_->log_.receive("sku-" + std::to_string(i));
  run({&one(), &other()}, 3 * kSecond);
  EXPECT_EQ(arrived().size(), 10u);
  ASSERT_TRUE(one().sink->courier());
  EXPECT_FALSE(other().sink->courier());
  const feed::SinkStatus seen = other().sink->status();
  EXPECT_EQ(seen.served_by, one().sink->status().served_by);
  EXPECT_EQ(seen.cursor, 10u);
  EXPECT_EQ(seen.delivered, 10u);
}

TEST_F(SharedSinkTest, WhoLeavesIsFollowedWithinASecondAndNothingIsToldTwice) {
  begin(DeliverMode::kEvents);
  for (int i = 0; i < 10; ++i) cluster_->log_.receive("sku-" + std::to_string(i));
  run({&one(), &other()}, 2 * kSecond);
  one().sink->leave();
  cluster_->log_.receive("sku-1");
  run({&other()}, kSecond);
  ASSERT_TRUE(other().sink->courier());
  EXPECT_EQ(arrived().size(), 11u);
}

TEST_F(SharedSinkTest, AKilledNodeIsFollowedWithinSecondsFromItsLastDurableCursor) {
  begin(DeliverMode::kEvents);
  for (int i = 0; i < 10; ++i) cluster_->log_.receive("sku-1");
  run({&one(), &other()}, 2 * kSecond);
  for (int i = 0; i < 5; ++i) cluster_->log_.receive("sku-1");
  for (int i = 0; i < 9; ++i) cluster_->work(one());  // told, and never made durable
  const feed::LeaseTimes times;
  run({&other()}, times.ttl + times.look_every);
  ASSERT_TRUE(other().sink->courier());
  EXPECT_EQ(cluster_->told().size(), 15u);
  EXPECT_TRUE(cluster_->first_deliveries_in_order());
  EXPECT_EQ(other().sink->status().cursor, 15u);
}

/// Schedule 32: who says "7 left" is stopped before it is sent; the other says 0.
TEST_F(SharedSinkTest, Schedule32_WhoWasStoppedBeforeItSentSaysNothingWhenItGoesOn) {
  begin(DeliverMode::kStock);
  cluster_->stock_.available["shirt"] = 9;
  cluster_->log_.receive("shirt");
  run({&one(), &other()}, 2 * kSecond);
  ASSERT_TRUE(one().sink->courier());
  ASSERT_EQ(told_number(arrived().back().item), 9);

  cluster_->stock_.available["shirt"] = 7;
  cluster_->log_.receive("shirt");
  cluster_->before_sending_ = [&] {
    cluster_->before_sending_ = nullptr;
    cluster_->stock_.available["shirt"] = 0;
    cluster_->log_.receive("shirt");
    run({&other()}, 20 * kSecond);
    EXPECT_TRUE(other().sink->courier());
    EXPECT_EQ(told_number(arrived().back().item), 0);
  };
  cluster_->work(one());
  EXPECT_EQ(cluster_->before_sending_, nullptr);
  run({&one(), &other()}, 10 * kSecond);
  EXPECT_EQ(told_number(arrived().back().item), 0);
  for (const Receiver::Arrived& push : arrived()) EXPECT_NE(told_number(push.item), 7);
  EXPECT_EQ(cluster_->stale_sends(), 0u);
}

TEST_F(SharedSinkTest, WhatWasOnItsWayAtATakeoverIsWaitedOutAndToldAgain) {
  begin(DeliverMode::kStock);
  cluster_->stock_.available["shirt"] = 9;
  cluster_->log_.receive("shirt");
  run({&one(), &other()}, 2 * kSecond);
  const size_t before = arrived().size();
  cluster_->log_.receive("shirt");
  cluster_->work(one());
  cluster_->work(one());
  ASSERT_EQ(arrived().size(), before + 1);  // it arrived; the node is gone before that is durable
  const feed::LeaseTimes times;
  run({&other()}, times.ttl + times.look_every);
  ASSERT_TRUE(other().sink->courier());
  EXPECT_EQ(arrived().size(), before + 1);
  run({&other()}, feed::SinkSettings{}.ambiguous_wait + kSecond);
  EXPECT_EQ(arrived().size(), before + 2);
}

TEST_F(SharedSinkTest, WhatIsAskedAtAnyNodeIsDoneByTheOneThatServes) {
  begin(DeliverMode::kEvents);
  run({&one(), &other()}, kSecond);
  ASSERT_TRUE(one().sink->courier());
  const auto paused = other().sink->ask(feed::PauseSink{});
  ASSERT_TRUE(paused);
  run({&one(), &other()}, kSecond);
  EXPECT_EQ(one().sink->status().state, feed::SinkState::kPaused);
  EXPECT_TRUE(*other().sink->is_finished(*paused));
  // It is durable: whoever takes over goes on so.
  one().sink->leave();
  run({&other()}, kSecond);
  EXPECT_EQ(other().sink->status().state, feed::SinkState::kPaused);
  cluster_->log_.receive("sku-1");
  ASSERT_TRUE(other().sink->ask(feed::ResumeSink{}));
  run({&other()}, kSecond);
  EXPECT_EQ(arrived().size(), 1u);
}

TEST_F(SharedSinkTest, WhatWasAskedOfANodeThatDiedIsDoneByTheNext) {
  begin(DeliverMode::kEvents);
  for (int i = 0; i < 3; ++i) cluster_->log_.receive("sku-1");
  run({&one(), &other()}, 2 * kSecond);
  ASSERT_TRUE(one().sink->ask(feed::ReplaySink{1, 3}));
  one().sink->tend();  // taken up, and nothing came of it
  run({&other()}, 8 * kSecond);
  EXPECT_EQ(arrived().size(), 6u);
}

TEST_F(SharedSinkTest, WhoLostTheSinkCannotWriteItsCursor) {
  begin(DeliverMode::kEvents);
  cluster_->log_.receive("sku-1");
  run({&one()}, kSecond);
  const auto courier = one().sink->courier();
  ASSERT_TRUE(courier);
  cluster_->log_.receive("sku-1");
  cluster_->work(one());
  cluster_->work(one());
  // The row moves on at once, whatever the lease's time.
  other().sink->tend();
  ASSERT_TRUE(*other().leases->take("shop", *other().leases->look("shop")));
  one().sink->flush();
  EXPECT_FALSE(one().sink->courier() && one().sink->courier()->runner().do_work(0));
  EXPECT_TRUE(courier->runner().lost());
  const auto saved = feed::CursorFile::open(other().leases->cursor("shop", 0), "cursor");
  ASSERT_TRUE(saved);
  EXPECT_EQ((*saved)->saved("shop").cursor, 1u);
}

TEST_F(SharedSinkTest, DeadLettersAndComparisonsAreSeenAtEveryNode) {
  begin(DeliverMode::kStock);
  cluster_->stock_.available["shirt"] = 9;
  cluster_->log_.receive("shirt");
  run({&one(), &other()}, 2 * kSecond);
  ASSERT_TRUE(other().sink->ask(
      feed::ObserveLevels{{{"web", "shirt", "", "", 4, cluster_->clock_.wall()}}}));
  run({&one(), &other()}, kSecond);
  const auto compared = other().sink->comparison();
  ASSERT_TRUE(compared && *compared);
  std::string next;
  const auto rows = (*compared)->page("", 10, std::nullopt, &next);
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].ours, 9);
  EXPECT_EQ(rows[0].theirs, 4);

  cluster_->receiver_.answer = [](const feed::Item&) { return feed::Verdict::kRejected; };
  cluster_->log_.receive("shirt");
  run({&one(), &other()}, 2 * kSecond);
  const auto letters = other().sink->dead_letters();
  ASSERT_TRUE(letters);
  EXPECT_EQ(letters->size(), 1u);
}

}  // namespace
}  // namespace holdfast::test
