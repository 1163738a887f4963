// Random lives: the books add up, a replay gives the same state, a snapshot taken in slices while
// commands go on loads into a ledger that has the same state and decides the same.
#include "ledger/random_commands.h"

namespace holdfast::ledger {
namespace {

void prepare(TestLedger* shop) {
  shop->channel("web", {"berlin", "leeds"});
  shop->channel("till", {"leeds"});
  for (const char* sku : {"A", "B", "a"}) shop->receive(sku, "berlin", 20);
}

TEST(RandomLife, BooksAddUpAndAReplayGivesTheSameState) {
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    SeededRandom random(seed);
    TestLedger shop;
    prepare(&shop);
    for (uint64_t number = 0; number < 300; ++number) {
      shop.pass(random.below(5) * kSecond);
      shop.decide(random_command(random, number, shop.now));
      ASSERT_EQ(shop.ledger().check(), "") << "seed " << seed << " command " << number;
    }
    while (!shop.ledger().settled()) shop.ledger().settle(shop.now, 10, shop.sink);
    SCOPED_TRACE(seed);
    shop.verify();
  }
}

// Closed holds are forgotten after 35 days and their ids used again; when their memory is freed is
// nobody's business but the memory's.
TEST(RandomLife, OverMonthsAReplayForgetsWhatTheLedgerForgot) {
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE(seed);
    SeededRandom random(seed);
    TestLedger shop;
    prepare(&shop);
    Ledger follower({});  // replays as the log grows
    size_t followed = 0;
    for (uint64_t number = 0; number < 400; ++number) {
      shop.pass(random.below(8) == 0 ? random.below(20) * kDay : random.below(60) * kSecond);
      shop.decide(random_command(random, number, shop.now));
      if (random.below(3) == 0) shop.ledger().forget_expired(random.below(20));
      if (random.below(50) != 0) continue;
      shop.sink.replay_into(follower, followed);
      followed = shop.sink.size();
      ASSERT_EQ(follower.state_hash(), shop.ledger().state_hash()) << "command " << number;
    }
    shop.verify();
    Ledger replayed({});
    shop.sink.replay_into(replayed);
    for (int i = 0; i < 20; ++i) {
      const std::string id = "c" + std::to_string(i);
      const HoldView here = hold_in(shop.ledger(), id, shop.now);
      const HoldView there = hold_in(replayed, id, shop.now);
      EXPECT_EQ(there.open, here.open) << id;
      // The replay's last moment is the last event's, so it may still know what was just forgotten.
      if (here.id.empty()) continue;
      EXPECT_EQ(there.expires_at, here.expires_at) << id;
      EXPECT_EQ(there.lines.size(), here.lines.size()) << id;
    }
  }
}

TEST(RandomLife, ASnapshotTakenWhileCommandsGoOnIsTheStateAtItsBeginning) {
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    SeededRandom random(seed);
    TestLedger shop;
    prepare(&shop);
    uint64_t number = 0;
    const auto live = [&](int commands) {
      for (; commands > 0; --commands) {
        shop.pass(random.below(5) * kSecond);
        shop.decide(random_command(random, number++, shop.now));
      }
    };
    live(200);
    const Hash128 hash = shop.ledger().state_hash();
    const size_t commands = shop.sink.size();
    const Timestamp time = shop.sink.last().events.back()->recorded_at;
    const Seq seq = shop.ledger().begin_snapshot();
    std::string rows;
    while (!shop.ledger().next_snapshot_rows(1 + random.below(4), &rows)) live(3);

    Ledger loaded({});
    ASSERT_TRUE(loaded.load_rows(rows));
    ASSERT_TRUE(loaded.finish_load(seq, time));
    EXPECT_EQ(loaded.state_hash(), hash) << "seed " << seed;
    EXPECT_EQ(loaded.check(), "");
    shop.sink.replay_into(loaded, commands);
    EXPECT_EQ(loaded.state_hash(), shop.ledger().state_hash()) << "seed " << seed;
    // It decides the same from here on, keys included.
    for (int i = 0; i < 50; ++i) {
      shop.pass(kSecond);
      const Command command = random_command(random, number++, shop.now);
      RecordingSink sink;
      const Outcome there = loaded.decide(command, shop.now, sink);
      const Outcome here = shop.decide(command);
      ASSERT_EQ(there.status, here.status) << "seed " << seed;
      ASSERT_EQ(there.error.code, here.error.code) << "seed " << seed;
      ASSERT_EQ(there.seq, here.seq) << "seed " << seed;
    }
    EXPECT_EQ(loaded.state_hash(), shop.ledger().state_hash()) << "seed " << seed;
  }
}

TEST(Snapshot, DamagedRowsAreRefused) {
  TestLedger shop;
  prepare(&shop);
  shop.hold("cart", {line_of("A", 2)});
  shop.ledger().begin_snapshot();
  std::string rows;
  while (!shop.ledger().next_snapshot_rows(100, &rows)) {
  }
  Ledger short_one({});
  EXPECT_FALSE(short_one.load_rows(std::string_view(rows).substr(0, rows.size() - 1)));
}

}  // namespace
}  // namespace holdfast::ledger
