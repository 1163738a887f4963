// History by SKU: the chains give what a walk over everything gives, in a fraction of the reads.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>

#include "base/random.h"
#include "store/group_encoder.h"
#include "store/log_reader.h"
#include "store/memory/memory_store.h"
#include "store/store_fixtures.h"

namespace holdfast::store {
namespace {

using testing::kStart;

/// A log of one group per event that counts how often it is asked.
class CountingLog final : public GroupSource {
 public:
  void add(Event event, Timestamp time) {
    event.seq = groups_.size() + 1;
    encoder_.start(event.seq, time);
    encoder_.begin_command({});
    encoder_.append(event);
    encoder_.end_command();
    groups_.push_back(std::make_shared<const GroupView>(encoder_.take()));
    chains_.seal_group();
    chains_.group_durable();
  }
  Seq durable_seq() const override { return groups_.size(); }
  Result<std::shared_ptr<const GroupView>> group_with(Seq seq) override {
    ++asked;
    return groups_.at(seq - 1);
  }
  Result<Seq> last_seq_at(Timestamp) override { return 0; }
  LogReader reader() { return LogReader(*this, chains_); }

  size_t asked = 0;

 private:
  SkuChains chains_;
  GroupEncoder encoder_{chains_, 0};
  std::vector<std::shared_ptr<const GroupView>> groups_;
};

Event move(std::string_view sku, std::string_view from, std::string_view to, Account a, Account b, int64_t n) {
  Event event;
  event.type = EventType::kStockMoved;
  event.sku = sku;
  event.sku_seq = 1;
  event.location = from;
  event.to_location = to;
  event.from = a;
  event.to = b;
  event.quantity = n;
  return event;
}

/// `count` events of A (and some of B) over three places, some with occurred_at in the past. Every 500th is
/// at the place that is seldom used.
std::vector<Event> random_events(size_t count, uint64_t seed) {
  SeededRandom random(seed);
  std::vector<Event> events;
  for (size_t i = 0; i < count; ++i) {
    const auto account = [&] { return static_cast<Account>(1 + random.below(kAccountCount - 1)); };
    const char* places[] = {"berlin", "leeds", ""};
    const char* from = i % 500 == 499 ? "returns" : places[random.below(2)];
    const char* to = random.below(4) == 0 ? places[random.below(3)] : "";
    Event event = move(random.below(8) == 0 ? "B" : "A", from, to, account(), account(),
                       static_cast<int64_t>(random.below(9)) + 1);
    if (random.below(50) == 0) event.occurred_at = kStart + Duration(random.below(count));
    events.push_back(event);
  }
  return events;
}

std::vector<PlaceBalances> naive_balances(const std::vector<Event>& events, std::string_view sku, Seq until) {
  std::map<std::string, PlaceBalances> places;
  for (size_t i = 0; i < until; ++i) {
    const Event& e = events[i];
    if (e.sku != sku) continue;
    const auto add = [&](std::string_view where, Account account, int64_t n) {
      PlaceBalances& place = places[std::string(where)];
      place.location = where;
      if (account <= Account::kInTransit) place.balances[static_cast<size_t>(account)] += n;
    };
    add(e.location, e.from, -e.quantity);
    add(e.to_location.empty() ? e.location : e.to_location, e.to, e.quantity);
  }
  std::vector<PlaceBalances> result;
  for (auto& [name, place] : places) result.push_back(place);
  return result;
}

TEST(History, balances_as_of_any_seq_are_those_of_the_movements_before_it) {
  const std::vector<Event> events = random_events(10'000, 1);
  CountingLog log;
  for (size_t i = 0; i < events.size(); ++i) log.add(events[i], kStart + Duration(i));
  const LogReader reader = log.reader();
  for (Seq seq = 0; seq <= events.size(); seq += 97) {
    const auto balances = reader.balances_after("A", seq);
    ASSERT_TRUE(balances) << balances.error().detail;
    ASSERT_EQ(*balances, naive_balances(events, "A", seq)) << "as of " << seq;
  }
  EXPECT_TRUE(reader.balances_after("unknown", 5)->empty());
}

TEST(History, a_walk_gives_the_events_of_the_sku_newest_first_from_anywhere) {
  const std::vector<Event> events = random_events(6'000, 2);
  CountingLog log;
  for (size_t i = 0; i < events.size(); ++i) log.add(events[i], kStart + Duration(i));
  const LogReader reader = log.reader();
  for (const Seq before : {Seq{0}, Seq{1}, Seq{2}, Seq{63}, Seq{4500}, Seq{5999}, Seq{9999}}) {
    std::vector<Seq> expected;
    for (size_t i = events.size(); i-- > 0;) {
      if (events[i].sku == "A" && (before == 0 || i + 1 < before)) expected.push_back(i + 1);
    }
    std::vector<Seq> walked;
    ASSERT_TRUE(reader.walk_sku("A", before, [&](const Event& event) {
      walked.push_back(event.seq);
      return true;
    }));
    ASSERT_EQ(walked, expected) << "before " << before;
  }
}

TEST(History, late_facts_are_all_found) {
  const std::vector<Event> events = random_events(9'000, 3);
  CountingLog log;
  for (size_t i = 0; i < events.size(); ++i) log.add(events[i], kStart + Duration(i));
  const LogReader reader = log.reader();
  for (const Seq after : {Seq{0}, Seq{100}, Seq{5000}, Seq{8999}}) {
    const Timestamp time = kStart + Duration(after);
    std::vector<Seq> expected;
    for (size_t i = events.size(); i-- > after;) {
      const Timestamp occurred = events[i].occurred_at.has_value() ? events[i].occurred_at : kStart + Duration(i);
      if (events[i].sku == "A" && occurred <= time) expected.push_back(i + 1);
    }
    std::vector<Seq> found;
    ASSERT_TRUE(reader.walk_late_facts("A", after, time, [&](const Event& event) {
      found.push_back(event.seq);
      return true;
    }));
    ASSERT_EQ(found, expected) << "after " << after;
  }
}

TEST(History, a_sku_with_300000_events_is_not_walked_one_by_one) {
  constexpr size_t kEvents = 300'000;
  CountingLog log;
  for (size_t i = 0; i < kEvents; ++i) {
    log.add(move("A", "berlin", "", Account::kAvailable, Account::kCustomer, 1), kStart + Duration(i));
  }
  const LogReader reader = log.reader();
  // down from the newest, level by level, and up to 63 movements below a checkpoint: at most ~63 steps each
  constexpr size_t kFew = 64 * 6;
  for (const Seq seq : {Seq{1}, Seq{64}, Seq{5'000}, Seq{262'143}, Seq{299'999}}) {
    log.asked = 0;
    const auto balances = reader.balances_after("A", seq);
    ASSERT_TRUE(balances);
    EXPECT_EQ(balances->at(0).at(Account::kAvailable), -static_cast<int64_t>(seq));
    EXPECT_LE(log.asked, kFew) << "as of " << seq;

    log.asked = 0;
    ASSERT_TRUE(reader.walk_sku("A", seq + 1, [&](const Event& event) {
      EXPECT_EQ(event.seq, seq);
      return false;
    }));
    EXPECT_LE(log.asked, kFew) << "walk from " << seq;
  }
  log.asked = 0;
  ASSERT_TRUE(reader.walk_late_facts("A", 0, kStart - 1, [](const Event&) { return true; }));
  EXPECT_LE(log.asked, kFew);
}

TEST(History, sees_only_what_is_durable) {
  MemoryStore store;
  uint64_t sku_seq = 0;
  Seq last = testing::append_command(store, 0, "A", &sku_seq, 2);
  const auto newest = [&] {
    Seq seq = 0;
    EXPECT_TRUE(store.walk_sku("A", 0, [&](const Event& event) {
      seq = event.seq;
      return false;
    }));
    return seq;
  };
  EXPECT_EQ(newest(), 0u);
  EXPECT_TRUE(store.balances_after("A", 99)->empty());
  ASSERT_TRUE(store.flush_group());
  EXPECT_EQ(newest(), 2u);
  testing::append_command(store, last, "A", &sku_seq, 3);
  EXPECT_EQ(newest(), 2u);
  EXPECT_EQ(store.balances_after("A", 99)->at(0).at(Account::kHeld), 2);
  ASSERT_TRUE(store.flush_group());
  EXPECT_EQ(newest(), 5u);
}

TEST(Reading, pages_commands_whole_and_replays_them_all) {
  MemoryStore store;
  uint64_t sku_seq = 0;
  Seq last = 0;
  for (int i = 0; i < 20; ++i) {
    last = testing::append_command(store, last, "A", &sku_seq, 3, "k" + std::to_string(i), kStart + Duration(i));
    ASSERT_TRUE(store.flush_group());
  }
  Seq after = 0;
  size_t commands = 0;
  for (;;) {
    const auto batch = store.read(after, 100);
    ASSERT_TRUE(batch);
    ASSERT_FALSE(batch->commands.empty());
    commands += batch->commands.size();
    EXPECT_EQ(batch->commands.front().first_seq(), after + 1);
    after = batch->last_seq;
    if (batch->at_end) break;
  }
  EXPECT_EQ(commands, 20u);
  EXPECT_TRUE(store.read(last, 100)->at_end);
  EXPECT_TRUE(store.read(last, 100)->commands.empty());

  const auto command = store.read_command(8);
  ASSERT_TRUE(command);
  ASSERT_EQ(command->commands.size(), 1u);
  EXPECT_EQ(command->commands[0].first_seq(), 7u);
  EXPECT_EQ(command->commands[0].head.idempotency_key, "k2");
  EXPECT_EQ(command->commands[0].events[1].source, "local");
  EXPECT_EQ(store.read_command(61).error().code, ErrorCode::kCursorInvalid);
  EXPECT_EQ(store.read_command(0).error().code, ErrorCode::kCursorInvalid);

  struct Counter final : LogVisitor {
    void begin_command(const CommandHead&, Seq first_seq, Timestamp) override { EXPECT_EQ(first_seq, seq + 1); }
    void event(const Event& event) override { EXPECT_EQ(event.seq, ++seq); }
    void end_command() override { ++commands; }
    Seq seq = 0;
    size_t commands = 0;
  } counter;
  ASSERT_TRUE(store.replay(0, counter));
  EXPECT_EQ(counter.seq, last);
  EXPECT_EQ(counter.commands, 20u);

  EXPECT_EQ(*store.seq_at(kStart + 4), 15u);
  EXPECT_EQ(*store.seq_at(kStart - 1), 0u);
}

TEST(Reading, shortages_of_a_command_stay_with_it) {
  MemoryStore store;
  GroupWriter& group = store.begin_group(kStart);
  std::vector<std::vector<Shortage>> kept(3);
  for (Seq seq = 1; seq <= 3; ++seq) {
    kept[seq - 1].push_back({"", "sku" + std::to_string(seq), "berlin", 5, 2, false});
    CommandHead head;
    head.shortages = &kept[seq - 1];
    group.begin_command(head);
    group.append(testing::hold_placed(seq, seq, "A", "berlin", "h_0_1"));
    group.end_command();
  }
  ASSERT_TRUE(store.seal_group() && store.flush_group());
  const LogBatch batch = std::move(*store.read(0, 1 << 20));
  for (const LoggedCommand& command : batch.commands) {
    ASSERT_NE(command.head.shortages, nullptr);
    EXPECT_EQ(*command.head.shortages, kept[command.first_seq() - 1]);
  }
}

}  // namespace
}  // namespace holdfast::store
