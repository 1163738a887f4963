#include "sim/twin.h"

#include <algorithm>

#include "model/limits.h"

namespace holdfast::sim {
namespace {

/// What a count counts: available, held and committed are one shelf.
Account counted_as(Account account) { return is_sellable(account) ? Account::kAvailable : account; }

/// A delta needs a key: two equal tills' receipts and one receipt told twice look the same without.
bool has_delta(const Command& command) {
  return std::ranges::any_of(command.lines, [](const CommandLine& line) {
    return line.quantity.has_value() || line.delta.has_value();
  });
}

void add(int64_t& to, int64_t from) { to += from; }
template <typename Told>
void add(Told& to, const Told& from) {
  from.add_to(to);
}

/// Of a map by (sku, something).
template <typename Value>
void rename(std::map<std::pair<std::string, std::string>, Value>& by_place,
            const std::string& alias, const std::string& target) {
  for (const auto& [place, value] : std::map(by_place)) {
    if (place.first != alias) continue;
    add(by_place[{target, place.second}], value);
    by_place.erase(place);
  }
}

}  // namespace

Outcome refused(ErrorCode code, std::string detail) {
  Outcome outcome;
  outcome.status = OutcomeStatus::kRefused;
  outcome.error = {code, std::move(detail), {}};
  return outcome;
}

Outcome rejected(ErrorCode code, std::string detail) {
  Outcome outcome = refused(code, std::move(detail));
  outcome.status = OutcomeStatus::kRejected;
  return outcome;
}

Outcome recorded(bool anything) {
  Outcome outcome;
  outcome.status = anything ? OutcomeStatus::kRecorded : OutcomeStatus::kDuplicate;
  outcome.error.code = ErrorCode::kNone;
  return outcome;
}

Outcome Twin::decide(const Command& given, Timestamp now) {
  if (given.dry_run) {
    Twin copy = *this;
    Command real = given;
    real.dry_run = false;
    return copy.decide(real, now);
  }
  now_ = now;
  expire_due(now);
  std::erase_if(keys_, [&](const auto& entry) { return entry.second.time + window_ <= now; });

  for (const std::string* name : {&given.idempotency_key, &given.idempotency_key_2}) {
    const auto seen = keys_.find({given.source, *name});
    if (name->empty() || seen == keys_.end()) continue;
    if (given.from_source) return recorded(false);
    if (seen->second.fingerprint != given.fingerprint)
      return rejected(ErrorCode::kIdempotencyKeyReused);
    Outcome outcome = recorded(true);
    outcome.status = seen->second.status;
    outcome.shortages = seen->second.shortages;
    outcome.replayed = true;
    return outcome;
  }
  if (given.from_source && has_delta(given) && given.occurred_at.has_value() &&
      given.occurred_at + window_ < now) {
    Outcome outcome = rejected(ErrorCode::kOutsideWindow);
    outcome.status = OutcomeStatus::kParked;
    return outcome;
  }

  Command command = given;
  for (CommandLine& line : command.lines) line.sku = resolve(line.sku);
  for (CommandFulfillment& fulfillment : command.fulfillments) {
    for (auto& line : fulfillment.lines) line.sku = resolve(line.sku);
  }
  const Outcome outcome = dispatch(command);
  if (outcome.status == OutcomeStatus::kRecorded || outcome.status == OutcomeStatus::kAccepted) {
    for (const std::string* name : {&given.idempotency_key, &given.idempotency_key_2}) {
      if (name->empty()) continue;
      keys_[{given.source, *name}] = {given.fingerprint, now, outcome.status, outcome.shortages};
    }
  }
  return outcome;
}

Outcome Twin::dispatch(const Command& command) {
  switch (command.type) {
    case CommandType::kStockExpected:
      return expected(command);
    case CommandType::kStockReceived:
      return received(command);
    case CommandType::kStockSold:
      return sold(command);
    case CommandType::kOrderPlaced:
    case CommandType::kOrderChanged:
      return order_snapshot(command);
    case CommandType::kOrderReassigned:
      return order_reassigned(command);
    case CommandType::kOrderFulfilled:
      return order_fulfilled(command);
    case CommandType::kOrderUnfulfilled:
      return order_unfulfilled(command);
    case CommandType::kOrderCancelled:
      return order_cancelled(command);
    case CommandType::kStockReturned:
      return stock_returned(command);
    case CommandType::kStockAdjusted:
      return adjusted(command);
    case CommandType::kStockCounted:
      return counted(command);
    case CommandType::kStockMoved:
      return moved(command);
    case CommandType::kTransferDispatched:
      return dispatched(command);
    case CommandType::kTransferReceived:
      return transfer_received(command);
    case CommandType::kHoldPlace:
      return place_hold(command);
    case CommandType::kHoldChange:
      return change_hold(command);
    case CommandType::kHoldCommit:
      return commit_hold(command);
    case CommandType::kHoldRelease:
      return release_hold(command);
    case CommandType::kHoldExtend:
      return extend_hold(command);
    case CommandType::kOrderAccept:
      return accept_order(command);
    case CommandType::kChannelSet:
    case CommandType::kChannelRemove:
    case CommandType::kLocationSet:
      return settings(command);
    case CommandType::kSkuMerge:
      return merge_sku(command);
    case CommandType::kNone:
      break;
  }
  return rejected(ErrorCode::kUnknownType);
}

// ---- settings and names ----

Outcome Twin::settings(const Command& command) {
  if (command.type == CommandType::kLocationSet) {
    const bool is_new = !location_settings_.contains(command.location);
    know_location(command.location);
    LocationSettings& present = location_settings_[command.location];
    const bool changes = is_new || present != command.location_settings;
    present = command.location_settings;
    return recorded(changes);
  }
  if (command.type == CommandType::kChannelSet) {
    for (const std::string& location : command.channel_settings.locations) know_location(location);
    const auto found = channels_.find(command.channel);
    const bool changes = found == channels_.end() || found->second != command.channel_settings;
    channels_[command.channel] = command.channel_settings;
    return recorded(changes);
  }
  if (!channels_.contains(command.channel)) return rejected(ErrorCode::kUnknownChannel);
  for (const auto& [id, hold] : holds_) {
    if (hold.open() && hold.channel == command.channel) return refused(ErrorCode::kChannelInUse);
  }
  channels_.erase(command.channel);
  return recorded(true);
}

Outcome Twin::merge_sku(const Command& command) {
  const std::string& alias = command.sku_alias;
  const std::string target = resolve(command.sku_same_as);
  if (aliases_.contains(alias) && aliases_.at(alias) == target) return recorded(false);
  const bool is_a_target =
      std::ranges::any_of(aliases_, [&](const auto& entry) { return entry.second == alias; });
  if (alias == target || aliases_.contains(alias) || is_a_target) {
    return refused(ErrorCode::kSkuMergeConflict);
  }
  aliases_[alias] = target;

  // Balances go over through adjustment, so that both SKUs still sum to 0.
  for (const auto& [place, position] : std::map(positions_)) {
    if (place.first != alias) continue;
    for (int i = 1; i <= 5; ++i) {
      const auto account = static_cast<Account>(i);
      const int64_t quantity = position.balance[i];
      if (quantity == 0) continue;
      book(alias, place.second, account, -quantity, {});
      book(target, place.second, account, quantity, {});
      outside_[{alias, Account::kAdjustment}] += quantity;
      outside_[{target, Account::kAdjustment}] -= quantity;
    }
    if (position.tracked) track(target, place.second);
    at(target, place.second);
    positions_.erase(place);
  }
  for (auto& [id, hold] : holds_) {
    for (HoldLine& line : hold.lines) line.sku = resolve(line.sku);
  }
  rename_in_orders(alias, target);
  // What is still to come goes over through adjustment as well.
  const auto to_come = [&](int64_t units) {
    outside_[{alias, Account::kAdjustment}] += units;
    outside_[{target, Account::kAdjustment}] -= units;
  };
  for (auto& [name, reference] : references_) {
    for (const auto& [key, line] : std::map(reference.lines)) {
      if (key.first != alias) continue;
      ExpectedLine& merged = reference.lines[{target, key.second}];
      merged.expected += line.expected;
      merged.used += line.used;
      for (const auto& [place, units] : line.open) {
        merged.open[place] += units;
        to_come(units);
      }
      reference.lines.erase(key);
    }
    rename(reference.received, alias, target);
  }
  for (auto& [name, transfer] : transfers_) {
    for (const auto& [to, units] : transfer.on_the_way) {
      if (to.first == alias) to_come(units);
    }
    rename(transfer.on_the_way, alias, target);
    transfer.surplus[target] += std::exchange(transfer.surplus[alias], 0);
    rename(transfer.dispatched, alias, target);
    rename(transfer.received, alias, target);
  }
  return recorded(true);
}

/// Open orders of the alias move over with all that was told about them.
void Twin::rename_in_orders(const std::string& alias, const std::string& target) {
  const auto add = [](auto& to, const auto& from) {
    for (const auto& [key, quantity] : from) to[key] += quantity;
  };
  for (auto& [key, order] : orders_) {
    if (const auto found = order.skus.find(alias); found != order.skus.end()) {
      OrderSku& line = order.skus[target];
      line.by_holds += found->second.by_holds;
      line.last_commit = std::max(line.last_commit, found->second.last_commit);
      add(line.fulfilled, found->second.fulfilled);
      add(line.written_off, found->second.written_off);
      add(line.committed, found->second.committed);
      add(line.returned, found->second.returned);
      order.skus.erase(alias);
    }
    for (auto& [name, source] : order.told) {
      rename(source.lines, alias, target);
      for (auto& [id, document] : source.documents) {
        for (const auto& [place, quantity] : std::map(document.told)) {
          if (std::get<0>(place) != alias) continue;
          document.told[{target, std::get<1>(place), std::get<2>(place)}] += quantity;
          document.told.erase(place);
        }
      }
      for (const auto& [told, counter] : std::map(source.counters)) {
        const auto& [what, sku, location, state] = told;
        if (sku != alias) continue;
        counter.add_to(source.counters[{what, target, location, state}]);
        source.counters.erase(told);
      }
    }
  }
}

std::string Twin::resolve(const std::string& sku) const {
  const auto found = aliases_.find(sku);
  return found == aliases_.end() ? sku : found->second;
}

void Twin::know_location(const std::string& name) {
  if (location_settings_.emplace(name, LocationSettings{}).second) location_names_.push_back(name);
}

/// The line's place, else the command's, else the only one there is; empty where that is not known.
std::string Twin::place_of(const Command& command, const std::string& line_location) const {
  if (!line_location.empty()) return line_location;
  if (!command.location.empty()) return command.location;
  return location_names_.size() == 1 ? location_names_.front() : "";
}

std::optional<Outcome> Twin::missing_place(const Command& command) const {
  for (const CommandLine& line : command.lines) {
    if (place_of(command, line.location).empty()) return rejected(ErrorCode::kLocationRequired);
  }
  return std::nullopt;
}

// ---- the double-entry book ----

Twin::Position& Twin::at(const std::string& sku, const std::string& location) {
  know_location(location);
  return positions_[{sku, location}];
}

int64_t& Twin::balance(const std::string& sku, const std::string& location, Account account) {
  return at(sku, location).balance[static_cast<int>(account)];
}

/// What the sender claims, unless that is the future.
/// A time in the future says nothing: it counts as if none had been claimed.
Timestamp Twin::clamp(Timestamp claimed) const {
  return claimed.has_value() && claimed > now_ + limits::kFutureTolerance ? Timestamp{} : claimed;
}

void Twin::book(const std::string& sku, const std::string& location, Account account,
                int64_t quantity, Timestamp when) {
  balance(sku, location, account) += quantity;
  auto& history = history_[{sku, location, counted_as(account)}];
  history.push_back({when.has_value() ? when : now_, quantity});
}

void Twin::move(const std::string& sku, Account from, const std::string& from_location, Account to,
                const std::string& to_location, int64_t quantity, Timestamp when) {
  if (quantity == 0) return;
  if (is_on_hand(from)) book(sku, from_location, from, -quantity, when);
  if (is_on_hand(to)) book(sku, to_location, to, quantity, when);
  if (is_outside(from)) outside_[{sku, from}] -= quantity;
  if (is_outside(to)) outside_[{sku, to}] += quantity;

  // Behind a count: the present total of what was counted does not change, the shrinkage does. Only
  // a claimed time can lie behind one; what claims none happens after everything recorded so far.
  const bool same_shelf = is_on_hand(from) && is_on_hand(to) && from_location == to_location &&
                          counted_as(from) == counted_as(to);
  if (!when.has_value() || same_shelf) return;
  const auto correct = [&](Account account, const std::string& location, int64_t by) {
    if (!is_on_hand(account)) return;
    const auto& anchors = anchors_[{sku, location, counted_as(account)}];
    const auto anchor = anchors.lower_bound(when);
    if (anchor == anchors.end()) return;
    book(sku, location, counted_as(account), by, *anchor);
    outside_[{sku, Account::kAdjustment}] -= by;
  };
  correct(from, from_location, quantity);
  correct(to, to_location, -quantity);
}

void Twin::take(const std::string& sku, Account from, const std::string& location, Account to,
                int64_t quantity, Timestamp when) {
  const int64_t there =
      from == Account::kAvailable ? quantity : std::min(quantity, balance(sku, location, from));
  move(sku, from, location, to, location, there, when);
  if (there == quantity) return;
  ++discrepancies_;
  if (to != Account::kAdjustment) {
    move(sku, Account::kAdjustment, location, to, location, quantity - there, when);
  }
}

}  // namespace holdfast::sim
