// The stock courier by hand: what is dirty, in which order it is told, and what a crash leaves.
#include "feed/stock_courier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "feed/cursor_file.h"
#include "io/memory_file_system.h"
#include "tests/connectors/kit.h"

namespace holdfast::test {
namespace {

using feed::Verdict;
using testing::HasSubstr;
using testing::Not;

class StockCourierTest : public testing::Test {
 protected:
  StockCourierTest() {
    settings_.name = "shop";
    settings_.deliver = feed::DeliverMode::kStock;
    settings_.channel = "web";
    EXPECT_TRUE(files_.make_directories("data"));
    reopen_file();
  }
  void reopen_file() {
    cursors_.reset();
    files_.kill();  // what was not flushed is gone with the process
    cursors_ = std::move(*feed::CursorFile::open(files_, "data/feed.log", "testledger00"));
  }
  /// Starts; a courier that ran before ends in good order.
  void start() {
    if (runner_) runner_->end();
    runner_.reset();
    peer_->held.clear();
    peer_->reports.clear();
    peer_->in_flight = 0;
    peer_->in_flight_of.clear();
    feed::FeedServices services{&log_->store(), stock_.get(), &files_, &clock_, &random_};
    runner_ = std::make_unique<feed::CourierRunner>(
        services, settings_, std::make_unique<ScriptedSink>(peer_), *cursors_);
  }
  void crash_and_start() {
    runner_.reset();
    reopen_file();
    start();
  }
  /// What was on its way when it crashed is waited out.
  void settle_after_crash() {
    settle();
    pass(settings_.ambiguous_wait, settings_.ambiguous_wait);
  }
  /// Rounds until nothing happens at this time; cursors are flushed as their thread would.
  void settle() {
    do {
      while (runner_->do_work(0)) {
      }
      EXPECT_TRUE(cursors_->flush());
    } while (runner_->do_work(0));
  }
  void pass(Duration time, Duration step) {
    for (Duration passed = 0; passed < time; passed += step) {
      clock_.advance(step);
      settle();
    }
  }
  void sell(const std::string& sku, int64_t left) {
    stock_->available[sku] = left;
    log_->receive(sku);
  }
  std::vector<std::string> told() const {
    std::vector<std::string> skus;
    for (const feed::Item& item : peer_->accepted) skus.push_back(item.sku);
    return skus;
  }
  std::map<std::string, int64_t> last_told() const {
    std::map<std::string, int64_t> numbers;
    for (const feed::Item& item : peer_->accepted) numbers[item.sku] = told_number(item);
    return numbers;
  }
  uint64_t push_seq(const feed::Item& item) const { return seq_of_id(item.id); }

  io::MemoryFileSystem files_;
  std::unique_ptr<TestLog> log_ = std::make_unique<TestLog>();
  std::unique_ptr<TestStock> stock_ = std::make_unique<TestStock>(log_->store());
  ManualClock clock_;
  SeededRandom random_{7};
  feed::SinkSettings settings_;
  std::shared_ptr<ScriptedSink::Peer> peer_ = std::make_shared<ScriptedSink::Peer>();
  std::unique_ptr<feed::CursorFile> cursors_;
  std::unique_ptr<feed::CourierRunner> runner_;
};

TEST_F(StockCourierTest, TellsTheNumberAsItIsWhenItIsSent) {
  start();
  settle();
  sell("a", 5);
  sell("a", 4);
  sell("a", 3);
  settle();
  ASSERT_EQ(peer_->accepted.size(), 1u);
  EXPECT_EQ(told_number(peer_->accepted[0]), 3);
  EXPECT_EQ(peer_->accepted[0].type, "stock.changed");
  EXPECT_THAT(peer_->accepted[0].body, HasSubstr("\"push_seq\":"));
  EXPECT_EQ(runner_->status().cursor, 3u);
}

TEST_F(StockCourierTest, AMillionChangesOfOneSkuCostTheRateTimesTheTime) {
  start();
  settle();
  settings_.rate_per_s = 2;
  start();
  settle();
  peer_->items.clear();
  // 100 seconds, a thousand changes in each tenth of one.
  for (int tenth = 0; tenth < 1'000; ++tenth) {
    stock_->available["hot"] = 1'000'000 - tenth;
    log_->receive_many(std::vector<std::string>(1'000, "hot"));
    pass(100 * kMillisecond, 100 * kMillisecond);
  }
  stock_->available["hot"] = 17;
  log_->receive("hot");
  pass(2 * kSecond, 100 * kMillisecond);
  EXPECT_LE(peer_->items.size(), 2u * 102 + 1);
  EXPECT_GE(peer_->items.size(), 150u);
  EXPECT_EQ(last_told()["hot"], 17);
  EXPECT_EQ(runner_->status().cursor, log_->store().durable_seq());
}

TEST_F(StockCourierTest, AnUntrackedSkuIsNeverTold) {
  stock_->untracked.insert("u");
  start();
  settle();
  sell("u", 0);
  sell("a", 1);
  settle();
  EXPECT_THAT(told(), testing::ElementsAre("a"));
  EXPECT_EQ(runner_->status().cursor, 2u);
}

// Schedule 34: nothing starves, and nothing pins the cursor for ever.
TEST_F(StockCourierTest, SoldOutGoesFirstThenTheLowestAndEvery8thSlotTheOldest) {
  start();
  settle();
  peer_->window = 1;
  start();
  settle();
  for (int i = 0; i < 40; ++i) sell("full-" + std::to_string(100 + i), 1'000 - i);
  sell("low", 2);
  sell("out", 0);
  settle();
  const auto order = told();
  ASSERT_EQ(order.size(), 42u);
  EXPECT_EQ(order[0], "out");
  EXPECT_EQ(order[1], "low");
  EXPECT_EQ(order[7], "full-100");  // the 8th slot: dirty for longest, though it has the most
  EXPECT_EQ(order[2], "full-139");
}

TEST_F(StockCourierTest, OneRequestPerSkuInFlight) {
  peer_->answer = [](const feed::Item&) { return std::nullopt; };
  start();
  settle();
  sell("a", 7);
  settle();
  sell("a", 0);
  settle();
  EXPECT_EQ(peer_->items.size(), 1u);
  peer_->release(Verdict::kDelivered);
  settle();
  ASSERT_EQ(peer_->items.size(), 2u);
  EXPECT_EQ(told_number(peer_->items[1]), 0);
  EXPECT_EQ(peer_->most_of_one_sku, 1u);
}

// Schedule 37: a set(7) that timed out may be applied after a later set(0).
TEST_F(StockCourierTest, AnUnansweredPushIsWaitedOutBeforeTheNext) {
  bool answers = false;
  peer_->answer = [&](const feed::Item&) {
    return answers ? delivered() : failed(Verdict::kAmbiguous, "timed out");
  };
  start();
  settle();
  sell("a", 7);
  settle();
  answers = true;
  sell("a", 0);
  pass(4 * kSecond, 100 * kMillisecond);
  EXPECT_EQ(peer_->items.size(), 1u);  // a late "7" could still overwrite the 0
  pass(3 * kSecond, 100 * kMillisecond);
  EXPECT_EQ(peer_->items.size(), 2u);
  EXPECT_EQ(last_told()["a"], 0);
}

// Schedule 34.
TEST_F(StockCourierTest, ACrashNeverForgetsAPush) {
  // SKU a changes at seq 1 and waits; the courier reads far beyond it; then it dies.
  peer_->answer = [](const feed::Item&) { return std::nullopt; };
  peer_->window = 1;
  start();
  settle();
  sell("blocks", 1);
  settle();
  sell("a", 3);
  for (int i = 0; i < 1'000; ++i) log_->receive("blocks");
  settle();
  EXPECT_EQ(runner_->status().cursor, 0u);
  ASSERT_TRUE(cursors_->flush());
  peer_->answer = nullptr;
  crash_and_start();
  settle_after_crash();
  EXPECT_EQ(last_told()["a"], 3);
  EXPECT_EQ(runner_->status().cursor, log_->store().durable_seq());
}

// Schedule 36: equal sku_seq, another number.
TEST_F(StockCourierTest, PushSeqRisesOverRestarts) {
  uint64_t highest = 0;
  for (int life = 0; life < 5; ++life) {
    crash_and_start();
    settle_after_crash();
    for (int i = 0; i < 700; ++i) {
      sell("a", i);
      settle();
    }
    for (const feed::Item& item : peer_->items) {
      EXPECT_GT(push_seq(item), highest);
      highest = push_seq(item);
    }
    peer_->items.clear();
  }
  EXPECT_GE(highest, 3'500u);
}

TEST_F(StockCourierTest, NoPushSeqIsUsedBeforeItsBlockIsDurable) {
  start();
  sell("a", 1);
  while (runner_->do_work(0)) {
  }
  EXPECT_TRUE(peer_->items.empty());
  ASSERT_TRUE(cursors_->flush());
  settle();
  EXPECT_EQ(peer_->items.size(), 1u);
}

TEST_F(StockCourierTest, AChangedChannelSettingMakesEverySkuDirty) {
  start();
  settle();
  for (int i = 0; i < 50; ++i) sell("sku-" + std::to_string(i), i);
  settle();
  peer_->items.clear();
  peer_->accepted.clear();
  log_->set_channel("till");
  settle();
  EXPECT_TRUE(peer_->items.empty());  // another channel's
  for (auto& [sku, number] : stock_->available) number += 100;
  log_->set_channel("web");
  settle();
  EXPECT_EQ(last_told().size(), 50u);
  EXPECT_EQ(last_told()["sku-7"], 107);
  EXPECT_EQ(runner_->status().cursor, log_->store().durable_seq());
}

TEST_F(StockCourierTest, ASinkNeverSeenBeforeIsToldEverything) {
  for (int i = 0; i < 2'500; ++i) stock_->available["sku-" + std::to_string(i)] = i;
  std::vector<std::string> skus;
  for (const auto& [sku, number] : stock_->available) skus.push_back(sku);
  log_->receive_many(skus);
  start();
  settle();
  EXPECT_EQ(last_told().size(), 2'500u);
  EXPECT_EQ(peer_->items.size(), 2'500u);
  EXPECT_EQ(runner_->status().cursor, 2'500u);
}

TEST_F(StockCourierTest, AfterARestoreEveryNumberIsToldAgain) {
  start();
  settle();
  sell("a", 1);
  sell("b", 2);
  settle();
  ASSERT_TRUE(cursors_->flush());
  peer_->accepted.clear();
  // The same ledger, cut back and begun again: the receiver saw numbers of a future that is no
  // more.
  runner_.reset();
  log_ = std::make_unique<TestLog>(1);
  stock_ = std::make_unique<TestStock>(log_->store());
  stock_->available = {{"a", 9}, {"b", 8}};
  log_->receive("a");
  log_->receive("b");
  crash_and_start();
  settle_after_crash();
  EXPECT_EQ(last_told(), (std::map<std::string, int64_t>{{"a", 9}, {"b", 8}}));
  EXPECT_THAT(peer_->accepted.back().body, HasSubstr("\"incarnation\":1"));
}

TEST_F(StockCourierTest, ADeadSinkCostsProbesOnlyAndEndsOnTheLastNumbers) {
  bool down = true;
  peer_->answer = [&](const feed::Item&) {
    return down ? failed(Verdict::kRetry, "connection refused", true) : delivered();
  };
  start();
  settle();
  for (int minute = 0; minute < 60; ++minute) {
    for (int i = 0; i < 100; ++i) sell("sku-" + std::to_string(i), minute * 1'000 + i);
    pass(kMinute, 5 * kSecond);
  }
  EXPECT_LT(peer_->items.size(), 400u);
  EXPECT_LE(runner_->status().waiting, 100u);
  down = false;
  pass(kMinute, kSecond);
  EXPECT_EQ(last_told().size(), 100u);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(last_told()["sku-" + std::to_string(i)], 59'000 + i);
  EXPECT_EQ(runner_->status().dead_letters, 0u);
}

TEST_F(StockCourierTest, ARejectedSkuIsADeadLetterUntilItsNextNumberIsTaken) {
  bool known = false;
  peer_->answer = [&](const feed::Item& item) {
    return item.sku == "x" && !known ? failed(Verdict::kRejected, "HTTP 422") : delivered();
  };
  start();
  settle();
  sell("x", 1);
  sell("a", 1);
  settle();
  EXPECT_EQ(runner_->status().dead_letters, 1u);
  EXPECT_EQ(runner_->status().cursor, 2u);  // it does not pin the cursor
  known = true;
  sell("x", 2);
  settle();
  EXPECT_EQ(runner_->status().dead_letters, 0u);
  EXPECT_EQ(last_told()["x"], 2);
}

TEST_F(StockCourierTest, WhatWasOnItsWayAtACrashIsWaitedOutBeforeTheNextPush) {
  peer_->answer = [](const feed::Item&) { return std::nullopt; };
  start();
  settle();
  sell("a", 7);
  settle();
  ASSERT_EQ(peer_->items.size(), 1u);  // a "7" that may arrive any time from now on
  peer_->answer = nullptr;
  crash_and_start();
  sell("a", 0);
  pass(settings_.ambiguous_wait - kSecond, 100 * kMillisecond);
  EXPECT_EQ(peer_->items.size(), 1u);
  pass(2 * kSecond, 100 * kMillisecond);
  EXPECT_EQ(last_told()["a"], 0);
}

TEST_F(StockCourierTest, AfterAnEndInGoodOrderNothingIsWaitedFor) {
  start();
  settle();
  sell("a", 7);
  settle();
  runner_->end();
  ASSERT_TRUE(cursors_->flush());
  crash_and_start();
  sell("a", 6);
  settle();
  EXPECT_EQ(last_told()["a"], 6);
}

TEST_F(StockCourierTest, AGivenUpPushThatNobodyAnsweredIsWaitedOutToo) {
  settings_.retry.schedule = {0};
  bool answers = false;
  peer_->answer = [&](const feed::Item&) {
    return answers ? delivered() : failed(Verdict::kAmbiguous, "timed out");
  };
  start();
  settle();
  sell("a", 7);
  settle();
  ASSERT_EQ(runner_->status().dead_letters, 1u);
  answers = true;
  sell("a", 0);
  pass(4 * kSecond, 100 * kMillisecond);
  EXPECT_EQ(peer_->items.size(), 1u);
  pass(2 * kSecond, 100 * kMillisecond);
  EXPECT_EQ(last_told()["a"], 0);
}

TEST_F(StockCourierTest, ASinkOfAnotherChannelHearsEverythingAnew) {
  start();
  settle();
  for (const char* sku : {"a", "b", "c"}) sell(sku, 5);
  settle();
  ASSERT_EQ(told().size(), 3u);
  settings_.channel.clear();  // now it carries all channels
  start();
  settle();
  EXPECT_EQ(told().size(), 6u);
  start();
  settle();
  EXPECT_EQ(told().size(), 6u);  // once
}

TEST_F(StockCourierTest, AReplayGoesOnAfterACrash) {
  start();
  settle();
  for (int i = 0; i < 20; ++i) sell("sku-" + std::to_string(i), i);
  settle();
  peer_->accepted.clear();
  settings_.rate_per_s = 1;
  start();
  settle();
  runner_->post([](feed::Courier& courier) { courier.replay(0, 0); });
  settle();
  pass(5 * kSecond, kSecond);
  ASSERT_LT(last_told().size(), 10u);
  settings_.rate_per_s = 0;
  crash_and_start();
  settle_after_crash();
  EXPECT_EQ(last_told().size(), 20u);
}

TEST_F(StockCourierTest, ObservingItTellsNothingUntilActivatedAndThenEverything) {
  settings_.observe = true;
  start();
  sell("a", 5);
  sell("b", 2);
  settle();
  sell("a", 4);
  settle();
  EXPECT_TRUE(peer_->items.empty());
  EXPECT_TRUE(runner_->status().observing);
  EXPECT_EQ(runner_->status().cursor, 3u) << "it keeps up";
  const auto observations = runner_->observations();
  ASSERT_EQ(observations.size(), 2u) << "one of a SKU";
  EXPECT_EQ(observations[0].sku, "a");
  EXPECT_EQ(observations[0].available_to_sell, 4);
  EXPECT_EQ(observations[0].seq, 3u);
  runner_->post([](feed::Courier& courier) {
    courier.set_state(feed::SinkState::kPaused, "");
    courier.set_state(feed::SinkState::kActive, "");
  });
  settle();
  EXPECT_TRUE(peer_->items.empty()) << "resumed is not activated";

  crash_and_start();
  settle_after_crash();
  EXPECT_TRUE(peer_->items.empty()) << "nor is a restart";
  runner_->post([](feed::Courier& courier) { courier.activate(); });
  settle();
  EXPECT_EQ(last_told(), (std::map<std::string, int64_t>{{"a", 4}, {"b", 2}}));
  EXPECT_FALSE(runner_->status().observing);

  crash_and_start();
  sell("a", 3);
  settle_after_crash();
  EXPECT_EQ(last_told()["a"], 3) << "it stays active, whatever the file says";
}

TEST_F(StockCourierTest, WhatWasOnlyObservedIsToldWhenTheFileSaysActive) {
  settings_.observe = true;
  start();
  sell("a", 5);
  settle();
  settings_.observe = false;
  start();
  settle_after_crash();
  EXPECT_EQ(last_told(), (std::map<std::string, int64_t>{{"a", 5}}));
}

TEST_F(StockCourierTest, AskedToSlowDownItPausesAndGivesNothingUp) {
  int refused = 0;
  peer_->answer = slows_down(20, &refused);
  peer_->window = 1;
  start();
  settle();
  sell("a", 3);
  pass(9 * kSecond, kSecond);
  EXPECT_EQ(refused, 1);
  pass(200 * kSecond, kSecond);
  EXPECT_EQ(last_told()["a"], 3);
  EXPECT_EQ(runner_->status().dead_letters, 0u);
}

}  // namespace
}  // namespace holdfast::test
