// The event courier by hand: a log in memory, a sink that does as it is told, a clock that stands
// still.
#include "feed/event_courier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "feed/cursor_file.h"
#include "tests/connectors/kit.h"

namespace holdfast::test {
namespace {

using feed::Verdict;
using testing::ElementsAre;
using testing::HasSubstr;

class EventCourierTest : public testing::Test {
 protected:
  EventCourierTest() {
    settings_.name = "erp";
    reopen_file();
  }

  void reopen_file() {
    cursors_ = std::move(*feed::CursorFile::open(io::posix_file_system(),
                                                 directory_.file("feed.log"), "testledger00"));
  }
  void start() {
    runner_.reset();
    feed::FeedServices services{&log_.store(), &stock_, &io::posix_file_system(), &clock_,
                                &random_};
    runner_ = std::make_unique<feed::CourierRunner>(
        services, settings_, std::make_unique<ScriptedSink>(peer_), *cursors_);
  }
  /// As after a kill -9: what was not flushed is gone, and so is everything in memory.
  void crash_and_start() {
    runner_.reset();
    peer_->held.clear();
    peer_->reports.clear();
    peer_->in_flight = 0;
    peer_->in_flight_of.clear();
    reopen_file();
    start();
  }
  /// Rounds until nothing happens any more at this time.
  void settle() {
    while (runner_->do_work(0)) {
    }
  }
  void pass(Duration time, Duration step = 100 * kMillisecond) {
    for (Duration passed = 0; passed < time; passed += step) {
      clock_.advance(step);
      settle();
    }
  }
  feed::SinkStatus status() const { return runner_->status(); }

  /// 100 events that were delivered, and these told again, to somebody who does not answer.
  void begin_a_replay_nobody_answers(Seq from, Seq to) {
    for (int i = 0; i < 100; ++i) log_.receive("sku-" + std::to_string(i % 9));
    start();
    settle();
    peer_->answer = [](const feed::Item&) { return std::nullopt; };
    runner_->post([=](feed::Courier& courier) { courier.replay(from, to); });
    settle();
  }
  /// What is told once it goes on after a crash, to somebody who takes everything.
  std::set<Seq> told_after_a_crash() {
    EXPECT_TRUE(cursors_->flush());
    peer_->accepted.clear();
    peer_->answer = nullptr;
    crash_and_start();
    settle();
    std::set<Seq> told;
    for (const feed::Item& item : peer_->accepted) told.insert(seq_of_id(item.id));
    return told;
  }

  TempDirectory directory_;
  TestLog log_;
  TestStock stock_{log_.store()};
  ManualClock clock_;
  SeededRandom random_{7};
  feed::SinkSettings settings_;
  std::shared_ptr<ScriptedSink::Peer> peer_ = std::make_shared<ScriptedSink::Peer>();
  std::unique_ptr<feed::CursorFile> cursors_;
  std::unique_ptr<feed::CourierRunner> runner_;
};

TEST_F(EventCourierTest, DeliversEveryEventOnceInOrderPerSku) {
  for (int i = 0; i < 300; ++i) log_.receive("sku-" + std::to_string(i % 7));
  start();
  settle();
  EXPECT_EQ(peer_->accepted.size(), 300u);
  for (int sku = 0; sku < 7; ++sku) {
    const auto seqs = peer_->seqs_of("sku-" + std::to_string(sku));
    EXPECT_TRUE(std::is_sorted(seqs.begin(), seqs.end()));
  }
  EXPECT_EQ(peer_->most_of_one_sku, 1u);
  EXPECT_LE(peer_->most_in_flight, peer_->window);
  EXPECT_EQ(status().cursor, 300u);
  EXPECT_EQ(peer_->items.front().id, "testledger00-0-1");
}

TEST_F(EventCourierTest, ManySkusAreInFlightAtOnce) {
  peer_->answer = [](const feed::Item&) { return std::nullopt; };
  for (int i = 0; i < 20; ++i) log_.receive("sku-" + std::to_string(i));
  start();
  settle();
  EXPECT_EQ(peer_->in_flight, peer_->window);
  peer_->answer = nullptr;
  peer_->release(Verdict::kDelivered);
  settle();
  EXPECT_EQ(peer_->accepted.size(), 20u);
}

TEST_F(EventCourierTest, AHangingSkuHoldsTheCursorAndNothingElse) {
  peer_->answer = [](const feed::Item& item) -> std::optional<feed::Report> {
    if (item.sku == "a") return std::nullopt;
    return delivered();
  };
  log_.receive("a");
  for (int i = 0; i < 100; ++i) log_.receive("b");
  start();
  settle();
  EXPECT_EQ(peer_->accepted.size(), 100u);
  EXPECT_EQ(status().cursor, 0u);
  peer_->release(Verdict::kDelivered);
  settle();
  EXPECT_EQ(status().cursor, 101u);
}

// Schedule 35.
TEST_F(EventCourierTest, AFailingSkuIsParkedAndTheOthersFlow) {
  bool healed = false;
  peer_->answer = [&](const feed::Item& item) {
    return item.sku == "bad" && !healed ? failed(Verdict::kRetry) : delivered();
  };
  for (int i = 0; i < 50; ++i) {
    log_.receive("bad");
    log_.receive("good");
  }
  start();
  settle();
  EXPECT_EQ(peer_->seqs_of("good").size(), 50u);
  EXPECT_EQ(status().parked, 1u);
  EXPECT_EQ(status().cursor, 100u);  // past the parked SKU
  healed = true;
  pass(6 * kSecond);
  const auto seqs = peer_->seqs_of("bad");
  EXPECT_EQ(seqs.size(), 50u);
  EXPECT_TRUE(std::is_sorted(seqs.begin(), seqs.end()));
  EXPECT_EQ(status().parked, 0u);
}

TEST_F(EventCourierTest, EventsOfAParkedSkuThatComeLaterFollowInOrder) {
  bool healed = false;
  peer_->answer = [&](const feed::Item&) { return healed ? delivered() : failed(Verdict::kRetry); };
  log_.receive("a");
  start();
  settle();
  for (int i = 0; i < 40; ++i) log_.receive("a");
  settle();
  healed = true;
  pass(6 * kSecond);
  log_.receive("a");
  settle();
  EXPECT_EQ(peer_->seqs_of("a").size(), 42u);
  EXPECT_TRUE(std::is_sorted(
      peer_->accepted.begin(), peer_->accepted.end(),
      [](const auto& x, const auto& y) { return seq_of_id(x.id) < seq_of_id(y.id); }));
}

TEST_F(EventCourierTest, RetriesByTheScheduleAndThenKeepsADeadLetter) {
  peer_->answer = [](const feed::Item& item) {
    return item.sku == "bad" ? failed(Verdict::kRetry) : delivered();
  };
  log_.receive("bad");
  start();
  settle();
  EXPECT_EQ(peer_->items.size(), 1u);
  pass(4 * kSecond);
  EXPECT_EQ(peer_->items.size(), 1u);
  pass(2 * kSecond);
  EXPECT_EQ(peer_->items.size(), 2u);
  pass(331 * kSecond, kSecond);
  EXPECT_EQ(peer_->items.size(), 3u);
  EXPECT_EQ(status().dead_letters, 0u);
  pass(1981 * kSecond, kSecond);
  EXPECT_EQ(peer_->items.size(), 4u);
  ASSERT_EQ(status().dead_letters, 1u);
  const feed::DeadLetter letter = runner_->dead_letters().front();
  EXPECT_EQ(letter.sku, "bad");
  EXPECT_EQ(letter.seq, 1u);
  EXPECT_EQ(letter.attempts, 4u);
  EXPECT_EQ(letter.reason, "HTTP 500");
  EXPECT_EQ(status().parked, 0u);
}

TEST_F(EventCourierTest, ADeadLetterIsToldAgainWithItsOldSeqAndAMark) {
  bool healed = false;
  peer_->answer = [&](const feed::Item& item) {
    return item.sku == "bad" && !healed ? failed(Verdict::kRejected, "HTTP 422") : delivered();
  };
  log_.receive("bad");
  start();
  settle();
  ASSERT_TRUE(cursors_->flush());
  crash_and_start();  // the letter is durable
  ASSERT_EQ(status().dead_letters, 1u);
  healed = true;
  log_.receive("bad");
  settle();
  runner_->post([](feed::Courier& courier) { courier.redeliver({}); });
  settle();
  EXPECT_EQ(status().dead_letters, 0u);
  EXPECT_EQ(peer_->ids().back(), "testledger00-0-1");
  EXPECT_THAT(peer_->accepted.back().body, HasSubstr("\"redelivered\":true"));
  EXPECT_THAT(peer_->accepted.back().body, HasSubstr("\"sku_seq\":1"));
  EXPECT_TRUE(json::parse_value(peer_->accepted.back().body));
}

TEST_F(EventCourierTest, WhenManySkusFailTheSinkIsAtFaultAndTheCursorStands) {
  bool down = true;
  peer_->answer = [&](const feed::Item&) { return down ? failed(Verdict::kRetry) : delivered(); };
  for (int i = 0; i < 500; ++i) log_.receive("sku-" + std::to_string(i % 100));
  start();
  settle();
  EXPECT_EQ(status().circuit, feed::CircuitState::kOpen);
  EXPECT_LT(status().cursor, 50u);
  const size_t tries_before = peer_->items.size();
  pass(kHour, kSecond);
  // Probes at 30 s at most, and nobody's attempt is counted.
  EXPECT_LT(peer_->items.size() - tries_before, 400u);
  EXPECT_EQ(status().dead_letters, 0u);
  down = false;
  pass(kMinute, kSecond);
  EXPECT_EQ(status().circuit, feed::CircuitState::kClosed);
  EXPECT_EQ(status().cursor, 500u);
  EXPECT_EQ(peer_->accepted.size(), 500u);
  for (int sku = 0; sku < 100; ++sku) {
    const auto seqs = peer_->seqs_of("sku-" + std::to_string(sku));
    EXPECT_EQ(seqs.size(), 5u);
    EXPECT_TRUE(std::is_sorted(seqs.begin(), seqs.end()));
  }
}

TEST_F(EventCourierTest, ReadingStopsWhileTheSinkTakesNothing) {
  peer_->answer = [](const feed::Item&) { return std::nullopt; };
  for (int group = 0; group < 50; ++group) {
    std::vector<std::string> skus;
    for (int i = 0; i < 400; ++i) skus.push_back("sku-" + std::to_string(i));
    log_.receive_many(skus);
  }
  start();
  settle();
  // One batch of the log may go beyond the limit, the 20,000 that lie there may not.
  EXPECT_GE(status().waiting, feed::EventCourier::kWaitingEventsMax);
  EXPECT_LT(status().waiting, 10'000u);
}

TEST_F(EventCourierTest, ACrashBeforeTheCursorIsDurableRepeatsAndNeverSkips) {
  for (int i = 0; i < 100; ++i) log_.receive("sku-" + std::to_string(i % 5));
  start();
  settle();
  EXPECT_EQ(peer_->accepted.size(), 100u);
  crash_and_start();
  settle();
  EXPECT_EQ(peer_->accepted.size(), 200u);
  ASSERT_TRUE(cursors_->flush());
  crash_and_start();
  settle();
  EXPECT_EQ(peer_->accepted.size(), 200u);
}

TEST_F(EventCourierTest, ACrashAtAnyRoundSkipsNothing) {
  // Some SKUs fail once at random, the file is flushed now and then, the courier dies again and
  // again.
  SeededRandom dice(20261123);
  peer_->answer = [&](const feed::Item&) {
    return dice.below(4) == 0 ? failed(Verdict::kRetry) : delivered();
  };
  for (int life = 0; life < 200; ++life) {
    for (int i = 0; i < 3; ++i) log_.receive("sku-" + std::to_string(dice.below(9)));
    start();
    const uint64_t rounds = dice.below(12);
    for (uint64_t round = 0; round < rounds; ++round) {
      runner_->do_work(0);
      clock_.advance(dice.below(3) * kSecond);
      if (dice.below(3) == 0) {
        ASSERT_TRUE(cursors_->flush());
      }
    }
    crash_and_start();
  }
  peer_->answer = nullptr;
  start();
  pass(2 * kHour, 10 * kSecond);
  std::set<Seq> got;
  std::map<std::string, Seq> newest;
  for (const feed::Item& item : peer_->accepted) got.insert(seq_of_id(item.id));
  for (const feed::DeadLetter& letter : runner_->dead_letters()) got.insert(letter.seq);
  EXPECT_EQ(got.size(), log_.store().durable_seq());
  // Order holds for first deliveries, over all lives.
  std::set<std::string> seen;
  for (const feed::Item& item : peer_->accepted) {
    if (!seen.insert(item.id).second) continue;
    EXPECT_LT(newest[item.sku], seq_of_id(item.id));
    newest[item.sku] = seq_of_id(item.id);
  }
}

TEST_F(EventCourierTest, GoneDisablesTheSinkUntilItIsResumed) {
  bool gone = true;
  peer_->answer = [&](const feed::Item&) {
    return gone ? failed(Verdict::kGone, "HTTP 410") : delivered();
  };
  log_.receive("a");
  start();
  settle();
  EXPECT_EQ(status().state, feed::SinkState::kDisabled);
  log_.receive("b");
  pass(kHour, kMinute);
  EXPECT_EQ(peer_->items.size(), 1u);
  gone = false;
  runner_->post([](feed::Courier& courier) { courier.set_state(feed::SinkState::kActive, ""); });
  settle();
  EXPECT_EQ(peer_->accepted.size(), 2u);
}

TEST_F(EventCourierTest, APausedSinkStaysPausedOverARestart) {
  start();
  runner_->post([](feed::Courier& courier) { courier.set_state(feed::SinkState::kPaused, ""); });
  settle();
  log_.receive("a");
  settle();
  EXPECT_TRUE(peer_->items.empty());
  ASSERT_TRUE(cursors_->flush());
  crash_and_start();
  settle();
  EXPECT_TRUE(peer_->items.empty());
  EXPECT_EQ(status().lag_events, 1u);
}

// Schedule 39.
TEST_F(EventCourierTest, AReplayTellsARangeAgainAndSaysSo) {
  for (int i = 0; i < 10; ++i) log_.receive("a");
  start();
  settle();
  runner_->post([](feed::Courier& courier) { courier.replay(3, 5); });
  settle();
  ASSERT_EQ(peer_->accepted.size(), 13u);
  for (size_t i = 10; i < 13; ++i) {
    EXPECT_EQ(seq_of_id(peer_->accepted[i].id), i - 7);
    EXPECT_THAT(peer_->accepted[i].body, HasSubstr("\"replayed\":true"));
  }
  EXPECT_EQ(status().cursor, 10u);
}

TEST_F(EventCourierTest, ARateLimitIsKept) {
  settings_.rate_per_s = 10;
  for (int i = 0; i < 100; ++i) log_.receive("sku-" + std::to_string(i));
  start();
  settle();
  pass(5 * kSecond, 10 * kMillisecond);
  EXPECT_GE(peer_->items.size(), 45u);
  EXPECT_LE(peer_->items.size(), 51u);
}

TEST_F(EventCourierTest, AFewPoisonousSkusEndAsDeadLettersAndTheOthersFlow) {
  peer_->answer = [](const feed::Item& item) {
    return item.sku.starts_with("bad") ? failed(Verdict::kRetry) : delivered();
  };
  start();
  log_.receive("good-0");
  settle();
  for (int i = 0; i < 5; ++i) log_.receive("bad-" + std::to_string(i));
  settle();
  size_t good = 1;
  for (int minute = 0; minute < 90; ++minute) {  // one order a minute: a quiet shop
    log_.receive("good-" + std::to_string(++good));
    pass(kMinute, kSecond);
    ASSERT_EQ(peer_->accepted.size(), good) << minute;
  }
  EXPECT_EQ(status().dead_letters, 5u);
  EXPECT_EQ(status().parked, 0u);
  EXPECT_EQ(status().circuit, feed::CircuitState::kClosed);
}

TEST_F(EventCourierTest, ABusySkuThatHangsLeavesTheOthersTheirRoom) {
  peer_->answer = [](const feed::Item& item) -> std::optional<feed::Report> {
    if (item.sku == "hot") return std::nullopt;
    return delivered();
  };
  start();
  settle();
  for (int i = 0; i < 6'000; ++i) {
    log_.receive("hot");
    if (i % 10 == 0) log_.receive("good-" + std::to_string(i % 100));
    if (i % 100 == 0) settle();
  }
  settle();
  EXPECT_EQ(peer_->accepted.size(), 600u);
  EXPECT_LE(status().waiting, feed::EventCourier::kLaneEventsMax + 1);
  peer_->answer = nullptr;
  peer_->release(Verdict::kDelivered);
  settle();
  const auto seqs = peer_->seqs_of("hot");
  EXPECT_EQ(seqs.size(), 6'000u);
  EXPECT_TRUE(std::is_sorted(seqs.begin(), seqs.end()));
  EXPECT_EQ(std::set<Seq>(seqs.begin(), seqs.end()).size(), 6'000u);
  EXPECT_EQ(status().cursor, 6'600u);
  EXPECT_EQ(status().parked, 0u);
}

TEST_F(EventCourierTest, ACrashWithABusySkuOnItsWaySkipsNothing) {
  peer_->answer = [](const feed::Item&) { return std::nullopt; };
  start();
  log_.receive("hot");
  settle();
  for (int i = 0; i < 1'000; ++i) log_.receive("hot");
  settle();
  ASSERT_TRUE(cursors_->flush());
  peer_->answer = nullptr;
  crash_and_start();
  settle();
  EXPECT_EQ(peer_->seqs_of("hot").size(), 1'001u);
}

TEST_F(EventCourierTest, AReplayGoesOnAfterACrash) {
  begin_a_replay_nobody_answers(11, 60);
  const std::set<Seq> again = told_after_a_crash();
  EXPECT_EQ(again.size(), 50u);
  ASSERT_TRUE(cursors_->flush());
  peer_->accepted.clear();
  crash_and_start();
  settle();
  EXPECT_TRUE(peer_->accepted.empty());  // and it ends
}

TEST_F(EventCourierTest, ASecondReplayDoesNotForgetWhatTheFirstHadOnItsWay) {
  begin_a_replay_nobody_answers(11, 60);
  runner_->post([](feed::Courier& courier) { courier.replay(70, 80); });
  settle();
  const std::set<Seq> again = told_after_a_crash();
  for (Seq seq = 11; seq <= 60; ++seq) EXPECT_TRUE(again.contains(seq)) << seq;
  for (Seq seq = 70; seq <= 80; ++seq) EXPECT_TRUE(again.contains(seq)) << seq;
}

TEST_F(EventCourierTest, AskedToSlowDownItPausesAndGivesNothingUp) {
  int refused = 0;
  peer_->answer = slows_down(20, &refused);
  peer_->window = 1;
  for (int i = 0; i < 3; ++i) log_.receive("a");
  start();
  pass(9 * kSecond, kSecond);
  EXPECT_EQ(refused, 1);
  pass(200 * kSecond, kSecond);
  EXPECT_EQ(peer_->accepted.size(), 3u);
  EXPECT_EQ(status().dead_letters, 0u);
}

}  // namespace
}  // namespace holdfast::test
