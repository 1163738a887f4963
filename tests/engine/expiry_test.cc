// Holds end by themselves: for a command that touches them, and on an idle ledger.
#include <gtest/gtest.h>

#include "model/limits.h"
#include "tests/engine/engine_harness.h"

namespace holdfast::engine::testing {
namespace {

TEST(Expiry, ADueHoldIsFreeForTheVeryNextRequest) {
  EngineByHand engine;
  engine.run(receive("A", 1));
  engine.run(hold("A", 1, "", 10));
  EXPECT_EQ(engine.run(hold("A", 1)).status, OutcomeStatus::kRefused);
  engine.clock.advance(10 * kSecond);
  EXPECT_EQ(engine.run(hold("A", 1)).status, OutcomeStatus::kAccepted);
}

TEST(Expiry, AnIdleLedgerExpiresWithoutACommand) {
  EngineByHand engine;
  engine.run(receive("A", 1));
  engine.run(hold("A", 1, "", 10));
  const Seq before = engine.memory.durable_seq();
  engine.clock.advance(10 * kSecond - kMillisecond);
  EXPECT_FALSE(engine.executor->do_work());
  engine.clock.advance(kMillisecond);
  engine.settle();
  EXPECT_GT(engine.memory.durable_seq(), before);
  EXPECT_EQ(engine.available("A"), 1);
  EXPECT_EQ(engine.executor->metrics().holds_expired.value(), 1u);
}

TEST(Expiry, AStormIsSpreadOverGroups) {
  EngineByHand engine;
  constexpr size_t kHolds = 10'000;
  engine.run(receive("A", kHolds));
  std::vector<Command> holds;
  for (size_t i = 0; i < kHolds; ++i) holds.push_back(hold("A", 1, "", 10));
  engine.submit(std::move(holds));
  engine.settle();
  engine.run(receive("B", 1));
  engine.clock.advance(10 * kSecond);
  const int before = engine.store.flushes();
  const auto other = engine.submit(hold("B", 1));
  while (!other->done) ASSERT_TRUE(engine.executor->do_work());
  EXPECT_EQ(engine.store.flushes(), before + 1) << "another SKU's request waits for one group only";
  EXPECT_EQ(engine.executor->metrics().holds_expired.value(), limits::kExpiriesPerGroupMax);
  engine.settle();
  EXPECT_EQ(engine.store.flushes(), before + 3);
  EXPECT_EQ(engine.available("A"), static_cast<int64_t>(kHolds));
}

/// So many carts of one SKU, all ending at the same moment, over a shelf that has `short_by` fewer
/// units.
void fill_with_carts(EngineByHand& engine, size_t carts, int64_t short_by) {
  engine.run(receive("A", static_cast<int64_t>(carts)));
  const auto last = engine.clock.wall() + kMinute;
  for (size_t placed = 0; placed < carts;) {
    std::vector<Command> holds;
    for (; holds.size() < 8'000 && placed < carts; ++placed) holds.push_back(hold("A", 1, "", 60));
    engine.submit(std::move(holds));
    engine.settle();
  }
  ASSERT_LT(engine.clock.wall(), last);
  if (short_by > 0) engine.run(sell("A", short_by));
  engine.clock.advance(kMinute);
}

TEST(Expiry, OfOneSkusTwoHundredThousandCartsNoGroupIsLargeAndTheNextRequestSeesAllFree) {
  EngineByHand engine;
  constexpr int64_t kCarts = 200'000;
  fill_with_carts(engine, kCarts, 0);
  const int before = engine.store.flushes();
  EXPECT_EQ(engine.run(hold("A", kCarts)).status, OutcomeStatus::kAccepted);
  EXPECT_GE(engine.store.flushes() - before,
            kCarts / static_cast<int>(limits::kExpiriesPerGroupMax));
  EXPECT_LE(engine.store.group_bytes_max(), limits::kGroupBytesMax);
  EXPECT_EQ(engine.available("A"), 0);
  EXPECT_EQ(engine.executor->ledger().open_holds(), 1u);
  EXPECT_EQ(engine.executor->ledger().check(), "");
}

TEST(Expiry, ABiteOfAShortSkuIsOneShortfallNotOnePerCart) {
  EngineByHand engine;
  constexpr int64_t kCarts = 30'000;
  fill_with_carts(engine, kCarts, kCarts - 1);
  const Seq before = engine.memory.durable_seq();
  EXPECT_EQ(engine.run(hold("A", 1)).status, OutcomeStatus::kAccepted);
  EXPECT_LE(engine.store.group_bytes_max(), size_t{3} << 20);
  EXPECT_LT(engine.memory.durable_seq() - before, static_cast<Seq>(kCarts + 100));
  EXPECT_EQ(engine.available("A"), 0);
  EXPECT_EQ(engine.executor->ledger().check(), "");
}

TEST(Expiry, TheDeadlineIsTheLogsOwnTimeNotTheWallClocks) {
  EngineByHand engine;
  engine.run(receive("A", 1));
  engine.run(hold("A", 1, "", 10));
  engine.clock.jump_wall(kHour);
  engine.clock.advance(kSecond);
  EXPECT_EQ(engine.run(hold("A", 1)).status, OutcomeStatus::kRefused);
  engine.clock.jump_wall(-3 * kHour);
  engine.clock.advance(9 * kSecond + 10 * kMillisecond);  // slewed by at most 0.05 %
  EXPECT_EQ(engine.run(hold("A", 1)).status, OutcomeStatus::kAccepted);
}

}  // namespace
}  // namespace holdfast::engine::testing
