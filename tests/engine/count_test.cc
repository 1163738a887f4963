// Counts of the past: the engine prepares what the log held at the time of the count.
#include <gtest/gtest.h>

#include "tests/engine/engine_harness.h"

namespace holdfast::engine::testing {
namespace {

Command merge_into(const std::string& alias, const std::string& sku) {
  Command merge;
  merge.type = CommandType::kSkuMerge;
  merge.source = "test";
  merge.sku_alias = alias;
  merge.sku_same_as = sku;
  return merge;
}

TEST(CountOfThePast, BooksTheDifferenceToWhatTheBooksHeldThen) {
  EngineByHand engine;
  engine.run(receive("A", 10));
  engine.clock.advance(kMinute);
  const Timestamp counted_at = engine.clock.wall();
  engine.clock.advance(kMinute);
  engine.run(sell("A", 3));  // after the count
  EXPECT_EQ(engine.run(count("A", 8, counted_at)).status, OutcomeStatus::kRecorded);
  EXPECT_EQ(engine.available("A"), 5);  // 10 − 3 − 2 missing at the count
}

TEST(CountOfThePast, SeesWhatWasToldLateAndWhatIsHeld) {
  EngineByHand engine;
  const Timestamp start = engine.clock.wall();
  engine.run(receive("A", 10));
  engine.clock.advance(kMinute);
  engine.run(hold("A", 4));
  engine.clock.advance(kMinute);
  Command late = sell("A", 1);
  late.occurred_at = start + 30 * kSecond;
  engine.run(late);
  engine.run(receive("A", 5));
  // At 90 s there were 10 − 1 on the shelf, four of them promised.
  EXPECT_EQ(engine.run(count("A", 9, start + 90 * kSecond)).status, OutcomeStatus::kRecorded);
  EXPECT_EQ(engine.available("A"), 10 - 4 - 1 + 5);
}

TEST(CountOfThePast, NeedsNoLocationWhereThereIsOne) {
  EngineByHand engine;
  engine.run(receive("A", 10));
  const Timestamp then = engine.clock.wall();
  engine.clock.advance(kMinute);
  engine.run(sell("A", 3));
  EXPECT_EQ(engine.run(count("A", 8, then, "")).status, OutcomeStatus::kRecorded);
  EXPECT_EQ(engine.available("A"), 5);
}

TEST(CountOfThePast, OfAnAliasCountsTheSkuItStandsFor) {
  EngineByHand engine;
  engine.run(receive("A", 10));
  ASSERT_EQ(engine.run(merge_into("old-A", "A")).error.code, ErrorCode::kNone);
  const Timestamp then = engine.clock.wall();
  engine.clock.advance(kMinute);
  engine.run(sell("A", 3));
  EXPECT_EQ(engine.run(count("old-A", 8, then)).status, OutcomeStatus::kRecorded);
  EXPECT_EQ(engine.available("A"), 5);
  EXPECT_EQ(engine.executor->sku_history("old-A", 0, 1)->at(0)->type, EventType::kStockCounted);
}

/// Counts old-A as of a moment ago; `walk_first`: the helper reads old-A's chain before it is
/// merged into A.
int64_t counted_across_a_merge(bool walk_first) {
  LocalExecutorOptions options;
  options.sequencer.overlap_commands_min = 0;  // flushes wait for the flusher's turn
  EngineByHand engine(std::move(options));
  engine.run(receive("old-A", 10));
  for (int i = 0; i < 8; ++i) engine.run(receive("A", 7));
  const Timestamp then = engine.clock.wall();
  engine.clock.advance(kMinute);
  engine.run(sell("old-A", 1));
  if (!walk_first) engine.run(merge_into("old-A", "A"));
  const auto counted = engine.submit(count("old-A", 60, then));
  engine.executor->sequencer_work();
  if (walk_first) {
    const auto merged = engine.submit(merge_into("old-A", "A"));
    engine.executor->sequencer_work();  // decided, and not durable yet
    engine.executor->helper_work();
    engine.settle();
    EXPECT_EQ(merged->only().error.code, ErrorCode::kNone);
  }
  engine.settle();
  EXPECT_TRUE(counted->done);
  EXPECT_EQ(counted->only().status, OutcomeStatus::kRecorded) << counted->only().error.detail;
  return engine.available("A");
}

TEST(CountOfThePast, OfANameThatIsMergedMeanwhileStartsOver) {
  EXPECT_EQ(counted_across_a_merge(true), counted_across_a_merge(false));
}

TEST(CountOfThePast, GoesOnWhereItsBatchStopped) {
  EngineByHand engine;
  engine.run(receive("A", 10));
  const Timestamp then = engine.clock.wall();
  engine.clock.advance(kMinute);
  engine.run(sell("A", 1));
  const auto answers =
      engine.submit({sell("A", 1), count("A", 10, then), sell("A", 1), count("A", 9, then)});
  const auto other = engine.submit(sell("A", 1));
  engine.settle();
  ASSERT_TRUE(answers->done && other->done);
  Seq before = 0;
  for (const Outcome& outcome : answers->outcomes) {
    EXPECT_EQ(outcome.status, OutcomeStatus::kRecorded) << outcome.error.detail;
    EXPECT_GT(outcome.seq, before);
    before = outcome.seq;
  }
  EXPECT_EQ(engine.available("A"), 10 - 4 - 1);
}

TEST(CountOfThePast, ASkuThatNeverRestsIsCountedAllTheSame) {
  EngineByHand engine;
  engine.run(receive("A", 1'000));
  const Timestamp then = engine.clock.wall();
  engine.clock.advance(kMinute);
  const auto counted = engine.submit(count("A", 900, then));
  int sold = 0;
  // The SKU moves on before each of the helper's walks gets back.
  while (!counted->done && sold < 500) {
    engine.submit(sell("A", 1));
    ++sold;
    engine.executor->sequencer_work();
    engine.submit(sell("A", 1));
    ++sold;
    engine.executor->helper_work();
  }
  engine.settle();
  ASSERT_TRUE(counted->done);
  EXPECT_EQ(counted->only().status, OutcomeStatus::kRecorded) << counted->only().error.detail;
  EXPECT_EQ(engine.available("A"), 900 - sold);
}

}  // namespace
}  // namespace holdfast::engine::testing
