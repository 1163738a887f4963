// What the ledger's tests share: a ledger with a recording sink and a clock, commands in a few
// words, and the balances they ask about.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "ledger/recording_sink.h"

namespace holdfast::ledger {

inline constexpr Timestamp kStart{1'763'884'800'000'000};  // 2025-11-23T08:00:00Z

inline CommandLine line_of(std::string sku, int64_t quantity, std::string location = {},
                           std::string line = {}) {
  CommandLine made;
  made.sku = std::move(sku);
  made.quantity = quantity;
  made.location = std::move(location);
  made.line = std::move(line);
  return made;
}

/// The hold as the ledger shows it; without an id where there is none.
inline HoldView hold_in(const Ledger& ledger, const std::string& id, Timestamp now) {
  Query query;
  query.type = QueryType::kHold;
  query.hold = id;
  const QueryResult result = ledger.query(query, now);
  return result.holds.empty() ? HoldView{} : result.holds.front();
}

class TestLedger {
 public:
  explicit TestLedger(LedgerOptions options = {}) : options_(options), ledger_(options) {}

  Outcome decide(Command command, bool storage_full = false) {
    if (command.source.empty()) command.source = "local";
    return ledger_.decide(command, now, sink, storage_full);
  }
  /// The command, with a fresh key.
  Outcome keyed(Command command) {
    command.idempotency_key = "key-" + std::to_string(++keys_);
    return decide(std::move(command));
  }
  void pass(Duration time) { now = now + time; }

  // ---- commands in a few words ----
  Outcome receive(const std::string& sku, const std::string& location, int64_t quantity) {
    return keyed(fact(CommandType::kStockReceived, {line_of(sku, quantity, location)}));
  }
  Outcome sell(const std::string& sku, const std::string& location, int64_t quantity) {
    return keyed(fact(CommandType::kStockSold, {line_of(sku, quantity, location)}));
  }
  Outcome count(const std::string& sku, const std::string& location, int64_t counted,
                Timestamp at = {}) {
    Command command = fact(CommandType::kStockCounted, {});
    command.occurred_at = at;
    CommandLine line;
    line.sku = sku;
    line.location = location;
    line.counted = counted;
    command.lines.push_back(line);
    return decide(command);
  }
  Outcome channel(const std::string& id, std::vector<std::string> locations, int64_t buffer = 0,
                  int64_t oversell_limit = 0, int64_t low_at = 0) {
    Command command;
    command.type = CommandType::kChannelSet;
    command.channel = id;
    command.channel_settings = {std::move(locations), buffer, oversell_limit, low_at, false};
    return decide(command);
  }
  Outcome hold(const std::string& id, std::vector<CommandLine> lines,
               const std::string& channel_id = "web") {
    Command command = fact(CommandType::kHoldPlace, std::move(lines));
    command.hold = id;
    command.channel = channel_id;
    return decide(command);
  }
  Outcome commit(const std::string& id, const std::string& order) {
    Command command = fact(CommandType::kHoldCommit, {});
    command.hold = id;
    command.order = order;
    return decide(command);
  }
  Outcome release(const std::string& id) {
    Command command = fact(CommandType::kHoldRelease, {});
    command.hold = id;
    return decide(command);
  }
  Outcome placed(const std::string& order, std::vector<CommandLine> lines,
                 const std::string& channel_id = "web") {
    Command command = fact(CommandType::kOrderPlaced, std::move(lines));
    command.channel = channel_id;
    command.order = order;
    return decide(command);
  }
  static Command fact(CommandType type, std::vector<CommandLine> lines) {
    Command command;
    command.type = type;
    command.lines = std::move(lines);
    return command;
  }

  // ---- what the books say ----
  PositionView at(const std::string& sku, const std::string& location) const {
    Query query;
    query.sku = sku;
    const QueryResult result = ledger_.query(query, now);
    if (result.stock.empty()) return {};
    for (const PositionView& position : result.stock.front().locations) {
      if (position.location == location) return position;
    }
    return {};
  }
  std::optional<int64_t> ats(const std::string& sku, const std::string& channel_id) const {
    Query query;
    query.sku = sku;
    const QueryResult result = ledger_.query(query, now);
    if (result.stock.empty()) return std::nullopt;
    for (const ChannelAvailability& channel : result.stock.front().channels) {
      if (channel.channel == channel_id) return channel.available_to_sell;
    }
    return std::nullopt;
  }
  /// "available/held/committed" at a place.
  std::string ahc(const std::string& sku, const std::string& location) const {
    const PositionView position = at(sku, location);
    return std::to_string(position.available) + "/" + std::to_string(position.held) + "/" +
           std::to_string(position.committed);
  }
  HoldView view(const std::string& id) const {
    Query query;
    query.type = QueryType::kHold;
    query.hold = id;
    const QueryResult result = ledger_.query(query, now);
    return result.holds.empty() ? HoldView{} : result.holds.front();
  }
  OrderView order(const std::string& channel_id, const std::string& id) const {
    Query query;
    query.type = QueryType::kOrder;
    query.channel = channel_id;
    query.order = id;
    const QueryResult result = ledger_.query(query, now);
    return result.orders.empty() ? OrderView{} : result.orders.front();
  }
  /// Types of the last command's events.
  std::vector<EventType> last_types() const {
    std::vector<EventType> types;
    for (const OwnedEvent& event : sink.last().events) types.push_back(event->type);
    return types;
  }
  size_t count_of(EventType type) const {
    size_t count = 0;
    for (const Event& event : sink.events()) count += event.type == type ? 1 : 0;
    return count;
  }

  /// The books add up, and a replay of the log ends in the very same state.
  void verify() const {
    EXPECT_EQ(ledger_.check(), "");
    Ledger again(options_);
    sink.replay_into(again);
    EXPECT_EQ(again.state_hash(), ledger_.state_hash());
    EXPECT_EQ(again.last_seq(), ledger_.last_seq());
  }
  Ledger& ledger() { return ledger_; }

  Timestamp now = kStart;
  RecordingSink sink;

 private:
  LedgerOptions options_;
  Ledger ledger_;
  int keys_ = 0;
};

}  // namespace holdfast::ledger
