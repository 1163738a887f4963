// Random lives: the books add up, a replay gives the same state, a snapshot taken in slices while
// commands go on loads into a ledger that has the same state and decides the same.
#include "base/random.h"
#include "ledger/test_ledger.h"

namespace holdfast::ledger {
namespace {

std::string pick(SeededRandom& random, std::initializer_list<const char*> from) {
  return *(from.begin() + random.below(from.size()));
}

Command random_command(SeededRandom& random, uint64_t number, Timestamp now) {
  static constexpr CommandType kTypes[] = {
      CommandType::kStockReceived,    CommandType::kStockSold,
      CommandType::kHoldPlace,        CommandType::kHoldPlace,
      CommandType::kHoldPlace,        CommandType::kHoldCommit,
      CommandType::kHoldRelease,      CommandType::kHoldChange,
      CommandType::kHoldExtend,       CommandType::kOrderPlaced,
      CommandType::kOrderChanged,     CommandType::kOrderFulfilled,
      CommandType::kOrderCancelled,   CommandType::kOrderUnfulfilled,
      CommandType::kStockReturned,    CommandType::kStockCounted,
      CommandType::kStockAdjusted,    CommandType::kStockMoved,
      CommandType::kStockExpected,    CommandType::kTransferDispatched,
      CommandType::kTransferReceived, CommandType::kOrderAccept,
      CommandType::kOrderReassigned,  CommandType::kChannelSet,
      CommandType::kSkuMerge};
  Command command;
  command.type = kTypes[random.below(std::size(kTypes))];
  command.source = pick(random, {"shop", "3pl", "till"});
  command.idempotency_key = "k" + std::to_string(random.below(10) == 0 ? number / 2 : number);
  command.channel = pick(random, {"web", "till"});
  command.order = "o" + std::to_string(random.below(8));
  command.hold = "c" + std::to_string(random.below(20));
  command.reference = pick(random, {"R1", "R2"});
  command.location = pick(random, {"berlin", "leeds", ""});
  command.to_location = pick(random, {"berlin", "leeds"});
  command.final = random.below(20) == 0;
  command.restock = random.below(3) != 0;
  command.ttl_s = 1 + static_cast<int64_t>(random.below(100));
  command.allow_partial = random.below(3) == 0;
  command.rehold = random.below(2) == 0;
  if (random.below(3) == 0) command.document = "d" + std::to_string(random.below(5));
  if (random.below(4) == 0) {
    command.occurred_at = now - static_cast<Duration>(random.below(100)) * kSecond;
  }
  const bool request = is_request(command.type);
  for (uint64_t lines = 1 + random.below(3); lines > 0; --lines) {
    CommandLine line = line_of(pick(random, {"A", "B", "a"}), 1 + random.below(5));
    if (request && random.below(2) == 0) command.location.clear();
    switch (command.type) {
      case CommandType::kOrderChanged:
        line.ordered = random.below(5);
        line.cancelled = random.below(2);
        line.written_off = random.below(2);
        break;
      case CommandType::kStockCounted:
        line.counted = random.below(9);
        break;
      case CommandType::kStockExpected:
        line.expected = random.below(9);
        break;
      case CommandType::kStockAdjusted:
        line.quantity.reset();
        line.delta = random.below(2) == 0 ? -2 : 1;
        if (random.below(2) == 0) line.state = Account::kDamaged;
        break;
      case CommandType::kStockMoved:
        line.from = random.below(2) == 0 ? Account::kAvailable : Account::kDamaged;
        line.to = line.from == Account::kAvailable ? Account::kQualityControl : Account::kAvailable;
        break;
      case CommandType::kStockReturned:
        if (random.below(3) == 0) line.state = Account::kDamaged;
        break;
      default:
        break;
    }
    if (random.below(4) == 0 && !request && line.quantity) {
      line.total = line.quantity;
      line.quantity.reset();
    }
    command.lines.push_back(line);
  }
  if (command.type == CommandType::kOrderCancelled && random.below(3) == 0) command.lines.clear();
  if (command.type == CommandType::kHoldCommit || command.type == CommandType::kHoldRelease) {
    if (random.below(2) == 0) command.lines.clear();
  }
  if (command.type == CommandType::kChannelSet) {
    command.channel_settings = {{"berlin", "leeds"},
                                static_cast<int64_t>(random.below(3)),
                                static_cast<int64_t>(random.below(3)),
                                2,
                                false};
  }
  if (command.type == CommandType::kSkuMerge && random.below(10) == 0) {
    command.sku_alias = "a";
    command.sku_same_as = "A";
  }
  return command;
}

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
