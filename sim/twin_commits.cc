// A hold becomes an order: committed, committed again, or afresh after its time.
#include <algorithm>

#include "model/limits.h"
#include "sim/twin.h"

namespace holdfast::sim {

/// As far as the order does not have these units yet: its webhook may have come first.
int64_t Twin::still_missing(const Order& order, const std::string& sku, int64_t quantity) const {
  int64_t committed = 0;
  for (const auto& [location, units] : order.skus.at(sku).committed) committed += units;
  return std::clamp<int64_t>(target_of(order, sku).owed - committed, 0, quantity);
}

Outcome Twin::commit_hold(const Command& command) {
  const auto found = holds_.find(command.hold);
  if (found == holds_.end()) return rejected(ErrorCode::kUnknownHold);
  Hold& hold = found->second;
  std::string channel = command.channel.empty() ? hold.channel : command.channel;
  if (channel.empty()) channel = "default";
  if (channel != hold.channel && channel != "default" && !channels_.contains(channel)) {
    return rejected(ErrorCode::kUnknownChannel);
  }
  const std::pair<std::string, std::string> key{channel, command.order};
  const auto chosen = choose(hold, command, &HoldLine::remaining);
  const bool same_order = std::ranges::find(hold.commits, key) != hold.commits.end();
  if (!hold.open() || (!chosen && same_order)) return commit_again(hold, command, key);
  if (!chosen) return rejected(ErrorCode::kInvalidQuantity);
  const int64_t endangered = view(hold).endangered;
  if (endangered > 0 && command.refuse_if_endangered) return refused(ErrorCode::kHoldEndangered);

  Order& order = orders_[key];
  if (order.number == 0) order.number = ++numbers_;
  for (size_t i = 0; i < hold.lines.size(); ++i) {
    HoldLine& line = hold.lines[i];
    const int64_t quantity = (*chosen)[i];
    if (quantity > 0) {
      commit_by_hold(order, line.sku, quantity);
      const int64_t missing = still_missing(order, line.sku, quantity);
      move(line.sku, Account::kHeld, line.location, Account::kCommitted, line.location, missing,
           {});
      move(line.sku, Account::kHeld, line.location, Account::kAvailable, line.location,
           quantity - missing, {});
      order.skus[line.sku].committed[line.location] += missing;
      line.remaining -= quantity;
      line.committed += quantity;
    }
    if (command.release_rest) {
      move(line.sku, Account::kHeld, line.location, Account::kAvailable, line.location,
           line.remaining, {});
      line.released += line.remaining;
      line.remaining = 0;
    }
  }
  if (!same_order) hold.commits.push_back(key);
  settle_committed(order, key);
  Outcome outcome = recorded(true);
  outcome.status = OutcomeStatus::kAccepted;
  outcome.hold = view(hold);
  outcome.hold->endangered = endangered;
  return outcome;
}

/// A commit that finds nothing left: the same one again, one to another order, or one that came
/// late.
Outcome Twin::commit_again(Hold& hold, const Command& command,
                           const std::pair<std::string, std::string>& key) {
  const bool same_order = std::ranges::find(hold.commits, key) != hold.commits.end();
  const bool named_before =
      !command.lines.empty() && choose(hold, command, &HoldLine::committed).has_value();
  if (same_order && (!hold.expired() || named_before)) {
    Outcome outcome = recorded(false);
    outcome.hold = view(hold);
    return outcome;
  }
  if (!hold.expired()) {
    const bool elsewhere = !same_order && !hold.commits.empty();
    return refused(elsewhere ? ErrorCode::kHoldCommittedElsewhere : ErrorCode::kHoldClosed);
  }
  if (!command.rehold) return refused(ErrorCode::kHoldExpired);

  // Afresh and atomic: what the order does not have yet is a request like any other.
  const auto chosen = choose(hold, command, &HoldLine::expired);
  if (!chosen) return rejected(ErrorCode::kInvalidQuantity);
  Twin before = *this;
  Order& order = orders_[key];
  if (order.number == 0) order.number = ++numbers_;
  std::vector<CommandLine> again;
  std::vector<HoldLine> spare;  // what the order's own webhook had brought
  std::map<std::string, int64_t> taken;
  for (size_t i = 0; i < hold.lines.size(); ++i) {
    const HoldLine& line = hold.lines[i];
    const int64_t quantity = (*chosen)[i];
    if (quantity == 0) continue;
    commit_by_hold(order, line.sku, quantity);
    const int64_t all = still_missing(order, line.sku, taken[line.sku] + quantity);
    const int64_t needed = std::clamp<int64_t>(all - taken[line.sku], 0, quantity);
    const std::string place = hold.channel.empty() ? line.location : "";
    auto wanted = std::ranges::find_if(again, [&](const CommandLine& other) {
      return other.sku == line.sku && other.line == line.line && other.location == place;
    });
    if (wanted == again.end()) {
      wanted = again.insert(wanted, CommandLine{});
      wanted->sku = line.sku;
      wanted->line = line.line;
      wanted->location = place;
      wanted->quantity = 0;
    }
    *wanted->quantity += needed;
    taken[line.sku] += needed;
    const int64_t rest = quantity - needed;
    if (rest > 0) spare.push_back({line.line, line.sku, line.location, rest, 0, rest, 0, 0});
  }
  std::erase_if(again, [](const CommandLine& line) { return *line.quantity == 0; });
  std::vector<Demand> demands = demands_of({}, again);
  const std::vector<Shortage> shortages = grant(hold.channel, demands);
  if (!shortages.empty()) {
    *this = std::move(before);
    Outcome outcome = refused(ErrorCode::kInsufficientStock);
    outcome.shortages = shortages;
    return outcome;
  }
  fill(hold.channel, demands, false);
  const auto take_afresh = [&](const HoldLine& fresh) {  // no longer expired, wherever it was
    int64_t left = fresh.quantity;
    for (HoldLine& line : hold.lines) {
      if (line.sku != fresh.sku || line.line != fresh.line) continue;
      const int64_t here = std::min(left, line.expired);
      line.expired -= here;
      line.quantity -= here;
      left -= here;
    }
    hold.lines.push_back(fresh);
  };
  for (const Demand& demand : demands) {
    for (const Take& take : demand.takes) {
      move(demand.sku, Account::kAvailable, take.location, Account::kCommitted, take.location,
           take.quantity, {});
      order.skus[demand.sku].committed[take.location] += take.quantity;
      take_afresh({demand.line, demand.sku, take.location, take.quantity, 0, take.quantity, 0, 0});
    }
  }
  for (const HoldLine& line : spare) take_afresh(line);
  if (!same_order) hold.commits.push_back(key);
  settle_committed(order, key);
  Outcome outcome = recorded(true);
  outcome.status = OutcomeStatus::kAccepted;
  outcome.hold = view(hold);
  return outcome;
}

}  // namespace holdfast::sim
