// A stock courier and what its channel shows: reported, told again where the policy says so, and
// numbers that only rise held back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "feed/cursor_file.h"
#include "feed/stock_courier.h"
#include "io/memory_file_system.h"
#include "tests/connectors/kit.h"

namespace holdfast::test {
namespace {

using feed::ComparedState;
using testing::ElementsAre;

class StockCompareTest : public testing::Test {
 protected:
  StockCompareTest() {
    settings_.name = "shop";
    settings_.deliver = feed::DeliverMode::kStock;
    settings_.channel = "web";
    EXPECT_TRUE(files_.make_directories("data"));
    cursors_ = std::move(*feed::CursorFile::open(files_, "data/feed.log", "testledger00"));
  }
  void start() {
    if (runner_) runner_->end();
    runner_.reset();
    EXPECT_TRUE(cursors_->flush());
    cursors_.reset();
    cursors_ = std::move(*feed::CursorFile::open(files_, "data/feed.log", "testledger00"));
    feed::FeedServices services{&log_.store(), &stock_, &files_, &clock_, &random_};
    runner_ = std::make_unique<feed::CourierRunner>(
        services, settings_, std::make_unique<ScriptedSink>(peer_), *cursors_);
    settle();
  }
  void settle() {
    do {
      while (runner_->do_work(0)) {
      }
      EXPECT_TRUE(cursors_->flush());
    } while (runner_->do_work(0));
  }
  void pass(Duration time) {
    clock_.advance(time);
    settle();
  }
  void have(const std::string& sku, int64_t number) {
    stock_.available[sku] = number;
    log_.receive(sku);
    settle();
  }
  /// The channel shows a number now.
  void show(const std::string& sku, int64_t number) {
    const ObservedLevel level{"web", sku, "", "", number, clock_.wall()};
    runner_->post([level](feed::Courier& courier) { courier.observe({level}); });
    settle();
  }
  std::vector<int64_t> told(const std::string& sku) {
    std::vector<int64_t> numbers;
    for (const feed::Item& item : peer_->accepted) {
      if (item.sku == sku) numbers.push_back(told_number(item));
    }
    return numbers;
  }
  ComparedState state(const std::string& sku) {
    std::string next;
    for (const auto& row : runner_->comparison()->page("", 1'000, std::nullopt, &next)) {
      if (row.sku == sku) return row.state;
    }
    return ComparedState::kUnread;
  }

  io::MemoryFileSystem files_;
  TestLog log_;
  TestStock stock_{log_.store()};
  ManualClock clock_;
  SeededRandom random_{7};
  feed::SinkSettings settings_;
  std::shared_ptr<ScriptedSink::Peer> peer_ = std::make_shared<ScriptedSink::Peer>();
  std::unique_ptr<feed::CursorFile> cursors_;
  std::unique_ptr<feed::CourierRunner> runner_;
};

TEST_F(StockCompareTest, AnObservingSinkComparesAndTellsNothing) {
  settings_.observe = true;
  start();
  have("a", 7);
  have("b", 3);
  show("a", 7);
  show("b", 5);
  stock_.untracked.insert("c");
  show("c", 1);  // the channel sells what nobody counted
  EXPECT_EQ(state("a"), ComparedState::kEqual);
  EXPECT_EQ(state("b"), ComparedState::kDrift);
  EXPECT_EQ(peer_->items.size(), 0u);
  const auto counts = *runner_->status().comparison;
  EXPECT_EQ(counts.of(ComparedState::kEqual), 1u);
  EXPECT_EQ(counts.of(ComparedState::kDrift), 1u);
}

TEST_F(StockCompareTest, ActivatedItTellsEverythingAndWaitsToSeeIt) {
  settings_.observe = true;
  start();
  have("a", 7);
  show("a", 9);
  pass(kSecond);
  runner_->post([](feed::Courier& courier) { courier.activate(); });
  settle();
  EXPECT_THAT(told("a"), ElementsAre(7));
  EXPECT_EQ(state("a"), ComparedState::kPending);
  pass(2 * kSecond);
  show("a", 7);
  EXPECT_EQ(state("a"), ComparedState::kEqual);
}

TEST_F(StockCompareTest, WhatWasSeenAndToldIsKnownAfterARestart) {
  start();
  have("a", 9);
  show("a", 9);
  have("a", 5);
  pass(kSecond);
  have("a", 4);
  start();
  EXPECT_EQ(state("a"), ComparedState::kPending);
  show("a", 5);
  EXPECT_EQ(state("a"), ComparedState::kPending);  // scenario 20: 5 was told since
  pass(10 * kSecond);
  show("a", 4);
  pass(10 * kSecond);
  show("a", 5);
  EXPECT_EQ(state("a"), ComparedState::kDrift);
  EXPECT_THAT(told("a"), ElementsAre(9, 5, 4));  // it is only reported
}

TEST_F(StockCompareTest, EnforcedADriftIsToldAgainAndNotForEver) {
  settings_.enforce = true;
  settings_.retry.schedule = {0, 5 * kSecond, 20 * kSecond};
  start();
  have("a", 4);
  show("a", 4);
  for (int times = 0; times < 20; ++times) {
    pass(60 * kSecond);
    show("a", 8);  // somebody puts it back again and again
    pass(60 * kSecond);
  }
  EXPECT_EQ(told("a").size(), 1u + feed::StockCourier::kEnforcedMax);
  EXPECT_EQ(state("a"), ComparedState::kDrift);
  show("a", 4);
  pass(60 * kSecond);
  show("a", 8);
  pass(60 * kSecond);
  EXPECT_EQ(told("a").size(), 2u + feed::StockCourier::kEnforcedMax);
}

TEST_F(StockCompareTest, ADriftThatIsAnOrderOnItsWayIsNotToldAway) {
  settings_.enforce = true;
  start();
  have("a", 10);
  show("a", 10);
  pass(kMinute);
  show("a", 9);  // sold there; its order is not here yet
  pass(10 * kSecond);
  EXPECT_THAT(told("a"), ElementsAre(10));
  have("a", 9);  // here it is
  pass(kMinute);
  EXPECT_EQ(state("a"), ComparedState::kEqual);
  EXPECT_THAT(told("a"), ElementsAre(10, 9));
  EXPECT_EQ(runner_->status().cursor, log_.store().durable_seq());
}

// Scenario 18: a push that raises a number resurrects what the channel has sold meanwhile.
TEST_F(StockCompareTest, Scenario18ARaiseWaitsAndADecreaseGoesAtOnce) {
  settings_.raise_delay = 120 * kSecond;
  start();
  have("a", 1);
  EXPECT_THAT(told("a"), ElementsAre(1));  // nothing is known to be there: it is no raise
  pass(kMinute);
  have("a", 2);  // a cart expired
  pass(60 * kSecond);
  EXPECT_THAT(told("a"), ElementsAre(1));
  have("a", 1);  // the order of the channel's own sale arrives: nothing rises any more
  EXPECT_THAT(told("a"), ElementsAre(1, 1));
  have("a", 3);
  pass(119 * kSecond);
  EXPECT_THAT(told("a"), ElementsAre(1, 1));
  have("a", 4);  // the newest number is told, and the wait does not begin anew
  pass(2 * kSecond);
  EXPECT_THAT(told("a"), ElementsAre(1, 1, 4));
  have("a", 0);
  EXPECT_THAT(told("a"), ElementsAre(1, 1, 4, 0));
  EXPECT_TRUE(runner_->caught_up(log_.store().durable_seq()));
}

TEST_F(StockCompareTest, Scenario18TheWaitHoldsOverARestart) {
  settings_.raise_delay = 120 * kSecond;
  start();
  have("a", 1);
  have("a", 5);
  start();
  pass(10 * kSecond);
  EXPECT_THAT(told("a"), ElementsAre(1));
  pass(120 * kSecond);
  EXPECT_THAT(told("a"), ElementsAre(1, 5));
}

TEST_F(StockCompareTest, ManyHeldBackOpenNoCircuit) {
  settings_.raise_delay = 120 * kSecond;
  start();
  for (int i = 0; i < 1'200; ++i) have("s" + std::to_string(i), 1);
  for (int i = 0; i < 1'200; ++i) {
    stock_.available["s" + std::to_string(i)] = 2;
    log_.receive("s" + std::to_string(i));
  }
  settle();
  have("s7", 0);
  EXPECT_EQ(told("s7").back(), 0);
  EXPECT_EQ(runner_->status().circuit, feed::CircuitState::kClosed);
  EXPECT_EQ(runner_->status().parked, 0u);
}

}  // namespace
}  // namespace holdfast::test
