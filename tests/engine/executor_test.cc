// The command port: order, batches, keys, limits, drain.
#include <algorithm>

#include <gtest/gtest.h>

#include "model/limits.h"
#include "tests/engine/engine_harness.h"

namespace holdfast::engine::testing {
namespace {

TEST(Executor, GroupsAreWhatArrivedSinceTheLast) {
  EngineByHand engine;
  for (int i = 0; i < 50; ++i) engine.submit(receive("A", 1));
  engine.settle();
  EXPECT_EQ(engine.store.flushes(), 1);
  engine.run(receive("A", 1));
  EXPECT_EQ(engine.store.flushes(), 2);
  EXPECT_EQ(engine.available("A"), 51);
}

TEST(Executor, ABatchIsDecidedInOrderAndAnsweredInOrder) {
  EngineByHand engine;
  engine.run(receive("B", 1));
  const auto answers = engine.submit({hold("A", 1), receive("A", 2), hold("A", 2), hold("A", 1)});
  engine.settle();
  ASSERT_EQ(answers->outcomes.size(), 4u);
  EXPECT_EQ(answers->outcomes[0].status, OutcomeStatus::kRefused);
  EXPECT_EQ(answers->outcomes[1].status, OutcomeStatus::kRecorded);
  EXPECT_EQ(answers->outcomes[2].status, OutcomeStatus::kAccepted);
  EXPECT_EQ(answers->outcomes[3].status, OutcomeStatus::kRefused);
}

TEST(Executor, ABatchLargerThanAGroupKeepsItsOrder) {
  EngineByHand engine;
  std::vector<Command> commands;
  for (size_t i = 0; i < limits::kBatchItemsMax; ++i) commands.push_back(receive("A", 1));
  const auto answers = engine.submit(std::move(commands));
  engine.settle();
  ASSERT_EQ(answers->outcomes.size(), limits::kBatchItemsMax);
  EXPECT_EQ(engine.store.flushes(), 2);
  Seq before = 0;
  for (const Outcome& outcome : answers->outcomes) {
    EXPECT_EQ(outcome.status, OutcomeStatus::kRecorded);
    EXPECT_GT(outcome.seq, before);
    before = outcome.seq;
  }
}

TEST(Executor, ARepeatedKeyGetsTheFirstAnswer) {
  EngineByHand engine;
  engine.run(receive("A", 3));
  const Outcome first = engine.run(hold("A", 2, "key-1"));
  const Outcome again = engine.run(hold("A", 2, "key-1"));
  ASSERT_TRUE(first.hold && again.hold);
  EXPECT_TRUE(again.replayed);
  EXPECT_EQ(again.status, first.status);
  EXPECT_EQ(again.seq, first.seq);
  EXPECT_EQ(again.hold->id, first.hold->id);
  ASSERT_EQ(again.stock.size(), 1u);
  EXPECT_EQ(again.stock[0].available_to_sell, 1);
  EXPECT_EQ(engine.available("A"), 1);
  const Outcome reused = engine.run(hold("A", 1, "key-1"));
  EXPECT_EQ(reused.error.code, ErrorCode::kIdempotencyKeyReused);
}

TEST(Executor, AKeyRepeatedBeforeItsFirstAnswerIsDurableGetsThatAnswerToo) {
  EngineByHand engine;
  engine.run(receive("A", 3));
  const auto first = engine.submit(hold("A", 2, "key-1"));
  const auto again = engine.submit({hold("A", 2, "key-1"), hold("A", 2, "key-1")});
  engine.settle();
  ASSERT_TRUE(first->done && again->done);
  for (const Outcome& outcome : again->outcomes) {
    EXPECT_TRUE(outcome.replayed);
    EXPECT_EQ(outcome.seq, first->only().seq);
    ASSERT_TRUE(outcome.hold.has_value());
    EXPECT_EQ(outcome.hold->id, first->only().hold->id);
  }
}

TEST(Executor, AnAnswerThatCannotBeReadAgainIsUnknown) {
  store::MemoryStore empty;
  Outcome repeated;
  repeated.replayed = true;
  repeated.first_seq = 5;
  EXPECT_EQ(replayed_answer(empty, repeated).error.code, ErrorCode::kOutcomeUnknown);
}

TEST(Executor, AFullQueueIsAValueAndLeavesNothingBehind) {
  LocalExecutorOptions options;
  options.queue_commands_max = 2;
  EngineByHand engine(options);
  const auto first = engine.submit(receive("A", 1));
  const auto second = engine.submit(receive("A", 1));
  EXPECT_FALSE(engine.executor->submit({receive("A", 1)}, [](std::vector<Outcome>) { FAIL(); }));
  EXPECT_FALSE(engine.executor->query(stock_of("A"), [](QueryResult) { FAIL(); }));
  EXPECT_FALSE(engine.executor->draining());
  engine.settle();
  EXPECT_EQ(engine.available("A"), 2);
  EXPECT_EQ(engine.executor->metrics().refused.value(), 2u);
}

TEST(Executor, WithoutRoomWhatAddsIsRefusedAndTheRestGoesOn) {
  EngineByHand engine;
  engine.run(receive("A", 2));
  const Outcome held = engine.run(hold("A", 1));
  engine.store.set_room(false);
  EXPECT_EQ(engine.run(receive("A", 1)).error.code, ErrorCode::kStorageFull);
  EXPECT_EQ(engine.run(hold("A", 1)).error.code, ErrorCode::kStorageFull);
  EXPECT_EQ(engine.available("A"), 1);
  EXPECT_EQ(engine.executor->metrics().storage_full.value(), 1);
  EXPECT_EQ(engine.run(release(held.hold->id)).status, OutcomeStatus::kAccepted);
  EXPECT_EQ(engine.available("A"), 2);
  engine.store.set_room(true);
  EXPECT_EQ(engine.run(hold("A", 1)).status, OutcomeStatus::kAccepted);
  EXPECT_EQ(engine.executor->metrics().storage_full.value(), 0);
}

TEST(Executor, StockReaderAnswersInTheOrderAskedAndListsTrackedSkus) {
  EngineByHand engine;
  for (const char* sku : {"C", "A", "B"}) engine.run(receive(sku, 1));
  engine.run(sell("untracked", 1));
  const auto views = engine.executor->read({"B", "nothing", "A"});
  ASSERT_TRUE(views.has_value());
  ASSERT_EQ(views->size(), 3u);
  EXPECT_EQ((*views)[0].sku, "B");
  EXPECT_EQ((*views)[0].locations.at(0).available, 1);
  EXPECT_EQ((*views)[1].sku, "nothing");
  EXPECT_TRUE((*views)[1].locations.empty());
  EXPECT_EQ((*views)[2].sku, "A");
  const auto first = engine.executor->list_skus("", 2);
  ASSERT_TRUE(first.has_value());
  ASSERT_EQ(first->size(), 2u);
  const auto second = engine.executor->list_skus(first->back(), 10);
  ASSERT_TRUE(second.has_value());
  ASSERT_EQ(second->size(), 1u);
  std::vector<std::string> all = *first;
  all.push_back(second->front());
  std::sort(all.begin(), all.end());
  EXPECT_EQ(all, (std::vector<std::string>{"A", "B", "C"}));
}

TEST(Executor, ADrainAnswersWhatWasAcceptedAndRefusesTheRest) {
  EngineByHand engine;
  const auto answers = engine.submit({receive("A", 1), hold("A", 1)});
  EXPECT_TRUE(engine.executor->drain().has_value());
  ASSERT_TRUE(answers->done);
  EXPECT_EQ(answers->outcomes[1].status, OutcomeStatus::kAccepted);
  EXPECT_TRUE(engine.executor->draining());
  EXPECT_FALSE(engine.executor->submit({receive("A", 1)}, [](std::vector<Outcome>) { FAIL(); }));
  EXPECT_EQ(engine.executor->read({"A"}).error().code, ErrorCode::kShuttingDown);
}

TEST(Executor, TheConsequencesOfASettingAreSpreadOverGroups) {
  EngineByHand engine;
  constexpr size_t kSkus = 5'000;
  std::vector<Command> stock;
  for (size_t i = 0; i < kSkus; ++i) stock.push_back(receive("sku-" + std::to_string(i), 5));
  engine.submit(std::move(stock));
  Command channel;
  channel.type = CommandType::kChannelSet;
  channel.source = "test";
  channel.channel = "web";
  channel.channel_settings.locations = {"berlin"};
  engine.run(channel);
  channel.channel_settings.buffer = 10;  // every SKU is out now
  const Seq before = engine.memory.durable_seq();
  const int flushes = engine.store.flushes();
  const Outcome set = engine.run(channel);
  EXPECT_EQ(set.error.code, ErrorCode::kNone) << set.error.detail;
  EXPECT_TRUE(engine.executor->ledger().settled());
  EXPECT_GE(engine.memory.durable_seq() - before, kSkus);
  EXPECT_GE(engine.store.flushes() - flushes, 2);
  const auto newest = engine.executor->sku_history("sku-4999", 0, 1);
  EXPECT_EQ(newest->at(0)->type, EventType::kAvailabilityChanged);
}

TEST(Executor, ADryRunAnswersAndRecordsNothing) {
  EngineByHand engine;
  engine.run(receive("A", 1));
  const Seq seq = engine.memory.durable_seq();
  Command dry = hold("A", 1);
  dry.dry_run = true;
  EXPECT_EQ(engine.run(dry).status, OutcomeStatus::kAccepted);
  EXPECT_EQ(engine.memory.durable_seq(), seq);
  EXPECT_EQ(engine.available("A"), 1);
}

}  // namespace
}  // namespace holdfast::engine::testing
