// A restart ends in the same state: from the log alone, from a snapshot, and after time has passed.
#include <algorithm>

#include <gtest/gtest.h>

#include "base/random.h"
#include "engine/recovery.h"
#include "engine/verify.h"
#include "engine/verify_book.h"
#include "tests/engine/engine_harness.h"

namespace holdfast::engine::testing {
namespace {

/// A little of everything, the same for the same seed.
void trade(EngineByHand& engine, uint64_t seed, int commands) {
  SeededRandom random(seed);
  for (int i = 0; i < commands; ++i) {
    const std::string sku = "sku-" + std::to_string(random.below(20));
    const auto quantity = static_cast<int64_t>(1 + random.below(5));
    switch (random.below(4)) {
      case 0:
        engine.submit(receive(sku, quantity));
        break;
      case 1:
        engine.submit(sell(sku, quantity));
        break;
      default:
        engine.submit(hold(sku, quantity, "", 60));
        break;
    }
    if (random.below(8) == 0) engine.settle();
    if (random.below(16) == 0) engine.clock.advance(5 * kSecond);
  }
  engine.settle();
}

LocalExecutorOptions snapshot_every(uint64_t events) {
  LocalExecutorOptions options;
  options.snapshots.events_between = events;
  options.snapshots.rows_per_turn = 3;
  options.snapshots.slices_waiting_max = 2;
  return options;
}

TEST(Restart, FromTheLogAloneIsTheSameState) {
  EngineByHand engine;
  trade(engine, 1, 500);
  const Hash128 before = engine.executor->ledger().state_hash();
  const Seq last = engine.memory.durable_seq();
  engine.restart();
  EXPECT_EQ(engine.executor->ledger().state_hash(), before);
  EXPECT_EQ(engine.executor->recovery().last_seq, last);
  EXPECT_EQ(engine.executor->recovery().events_replayed, last);
  EXPECT_EQ(engine.executor->recovery().snapshot_seq, 0u);
}

TEST(Restart, FromASnapshotTakenWhileTradingIsTheSameState) {
  EngineByHand engine(snapshot_every(300));
  trade(engine, 2, 900);
  const Hash128 before = engine.executor->ledger().state_hash();
  ASSERT_TRUE(engine.snapshots.newest.has_value());
  EXPECT_GT(engine.snapshots.newest->slices.size(), 3u) << "not in one piece";
  EXPECT_GE(engine.executor->metrics().snapshots.value(), 2u);
  engine.restart();
  EXPECT_EQ(engine.executor->ledger().state_hash(), before);
  EXPECT_EQ(engine.executor->recovery().snapshot_seq, engine.snapshots.newest->at.seq);
  EXPECT_LT(engine.executor->recovery().events_replayed, engine.memory.durable_seq());
  trade(engine, 3, 200);  // and trading goes on as if nothing had been
  EXPECT_EQ(engine.executor->ledger().check(), "");
}

TEST(Restart, ADrainLeavesNothingToReplay) {
  EngineByHand engine;
  trade(engine, 4, 300);
  const Hash128 before = engine.executor->ledger().state_hash();
  ASSERT_TRUE(engine.executor->drain().has_value());
  engine.restart();
  EXPECT_EQ(engine.executor->recovery().events_replayed, 0u);
  EXPECT_EQ(engine.executor->recovery().snapshot_seq, engine.memory.durable_seq());
  EXPECT_EQ(engine.executor->ledger().state_hash(), before);
  ASSERT_TRUE(engine.executor->drain().has_value());
  EXPECT_EQ(engine.executor->metrics().snapshots.value(), 0u) << "the newest one still stands";
}

TEST(Restart, ASnapshotThatDoesNotHashToWhatItSaysIsLeftAside) {
  EngineByHand engine;
  trade(engine, 5, 200);
  const Hash128 before = engine.executor->ledger().state_hash();
  ASSERT_TRUE(engine.executor->drain().has_value());
  engine.snapshots.newest->at.state_hash.low ^= 1;
  engine.restart();
  EXPECT_EQ(engine.executor->recovery().snapshot_seq, 0u);
  ASSERT_EQ(engine.executor->recovery().remarks.size(), 1u);
  EXPECT_EQ(engine.executor->ledger().state_hash(), before);
}

/// Two snapshots are kept; the newer one is not the state it says.
class TwoSnapshots final : public SnapshotPort {
 public:
  TwoSnapshots(MemorySnapshots::Stored older, MemorySnapshots::Stored newer)
      : older_(std::move(older)), newer_(std::move(newer)) {}
  Result<std::unique_ptr<File>> begin(Seq) override {
    return fail(ErrorCode::kIo, "not asked for");
  }
  Result<std::optional<LoadedSnapshot>> load(
      const std::function<bool(std::string_view)>& rows) override {
    return give(newer_, rows);
  }
  Result<std::optional<LoadedSnapshot>> load_before(
      Seq before, const std::function<bool(std::string_view)>& rows) override {
    if (before > newer_.at.seq) return give(newer_, rows);
    if (before > older_.at.seq) return give(older_, rows);
    return std::nullopt;
  }

 private:
  static Result<std::optional<LoadedSnapshot>> give(
      const MemorySnapshots::Stored& stored, const std::function<bool(std::string_view)>& rows) {
    for (const std::string& slice : stored.slices) {
      if (!rows(slice)) break;
    }
    return stored.at;
  }

  const MemorySnapshots::Stored older_;
  const MemorySnapshots::Stored newer_;
};

TEST(Restart, TheSecondSnapshotIsTriedWhenTheNewestIsNotWhatItSays) {
  EngineByHand engine;
  trade(engine, 8, 200);
  ASSERT_TRUE(engine.executor->drain().has_value());
  const MemorySnapshots::Stored older = *engine.snapshots.newest;
  engine.restart();
  trade(engine, 9, 200);
  ASSERT_TRUE(engine.executor->drain().has_value());
  const Hash128 state = engine.executor->ledger().state_hash();
  MemorySnapshots::Stored wrong = *engine.snapshots.newest;
  ASSERT_GT(wrong.at.seq, older.at.seq);
  MemorySnapshots::Stored unreadable = wrong;
  wrong.at.state_hash.low ^= 1;
  unreadable.slices.front() = "no rows";

  ledger::LedgerOptions options;
  options.ledger_id = engine.memory.identity().ledger_id;
  for (const MemorySnapshots::Stored& newer : {wrong, unreadable}) {
    TwoSnapshots snapshots(older, newer);
    const auto recovered = recover(engine.memory, &snapshots, options, engine.clock);
    ASSERT_TRUE(recovered) << recovered.error().detail;
    EXPECT_EQ(recovered->facts.snapshot_seq, older.at.seq);
    EXPECT_EQ(recovered->facts.remarks.size(), 1u);
    EXPECT_EQ(recovered->ledger->state_hash(), state);
  }
  MemorySnapshots::Stored also_wrong = older;
  also_wrong.at.state_hash.low ^= 1;
  TwoSnapshots snapshots(also_wrong, wrong);
  const auto recovered = recover(engine.memory, &snapshots, options, engine.clock);
  ASSERT_TRUE(recovered) << recovered.error().detail;
  EXPECT_EQ(recovered->facts.snapshot_seq, 0u);
  EXPECT_EQ(recovered->facts.remarks.size(), 2u);
  EXPECT_EQ(recovered->ledger->state_hash(), state);
}

/// Sells every one of 300 SKUs twice while a snapshot is under way and its writer stands still.
/// Returns the most that lay in the side buffer.
size_t trade_past_a_standing_writer(EngineByHand& engine) {
  for (int i = 0; i < 300; ++i) engine.submit(receive("sku-" + std::to_string(i), 10));
  while (engine.executor->sequencer_work() || engine.executor->flusher_work()) {
  }
  size_t most = 0;
  for (int i = 0; i < 600; ++i) {
    engine.submit(sell("sku-" + std::to_string(299 - i % 300), 1));
    while (engine.executor->sequencer_work() || engine.executor->flusher_work()) {
    }
    most = std::max(most, engine.executor->ledger().snapshot_bytes_saved());
  }
  return most;
}

TEST(Restart, WhatChangesWhileTheSnapshotWriterStandsStillIsHandedOverAllTheSame) {
  LocalExecutorOptions options = snapshot_every(300);
  options.snapshots.side_buffer_bytes_max = 2'000;
  EngineByHand engine(options);
  EXPECT_LE(trade_past_a_standing_writer(engine), 3'000u);
  engine.settle();
  EXPECT_EQ(engine.executor->metrics().snapshots_failed.value(), 0u);
  const Hash128 before = engine.executor->ledger().state_hash();
  engine.restart();
  EXPECT_GT(engine.executor->recovery().snapshot_seq, 0u);
  EXPECT_TRUE(engine.executor->recovery().remarks.empty());
  EXPECT_EQ(engine.executor->ledger().state_hash(), before);
}

TEST(Restart, ASnapshotWhoseWriterNeverCatchesUpIsGivenUpNotGatheredInMemory) {
  LocalExecutorOptions options = snapshot_every(300);
  options.snapshots.side_buffer_bytes_max = 1'000;
  options.snapshots.bytes_waiting_max = 4'000;
  EngineByHand engine(options);
  EXPECT_LE(trade_past_a_standing_writer(engine), 2'000u);
  EXPECT_GE(engine.executor->metrics().snapshots_failed.value(), 1u);
  engine.settle();
  const Hash128 before = engine.executor->ledger().state_hash();
  engine.restart();
  EXPECT_EQ(engine.executor->ledger().state_hash(), before);
}

TEST(Restart, ASnapshotThatCannotBeWrittenHarmsNothing) {
  EngineByHand engine(snapshot_every(100));
  engine.snapshots.failing = true;
  trade(engine, 6, 400);
  EXPECT_GE(engine.executor->metrics().snapshots_failed.value(), 1u);
  EXPECT_FALSE(engine.snapshots.newest.has_value());
  engine.snapshots.failing = false;
  trade(engine, 7, 400);
  EXPECT_TRUE(engine.snapshots.newest.has_value());
  EXPECT_FALSE(engine.fatal.has_value());
}

TEST(Restart, KeysAreRememberedAndHoldsGoOn) {
  EngineByHand engine;
  engine.run(receive("A", 5));
  const Outcome first = engine.run(hold("A", 2, "key-1", 60));
  engine.restart();
  const Outcome again = engine.run(hold("A", 2, "key-1", 60));
  EXPECT_TRUE(again.replayed);
  EXPECT_EQ(again.hold->id, first.hold->id);
  EXPECT_EQ(engine.available("A"), 3);
  engine.clock.advance(kMinute);
  engine.settle();
  EXPECT_EQ(engine.available("A"), 5);
}

TEST(Restart, AClockFarOffIsRefused) {
  EngineByHand engine;
  engine.run(receive("A", 1));
  engine.clock.jump_wall(-kHour);
  LocalExecutorOptions options;
  options.threads = false;
  const auto refused = LocalExecutor::start(engine.store, nullptr, engine.clock, options);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::kClockRefused);
  options.accept_clock = true;
  EXPECT_TRUE(LocalExecutor::start(engine.store, nullptr, engine.clock, options).has_value());
}

VerifyReport verify_engine(EngineByHand& engine) {
  return verify({.store = engine.memory,
                 .snapshots = &engine.snapshots,
                 .check_chain = {},
                 .options = {.ledger_id = engine.memory.identity().ledger_id}});
}

TEST(Verify, PassesWhatIsRightAndSaysWhatItSaw) {
  EngineByHand engine(snapshot_every(300));
  trade(engine, 8, 700);
  const VerifyReport report = verify_engine(engine);
  EXPECT_TRUE(report.passed()) << report.text();
  EXPECT_EQ(report.last_seq, engine.memory.durable_seq());
  EXPECT_EQ(report.skus, 20u);
  EXPECT_NE(report.text().find("snapshot of seq"), std::string::npos) << report.text();
}

TEST(Verify, FindsASnapshotThatIsNotTheReplay) {
  EngineByHand engine;
  trade(engine, 9, 200);
  ASSERT_TRUE(engine.executor->drain().has_value());
  engine.snapshots.newest->at.state_hash.high ^= 1;
  const VerifyReport report = verify_engine(engine);
  EXPECT_FALSE(report.passed()) << report.text();
  EXPECT_NE(report.text().find("FAILED"), std::string::npos);
  EXPECT_NE(report.text().find("NOT VERIFIED"), std::string::npos);
}

TEST(Verify, FindsEventsThatDoNotAddUp) {
  // Written past the ledger: more is released than was ever held.
  EngineByHand engine;
  engine.run(receive("A", 1));
  store::GroupWriter& writer = engine.memory.begin_group(engine.clock.wall());
  CommandHead head;
  head.type = CommandType::kStockMoved;
  writer.begin_command(head);
  Event event;
  event.type = EventType::kStockMoved;
  event.seq = engine.memory.durable_seq() + 1;
  event.sku = "A";
  event.sku_seq = 3;  // skips one
  event.from = Account::kDamaged;
  event.to = Account::kAvailable;
  event.location = "berlin";
  event.quantity = 4;
  writer.append(event);
  writer.end_command();
  ASSERT_TRUE(engine.memory.seal_group());
  ASSERT_TRUE(engine.memory.flush_group().has_value());
  VerifyBook book;
  class Feed final : public store::LogVisitor {
   public:
    explicit Feed(VerifyBook& into) : book(into) {}
    void begin_command(const CommandHead&, Seq, Timestamp at) override { book.note_command(at); }
    void event(const Event& seen) override { book.note(seen); }
    void end_command() override {}
    VerifyBook& book;
  } feed(book);
  ASSERT_TRUE(engine.memory.replay(0, feed).has_value());
  EXPECT_NE(book.order_fault().find("sku_seq 3"), std::string::npos) << book.order_fault();
  EXPECT_NE(book.zero_sum_fault().find("-4 damaged"), std::string::npos) << book.zero_sum_fault();
  EXPECT_NE(book.difference_from(engine.executor->ledger()).find("add up to 5"), std::string::npos);
}

}  // namespace
}  // namespace holdfast::engine::testing
