// A random life decided on desks, each laid out of the rows its group names and nothing else, gives
// the same answers, the same events and in the end the same state as one ledger that has all rows.
#include <algorithm>
#include <map>

#include "ledger/random_commands.h"
#include "model/limits.h"

namespace holdfast::ledger {
namespace {

/// What a shared store does with rows, in maps.
class Shelf {
 public:
  StoredRows load(const RowNames& names, Timestamp now, bool due_any) const {
    std::set<std::string> skus(names.skus.begin(), names.skus.end());
    std::set<std::string> bare(names.bare_skus.begin(), names.bare_skus.end());
    std::set<std::string> holds(names.holds.begin(), names.holds.end());
    StoredRows rows;
    for (const std::string& id : names.holds) {
      if (!holds_.contains(id)) continue;
      for (const auto& line : holds_.at(id).lines) skus.insert(line.sku);
    }
    const auto has = [](const StoredHold& hold, const auto& wanted, bool all) {
      return std::ranges::any_of(hold.lines, [&](const StoredHoldLine& line) {
        return (all || line.remaining > 0) && wanted.contains(line.sku);
      });
    };
    std::set<std::string> whole(names.whole_skus.begin(), names.whole_skus.end());
    const std::set<std::string> merged(names.merged_skus.begin(), names.merged_skus.end());
    whole.insert(merged.begin(), merged.end());
    std::map<std::pair<Timestamp, Seq>, std::string> due;
    for (const auto& [id, hold] : holds_) {
      const bool over = hold.remaining > 0 && hold.deadline <= now;
      if (over) due[{hold.deadline, hold.first_seq}] = id;
      if ((over && has(hold, skus, false)) || has(hold, whole, false)) holds.insert(id);
    }
    size_t in_passing = 64;
    for (const auto& [when, id] : due) {
      if (due_any && in_passing-- > 0) holds.insert(id);
    }
    for (const std::string& id : holds) {
      if (!holds_.contains(id)) continue;
      rows.holds.push_back(bare_of(holds_.at(id)));
    }
    const auto in = [](const std::vector<StoredPart>& parts, const auto& wanted, bool open) {
      return std::ranges::any_of(parts, [&](const StoredPart& part) {
        return wanted.contains(part.sku) && (!open || part.units > 0);
      });
    };
    for (const auto& [key, order] : orders_) {
      if (std::ranges::count(names.orders, order.order) == 0 && !in(order.skus, whole, true) &&
          !in(order.skus, merged, false)) {
        continue;
      }
      rows.orders.push_back(order);
    }
    for (const auto& [key, reference] : references_) {
      if (std::ranges::count(names.references, reference.reference) == 0 &&
          !in(reference.skus, whole, true) && !in(reference.skus, merged, false)) {
        continue;
      }
      rows.references.push_back(reference);
    }
    for (const auto* more : {&skus, &whole}) bare.insert(more->begin(), more->end());
    for (const std::string& sku : bare) {
      if (skus_.contains(sku)) rows.skus.push_back(skus_.at(sku));
    }
    for (const Hash128& key : names.keys) {
      if (keys_.contains(key)) rows.keys.push_back(keys_.at(key));
    }
    for (const auto& [number, channel] : channels_) {
      rows.channel_holds.emplace_back(number, channel.open_holds);
    }
    for (const auto& [number, source] : sources_) {
      rows.source_holds.emplace_back(number, source.open_holds);
    }
    return rows;
  }
  StoredSettings settings() const {
    StoredSettings settings;
    for (const auto& [number, row] : locations_) settings.locations.push_back(row);
    for (const auto& [number, row] : channels_) settings.channels.push_back(row);
    for (const auto& [number, row] : sources_) settings.sources.push_back(row);
    return settings;
  }
  void write(const StoredChanges& changes) {
    ledger = changes.ledger;
    for (const StoredSku& sku : changes.skus) skus_[sku.sku] = sku;
    for (const std::string& id : changes.forgotten_holds) holds_.erase(id);
    for (const StoredHold& hold : changes.holds) holds_[hold.id] = hold;
    for (const StoredOrder& order : changes.orders) orders_[{order.order, order.channel}] = order;
    for (const StoredReference& reference : changes.references) {
      references_[{reference.reference, reference.kind}] = reference;
    }
    const auto put = [](auto* rows, const std::vector<StoredNamed>& written) {
      for (const StoredNamed& row : written) {
        const int64_t open_holds = rows->contains(row.number) ? rows->at(row.number).open_holds : 0;
        (*rows)[row.number] = row;
        (*rows)[row.number].open_holds = open_holds;
      }
    };
    put(&locations_, changes.locations);
    put(&channels_, changes.channels);
    put(&sources_, changes.sources);
    for (const auto& [number, change] : changes.channel_holds)
      channels_[number].open_holds += change;
    for (const auto& [number, change] : changes.source_holds) sources_[number].open_holds += change;
    for (const StoredKey& key : changes.keys) keys_[key.key] = key;
  }
  std::vector<std::string> unsettled() const {
    std::vector<std::string> names;
    for (const auto& [name, sku] : skus_) {
      if (sku.settled < ledger.settle) names.push_back(name);
    }
    return names;
  }
  StoredLedger ledger;

 private:
  static StoredHold bare_of(StoredHold hold) {
    hold.lines.clear();
    return hold;
  }
  std::map<std::string, StoredSku> skus_;
  std::map<std::string, StoredHold> holds_;
  std::map<std::pair<std::string, std::string>, StoredOrder> orders_;
  std::map<std::pair<std::string, int>, StoredReference> references_;
  std::map<uint32_t, StoredNamed> locations_, channels_, sources_;
  std::map<Hash128, StoredKey> keys_;
};

void append(std::vector<std::string>* to, const std::vector<std::string>& more) {
  to->insert(to->end(), more.begin(), more.end());
}
void add(RowNames* to, const RowNames& more) {
  append(&to->skus, more.skus);
  append(&to->bare_skus, more.bare_skus);
  append(&to->whole_skus, more.whole_skus);
}

/// A ledger that has nothing between its groups.
class DeskLife {
 public:
  /// A desk with what the names bring, and all that turned out to be missing.
  std::unique_ptr<Ledger> lay_out(RowNames* names, Timestamp now) {
    for (int attempt = 0; attempt < 20; ++attempt) {
      auto desk = std::make_unique<Ledger>(LedgerOptions{});
      RowNames missing;
      const bool good =
          desk->load_some(shelf.ledger, shelf.settings(), shelf.load(*names, now, true), &missing);
      if (good) return desk;
      EXPECT_FALSE(missing.empty()) << "rows that are no rows";
      add(names, missing);
    }
    ADD_FAILURE() << "a desk that is never complete";
    return nullptr;
  }
  std::vector<Outcome> decide(const std::vector<Command>& commands, Timestamp now,
                              RecordingSink* sink) {
    RowNames names;
    for (const Command& command : commands) Ledger({}).add_wanted(command, &names);
    for (;;) {
      auto desk = lay_out(&names, now);
      const std::set<std::string> whole(names.whole_skus.begin(), names.whole_skus.end());
      sink->clear();
      std::vector<Outcome> outcomes;
      for (const Command& command : commands) {
        outcomes.push_back(desk->decide(command, now, *sink));
      }
      const auto lacking = desk->lacking(whole);
      if (lacking.empty()) {
        shelf.write(desk->changes());
        return outcomes;
      }
      append(&names.whole_skus, lacking);
    }
  }
  void settle(Timestamp now, RecordingSink* sink) {
    RowNames names;
    names.bare_skus = shelf.unsettled();
    sink->clear();
    auto desk = lay_out(&names, now);
    desk->settle_desk(now, *sink);
    shelf.write(desk->changes());
  }
  Shelf shelf;
};

std::string told(const Event& event) {
  std::string text;
  for (const std::string_view part :
       {event.sku, event.location, event.to_location, event.channel, event.order, event.line,
        event.reference, event.document, event.hold, event.reason, event.source, event.detail}) {
    text.append(part).append("|");
  }
  for (const int64_t number :
       {static_cast<int64_t>(event.type), static_cast<int64_t>(event.seq),
        static_cast<int64_t>(event.sku_seq), static_cast<int64_t>(event.from),
        static_cast<int64_t>(event.to), event.quantity, event.occurred_at.us, event.deadline.us,
        event.total, static_cast<int64_t>(event.flags)}) {
    text.append(std::to_string(number)).append("|");
  }
  return text;
}

std::string told(const Outcome& outcome) {
  std::string text = std::string(name_of(outcome.status)) + " " +
                     std::to_string(static_cast<int>(outcome.error.code)) + " " +
                     std::to_string(outcome.seq) + " " + outcome.error.detail;
  for (const Shortage& s : outcome.shortages) {
    text += " short " + s.sku + std::to_string(s.available_to_sell);
  }
  if (outcome.hold) text += " endangered " + std::to_string(outcome.hold->endangered);
  for (const StockEcho& echo : outcome.stock) {
    text += " " + echo.sku + "=" + std::to_string(echo.available_to_sell.value_or(-1)) + "@" +
            std::to_string(echo.sku_seq);
  }
  return text;
}

struct Twins {
  RecordingSink whole_sink;
  Ledger whole{LedgerOptions{}};
  DeskLife desks;
  size_t recorded = 0;

  void same_events(const RecordingSink& desk_sink) {
    size_t at = recorded;
    for (size_t i = 0; i < desk_sink.size(); ++i, ++at) {
      ASSERT_LT(at, whole_sink.size());
      const auto& there = desk_sink.command(i);
      const auto& here = whole_sink.command(at);
      ASSERT_EQ(there.events.size(), here.events.size());
      for (size_t e = 0; e < here.events.size(); ++e) {
        ASSERT_EQ(told(there.events[e].get()), told(here.events[e].get()));
      }
    }
    ASSERT_EQ(at, whole_sink.size());
    recorded = at;
  }
  void decide(const std::vector<Command>& commands, Timestamp now) {
    std::vector<Outcome> here;
    for (const Command& command : commands) {
      here.push_back(whole.decide(command, now, whole_sink));
    }
    RecordingSink sink;
    const std::vector<Outcome> there = desks.decide(commands, now, &sink);
    for (size_t i = 0; i < here.size(); ++i) ASSERT_EQ(told(there[i]), told(here[i]));
    ASSERT_NO_FATAL_FAILURE(same_events(sink));
    while (!whole.settled()) whole.settle(now, 4096, whole_sink);
    desks.settle(now, &sink);
    ASSERT_NO_FATAL_FAILURE(same_events(sink));
    ASSERT_EQ(desks.shelf.ledger.last_seq, whole.last_seq());
    ASSERT_EQ(desks.shelf.ledger.open_holds, whole.open_holds());
    ASSERT_EQ(desks.shelf.ledger.keys, whole.idempotency_keys());
  }
};

std::vector<Command> opening() {
  std::vector<Command> commands;
  for (const char* channel : {"web", "till"}) {
    Command command;
    command.type = CommandType::kChannelSet;
    command.channel = channel;
    command.channel_settings.locations = {"leeds", "berlin"};
    commands.push_back(command);
  }
  for (const char* sku : {"A", "B", "a"}) {
    Command command;
    command.type = CommandType::kStockCounted;
    command.location = "berlin";
    command.lines = {line_of(sku, 1)};
    command.lines[0].quantity.reset();
    command.lines[0].counted = 20;
    commands.push_back(command);
  }
  return commands;
}

TEST(Desk, DecidesARandomLifeLikeOneLedgerThatHasAllRows) {
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE("HOLDFAST_SEED=" + std::to_string(seed));
    SeededRandom random(seed);
    Twins twins;
    Timestamp now = kStart;
    ASSERT_NO_FATAL_FAILURE(twins.decide(opening(), now));
    for (uint64_t number = 0; number < 300;) {
      now = now + static_cast<Duration>(random.below(5)) * kSecond;
      std::vector<Command> group;
      for (uint64_t size = 1 + random.below(6); size > 0; --size) {
        group.push_back(random_command(random, number++, now));
        if (random.below(10) == 0) group.back().dry_run = true;
        if (random.below(3) == 0) group.back().hold_quota = {6, 3};
      }
      SCOPED_TRACE("command " + std::to_string(number));
      ASSERT_NO_FATAL_FAILURE(twins.decide(group, now));
    }
  }
}

TEST(Desk, WhatIsBelowZeroIsLoadedWhole) {
  Twins twins;
  ASSERT_NO_FATAL_FAILURE(twins.decide(opening(), kStart));
  Command hold;
  hold.type = CommandType::kHoldPlace;
  hold.channel = "web";
  hold.hold = "cart-1";
  hold.lines = {line_of("A", 18)};
  ASSERT_NO_FATAL_FAILURE(twins.decide({hold}, kStart));
  Command sold;
  sold.type = CommandType::kStockSold;
  sold.location = "berlin";
  sold.idempotency_key = "till-1";
  sold.lines = {line_of("A", 5)};
  RecordingSink sink;
  RowNames names;
  Ledger({}).add_wanted(sold, &names);
  auto desk = twins.desks.lay_out(&names, kStart);
  desk->decide(sold, kStart, sink);
  EXPECT_EQ(desk->lacking({}), std::vector<std::string>{"A"});
  EXPECT_TRUE(desk->lacking({"A"}).empty());
  ASSERT_NO_FATAL_FAILURE(twins.decide({sold}, kStart));
  std::string all;
  for (const OwnedEvent& event : twins.whole_sink.last().events) all += told(event.get());
  EXPECT_NE(all.find("cart-1"), std::string::npos) << all;
}

TEST(Desk, ADamagedRowIsNotFollowed) {
  Twins twins;
  ASSERT_NO_FATAL_FAILURE(twins.decide(opening(), kStart));
  RowNames names;
  names.skus = {"A"};
  StoredRows rows = twins.desks.shelf.load(names, kStart, false);
  rows.skus[0].row.pop_back();
  RowNames missing;
  Ledger desk({});
  EXPECT_FALSE(
      desk.load_some(twins.desks.shelf.ledger, twins.desks.shelf.settings(), rows, &missing));
  EXPECT_TRUE(missing.empty());
}

}  // namespace
}  // namespace holdfast::ledger
