// An explanation held to the stock view, for many random stories: the parts are the number.
#include <algorithm>
#include <map>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "model/limits.h"
#include "tests/engine/engine_harness.h"
#include "tests/properties/teller.h"

namespace holdfast::engine::testing {
namespace {

AccountUnits units_of(const PositionView& at) {
  return {at.available,       at.held,     at.committed, at.damaged,
          at.quality_control, at.incoming, at.in_transit};
}

const PositionView* position_of(const StockView& stock, const std::string& location) {
  for (const PositionView& at : stock.locations) {
    if (at.location == location) return &at;
  }
  return nullptr;
}

/// The balances at a place after `seq`, from the history port; zeros where there was nothing yet.
AccountUnits units_after(LocalExecutor& executor, const std::string& sku,
                         const std::string& location, Seq seq) {
  const auto view = executor.stock_as_of_seq(sku, seq);
  const PositionView* at = view ? position_of(*view, location) : nullptr;
  return at == nullptr ? AccountUnits{} : units_of(*at);
}

void check_place(LocalExecutor& executor, const std::string& sku, const PlaceAccount& place,
                 const std::map<Seq, EventType>& history) {
  AccountUnits sum = place.opening;
  for (const Moved& moved : place.moved) {
    for (size_t i = 0; i < sum.size(); ++i) sum[i] += moved.change[i];
    EXPECT_EQ(moved.seqs.size(), std::min<uint64_t>(moved.events, limits::kExplainSeqsMax));
    for (const Seq seq : moved.seqs) {
      EXPECT_GT(seq, place.basis_seq);
      ASSERT_TRUE(history.contains(seq));
      EXPECT_EQ(history.at(seq), moved.type);
    }
  }
  EXPECT_EQ(sum, place.now) << sku << " at " << place.location;
  const AccountUnits then = place.basis == PlaceAccount::Basis::kNothing
                                ? AccountUnits{}
                                : units_after(executor, sku, place.location, place.basis_seq);
  EXPECT_EQ(place.opening, then) << sku << " at " << place.location << " after " << place.basis_seq;
  if (place.basis == PlaceAccount::Basis::kCount) {
    EXPECT_EQ(history.at(place.basis_seq), EventType::kStockCounted);
  }
}

void check_claims(const PlaceClaims& claims, const PositionView& at) {
  int64_t held = claims.held_by_others, committed = claims.committed_by_others;
  for (const auto& claim : claims.holds) held += claim.units;
  for (const auto& claim : claims.orders) committed += claim.units;
  EXPECT_EQ(held, at.held);
  EXPECT_EQ(committed, at.committed);
  EXPECT_GE(claims.held_by_others, 0);
  EXPECT_GE(claims.committed_by_others, 0);
  EXPECT_EQ(claims.shortfall, at.tracked ? std::max<int64_t>(0, -at.available) : 0);
}

void check_sum(const ChannelSum& sum, const StockView& stock) {
  const auto shown = std::find_if(
      stock.channels.begin(), stock.channels.end(),
      [&](const ChannelAvailability& channel) { return channel.channel == sum.channel; });
  ASSERT_NE(shown, stock.channels.end()) << sum.channel;
  EXPECT_EQ(sum.available_to_sell, shown->available_to_sell);
  int64_t available = 0, dealt = 0;
  std::vector<std::pair<std::string, int64_t>> in_fill_order;
  for (const ChannelTerm& term : sum.terms) {
    const PositionView* at = position_of(stock, term.location);
    if (term.left_out != LeftOut::kNot) {
      EXPECT_EQ(term.dealt, 0);
      if (term.left_out == LeftOut::kUntracked) {
        EXPECT_FALSE(at != nullptr && at->tracked);
      }
      continue;
    }
    ASSERT_NE(at, nullptr);
    EXPECT_EQ(term.available, at->available);
    available += term.available;
    dealt += term.dealt;
    in_fill_order.emplace_back(term.location, term.dealt);
  }
  EXPECT_EQ(in_fill_order, shown->locations);
  EXPECT_EQ(sum.available.has_value(), sum.available_to_sell.has_value());
  if (!sum.available) return;
  EXPECT_EQ(available, *sum.available);
  EXPECT_EQ(std::max<int64_t>(0, available - sum.buffer + sum.oversell_limit),
            *sum.available_to_sell);
  EXPECT_EQ(dealt, *sum.available_to_sell);
}

/// How many places rested on each basis: a run that never met one proves nothing of it.
using Met = std::map<PlaceAccount::Basis, int>;

void check_sku(EngineByHand& engine, const std::string& asked, Met* met) {
  Query query{.type = QueryType::kExplain, .sku = asked};
  const auto reading = engine.query(query);
  engine.settle();
  ASSERT_TRUE(reading->done);
  if (reading->result.error.code == ErrorCode::kUnknownSku) return;
  const StockView& stock = reading->result.stock.at(0);
  const Explanation& why = *reading->result.explanation;
  ASSERT_EQ(why.places.size(), stock.locations.size());
  for (size_t i = 0; i < why.places.size(); ++i) {
    ASSERT_EQ(why.places[i].location, stock.locations[i].location);
    check_claims(why.places[i], stock.locations[i]);
  }
  for (const ChannelSum& sum : why.channels) check_sum(sum, stock);

  std::map<Seq, EventType> history;
  const auto events = engine.executor->sku_history(why.sku, 0, 100'000);
  ASSERT_TRUE(events.has_value());
  for (const OwnedEvent& event : *events) history[event->seq] = event->type;
  for (const size_t events_max : {size_t{3}, size_t{20}, limits::kExplainEventsMax}) {
    const auto account = engine.executor->stock_account(why.sku, stock.seq, events_max);
    ASSERT_TRUE(account.has_value());
    EXPECT_LE(account->events, events_max);
    for (const PlaceAccount& place : account->places) {
      const PositionView* at = position_of(stock, place.location);
      // A place that events only mention has no position.
      EXPECT_EQ(place.now, at == nullptr ? AccountUnits{} : units_of(*at))
          << asked << " at " << place.location;
      check_place(*engine.executor, why.sku, place, history);
      ++(*met)[place.basis];
    }
  }
}

Command merge(const std::string& alias, const std::string& same_as) {
  Command command;
  command.type = CommandType::kSkuMerge;
  command.source = "local";
  command.sku_alias = alias;
  command.sku_same_as = same_as;
  return command;
}

TEST(Explain, ThePartsAreTheNumberInManyStories) {
  Met met;
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE(fmt::format("story {}", seed));
    EngineByHand engine;
    properties::Teller teller;
    engine.clock.advance(teller.now() - engine.clock.wall());
    for (const Command& command : properties::opening()) engine.run(command);
    size_t told = 0;
    for (const uint64_t number : properties::story_of(seed, 150)) {
      const Command command = teller.tell(number);
      engine.clock.advance(teller.now() - engine.clock.wall());
      engine.run(command);
      if (++told % 50 != 0) continue;
      for (const char* sku : {"A", "B", "C"}) check_sku(engine, sku, &met);
      if (told == 100 && seed % 2 == 0) {
        EXPECT_EQ(engine.run(merge("C", "A")).status, OutcomeStatus::kRecorded);
        check_sku(engine, "C", &met);
      }
    }
    if (::testing::Test::HasFailure()) return;
  }
  EXPECT_GT(met[PlaceAccount::Basis::kCount], 100);
  EXPECT_GT(met[PlaceAccount::Basis::kEarlier], 100);
  EXPECT_GT(met[PlaceAccount::Basis::kNothing], 100);
}

TEST(Explain, ANumberIsExplainedFromTheNewestCountOn) {
  EngineByHand engine;
  engine.run(receive("A", 100));
  engine.run(count("A", 10, engine.clock.wall()));
  const Seq counted = engine.memory.durable_seq();
  engine.run(receive("A", 5));
  engine.run(sell("A", 2));
  engine.run(hold("A", 3));
  const auto account = engine.executor->stock_account("A", engine.memory.durable_seq(), 100);
  ASSERT_TRUE(account.has_value());
  ASSERT_EQ(account->places.size(), 1u);
  const PlaceAccount& berlin = account->places[0];
  EXPECT_EQ(berlin.basis, PlaceAccount::Basis::kCount);
  EXPECT_EQ(berlin.basis_seq, counted);
  EXPECT_EQ(berlin.opening[0], 10);
  EXPECT_EQ(berlin.now[0], 10);
  EXPECT_EQ(berlin.now[1], 3);
  EXPECT_FALSE(account->more);
  std::map<EventType, int64_t> change;
  for (const Moved& moved : berlin.moved) change[moved.type] = moved.change[0];
  EXPECT_EQ(change[EventType::kStockReceived], 5);
  EXPECT_EQ(change[EventType::kStockSold], -2);
  EXPECT_EQ(change[EventType::kHoldPlaced], -3);
}

TEST(Explain, WhatComesAfterTheSeqAskedForIsNotInTheAccount) {
  EngineByHand engine;
  engine.run(receive("A", 1));
  const Seq then = engine.memory.durable_seq();
  engine.run(receive("A", 1));
  const auto account = engine.executor->stock_account("A", then, 100);
  ASSERT_TRUE(account.has_value());
  EXPECT_EQ(account->places.at(0).now[0], 1);
  EXPECT_EQ(account->events, 1u);
  EXPECT_EQ(engine.executor->stock_account("nothing", then, 100).error().code,
            ErrorCode::kUnknownSku);
}

TEST(Explain, UnknownNamesAreSaidAndManyHoldsAreBounded) {
  EngineByHand engine;
  engine.run(receive("A", 100));
  for (int i = 0; i < 30; ++i) engine.run(hold("A", 1));
  const auto ask = [&](const std::string& sku, const std::string& channel) {
    const auto reading =
        engine.query({.type = QueryType::kExplain, .sku = sku, .channel = channel});
    engine.settle();
    return reading->result;
  };
  EXPECT_EQ(ask("B", "").error.code, ErrorCode::kUnknownSku);
  EXPECT_EQ(ask("A", "nowhere").error.code, ErrorCode::kUnknownChannel);
  const QueryResult result = ask("A", "default");
  const PlaceClaims& berlin = result.explanation->places.at(0);
  EXPECT_EQ(berlin.holds.size(), limits::kExplainNamesMax);
  EXPECT_EQ(berlin.held_by_others, 30 - static_cast<int64_t>(limits::kExplainNamesMax));
  EXPECT_GT(berlin.holds.front().seq, berlin.holds.back().seq);
  EXPECT_EQ(result.explanation->channels.at(0).available_to_sell, 70);
}

}  // namespace
}  // namespace holdfast::engine::testing
