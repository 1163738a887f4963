// When answers are released: never before what they rest on is durable, at once when it already is.
#include <gtest/gtest.h>

#include "tests/engine/engine_harness.h"

namespace holdfast::engine::testing {
namespace {

/// Every group is handed over to the flusher, so that a test can stop between deciding and flushing.
LocalExecutorOptions always_overlapped() {
  LocalExecutorOptions options;
  options.sequencer.overlap_commands_min = 0;
  return options;
}

/// Runs the sequencer until it has nothing more to do; the flusher stands still.
void decide_all(EngineByHand& engine) {
  while (engine.executor->sequencer_work()) {
  }
}

TEST(Durability, AnAnswerWaitsForTheFlushOfItsGroup) {
  EngineByHand engine(always_overlapped());
  const auto received = engine.submit(receive("A", 5));
  decide_all(engine);
  EXPECT_FALSE(received->done);
  EXPECT_TRUE(engine.executor->flusher_work());
  ASSERT_TRUE(received->done);
  EXPECT_EQ(received->only().status, OutcomeStatus::kRecorded);
  EXPECT_EQ(received->only().seq, engine.memory.durable_seq());
}

TEST(Durability, ARefusalWaitsForWhatItSaw) {
  EngineByHand engine(always_overlapped());
  engine.run(receive("A", 1));
  const auto taken = engine.submit(hold("A", 1));
  decide_all(engine);
  const auto refused = engine.submit(hold("A", 1));
  decide_all(engine);
  EXPECT_FALSE(taken->done);
  EXPECT_FALSE(refused->done) << "the unit it was refused for could still be lost";
  EXPECT_TRUE(engine.executor->flusher_work());
  EXPECT_TRUE(taken->done);
  decide_all(engine);
  ASSERT_TRUE(refused->done);
  EXPECT_EQ(refused->only().error.code, ErrorCode::kInsufficientStock);
}

TEST(Durability, ARefusalThatRestsOnDurableStateNeedsNoFlush) {
  EngineByHand engine;
  engine.run(receive("A", 1));
  const int flushes = engine.store.flushes();
  const Outcome refused = engine.run(hold("A", 2));
  EXPECT_EQ(refused.error.code, ErrorCode::kInsufficientStock);
  EXPECT_EQ(engine.store.flushes(), flushes);
}

TEST(Durability, AReadSeesWhatWasDecidedBeforeItAndWaitsForIt) {
  EngineByHand engine(always_overlapped());
  engine.submit(receive("A", 7));
  const auto reading = engine.query(stock_of("A"));
  decide_all(engine);
  EXPECT_FALSE(reading->done);
  EXPECT_TRUE(engine.executor->flusher_work());
  decide_all(engine);
  ASSERT_TRUE(reading->done);
  EXPECT_EQ(reading->available(), 7);
}

TEST(Durability, OneGroupIsUnsyncedWhileTheNextIsDecided) {
  EngineByHand engine(always_overlapped());  // GatedStore checks the number of sealed groups
  const auto first = engine.submit(receive("A", 1));
  decide_all(engine);
  const auto second = engine.submit(receive("A", 1));
  const auto third = engine.submit(receive("A", 1));
  decide_all(engine);
  EXPECT_TRUE(engine.executor->flusher_work());
  EXPECT_TRUE(first->done);
  EXPECT_FALSE(second->done);
  decide_all(engine);
  EXPECT_TRUE(engine.executor->flusher_work());
  EXPECT_TRUE(second->done && third->done) << "what arrives during a flush is one group";
  EXPECT_EQ(engine.store.flushes(), 2);
}

TEST(Durability, AFailedFlushEndsItAll) {
  for (const bool overlapped : {false, true}) {
    EngineByHand engine(overlapped ? always_overlapped() : LocalExecutorOptions{});
    const Seq acknowledged = engine.run(receive("A", 1)).seq;
    engine.store.fail_flushes();
    const auto lost = engine.submit(receive("A", 1));
    if (!overlapped) engine.executor->sequencer_work();
    const auto behind = overlapped ? engine.submit(hold("A", 1)) : lost;
    engine.settle();
    EXPECT_FALSE(lost->done);
    EXPECT_FALSE(behind->done);
    ASSERT_TRUE(engine.fatal.has_value());
    EXPECT_EQ(engine.fatal->code, ErrorCode::kIo);
    EXPECT_FALSE(engine.executor->submit({hold("A", 1)}, [](std::vector<Outcome>) { FAIL(); }));
    EXPECT_FALSE(engine.executor->query(stock_of("A"), [](QueryResult) { FAIL(); }));
    EXPECT_FALSE(engine.executor->read({"A"}).has_value());
    EXPECT_EQ(engine.executor->drain().error().code, ErrorCode::kIo);
    EXPECT_EQ(engine.memory.durable_seq(), acknowledged);
  }
}

}  // namespace
}  // namespace holdfast::engine::testing
