// History and as-of on both axes, against a plain sum over the same facts.
#include <gtest/gtest.h>

#include "tests/engine/engine_harness.h"

namespace holdfast::engine::testing {
namespace {

TEST(History, PagesNewestFirst) {
  EngineByHand engine;
  for (int i = 1; i <= 5; ++i) engine.run(receive("A", i));
  engine.run(receive("B", 1));
  const auto page = engine.executor->sku_history("A", 0, 3);
  ASSERT_TRUE(page.has_value());
  ASSERT_EQ(page->size(), 3u);
  EXPECT_EQ((*page)[0]->quantity, 5);
  EXPECT_EQ((*page)[2]->quantity, 3);
  const auto rest = engine.executor->sku_history("A", (*page)[2]->seq, 100);
  ASSERT_EQ(rest->size(), 2u);
  EXPECT_EQ((*rest)[1]->quantity, 1);
}

TEST(History, NothingThatIsNotDurable) {
  LocalExecutorOptions options;
  options.sequencer.overlap_commands_min = 0;
  EngineByHand engine(options);
  engine.submit(receive("A", 1));
  while (engine.executor->sequencer_work()) {
  }
  EXPECT_EQ(engine.executor->sku_history("A", 0, 10).error().code, ErrorCode::kUnknownSku);
  EXPECT_EQ(engine.executor->stock_as_of_seq("A", 1).error().code, ErrorCode::kCursorInvalid);
  engine.executor->flusher_work();
  EXPECT_EQ(engine.executor->sku_history("A", 0, 10)->size(), 1u);
}

TEST(History, AsOfASeqAndATimeOnBothAxes) {
  EngineByHand engine;
  const Timestamp start = engine.clock.wall();
  engine.run(receive("A", 10));  // 0 s
  engine.clock.advance(10 * kSecond);
  engine.run(sell("A", 1));  // 10 s
  const Seq after_sale = engine.memory.durable_seq();
  engine.clock.advance(10 * kSecond);
  Command late = sell("A", 2);  // told at 20 s, happened at 5 s
  late.occurred_at = start + 5 * kSecond;
  engine.run(late);
  engine.clock.advance(10 * kSecond);
  engine.run(hold("A", 4));  // 30 s

  const auto at = [&](Duration since, bool occurred) {
    const auto view = engine.executor->stock_as_of_time("A", start + since, occurred);
    return view && !view->locations.empty() ? view->locations[0].available : -1;
  };
  EXPECT_EQ(engine.executor->stock_as_of_seq("A", after_sale)->locations.at(0).available, 9);
  EXPECT_EQ(at(-kSecond, false), -1);
  EXPECT_EQ(at(0, false), 10);
  EXPECT_EQ(at(9 * kSecond, false), 10);
  EXPECT_EQ(at(10 * kSecond, false), 9);
  EXPECT_EQ(at(19 * kSecond, false), 9);
  EXPECT_EQ(at(20 * kSecond, false), 7);
  EXPECT_EQ(at(4 * kSecond, true), 10);
  EXPECT_EQ(at(5 * kSecond, true), 8);
  EXPECT_EQ(at(10 * kSecond, true), 7);
  EXPECT_EQ(at(25 * kSecond, true), 7);
  EXPECT_EQ(at(30 * kSecond, true), 3);
  const auto now = engine.executor->stock_as_of_time("A", start + kHour, false);
  EXPECT_EQ(now->locations.at(0).held, 4);
  EXPECT_TRUE(now->locations.at(0).tracked);
  EXPECT_EQ(now->sku_seq, engine.executor->read({"A"})->at(0).sku_seq);
}

TEST(History, AnUnknownSkuIsUnknownAndAKnownOneIsEmptyBeforeItsTime) {
  EngineByHand engine;
  engine.run(receive("B", 1));
  engine.run(receive("A", 1));
  EXPECT_EQ(engine.executor->stock_as_of_seq("nothing", 1).error().code, ErrorCode::kUnknownSku);
  const auto before = engine.executor->stock_as_of_seq("A", 1);
  ASSERT_TRUE(before.has_value());
  EXPECT_TRUE(before->locations.empty());
}

TEST(History, ASkuWithAHundredThousandEvents) {
  EngineByHand engine;
  constexpr int kRounds = 10, kPerRound = 10'000;
  std::vector<Seq> ends;
  for (int round = 0; round < kRounds; ++round) {
    std::vector<Command> commands;
    for (int i = 0; i < kPerRound; ++i) commands.push_back(receive("A", 1));
    engine.submit(std::move(commands));
    engine.settle();
    ends.push_back(engine.memory.durable_seq());
    engine.clock.advance(kMinute);
  }
  for (int round = 0; round < kRounds; ++round) {
    const auto view = engine.executor->stock_as_of_seq("A", ends[static_cast<size_t>(round)]);
    ASSERT_TRUE(view.has_value());
    EXPECT_EQ(view->locations.at(0).available, (round + 1) * kPerRound);
  }
  const auto page = engine.executor->sku_history("A", 50'001, 2);
  ASSERT_EQ(page->size(), 2u);
  EXPECT_EQ((*page)[0]->seq, 50'000u);
}

}  // namespace
}  // namespace holdfast::engine::testing
