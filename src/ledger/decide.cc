// The ladder every command climbs, and the answers.
#include <algorithm>

#include "ledger/decider.h"
#include "ledger/shortfall.h"
#include "model/limits.h"

namespace holdfast::ledger {
namespace {

bool has_key(const Command& command) {
  return !command.idempotency_key.empty() || !command.idempotency_key_2.empty();
}

/// Facts whose lines are deltas by nature; `total`, `set`, `counted`, `expected` and `ordered` are
/// not.
bool is_delta(const Command& command) {
  if (!is_fact(command.type)) return false;
  const bool protected_by_document =
      !command.document.empty() && !command.order.empty() &&
      (command.type == CommandType::kOrderFulfilled ||
       command.type == CommandType::kOrderUnfulfilled ||
       command.type == CommandType::kOrderCancelled || command.type == CommandType::kStockReturned);
  if (protected_by_document || command.type == CommandType::kOrderPlaced ||
      command.type == CommandType::kOrderChanged) {
    return false;
  }
  return std::any_of(command.lines.begin(), command.lines.end(), [](const CommandLine& line) {
    return line.quantity.has_value() || line.delta.has_value();
  });
}

/// What adds a hold, an order or a fact; releases, cancellations and settings go on in the reserve.
bool adds(CommandType type) {
  if (type == CommandType::kOrderCancelled) return false;
  if (is_fact(type)) return true;
  return type == CommandType::kHoldPlace || type == CommandType::kHoldChange ||
         type == CommandType::kHoldCommit || type == CommandType::kOrderAccept;
}

bool in_range(const std::optional<int64_t>& value, int64_t least) {
  return !value || (*value >= least && *value <= limits::kQuantityMax);
}

bool needs_lines(const Command& command) {
  switch (command.type) {
    case CommandType::kOrderChanged:
      return command.fulfillments.empty();
    case CommandType::kOrderCancelled:
    case CommandType::kHoldCommit:
    case CommandType::kHoldRelease:
    case CommandType::kHoldExtend:
      return false;
    case CommandType::kOrderUnfulfilled:
      return command.document.empty();
    case CommandType::kStockReceived:
    case CommandType::kTransferReceived:
      return !command.final;
    default:
      return !is_setting(command.type);
  }
}

}  // namespace

Outcome Decider::refused(ErrorCode code, std::string detail) const {
  Outcome outcome;
  outcome.status = OutcomeStatus::kRefused;
  outcome.error = {code, std::move(detail), {}};
  return outcome;
}

Outcome Decider::rejected(ErrorCode code, std::string detail, std::string pointer) const {
  Outcome outcome;
  outcome.status = OutcomeStatus::kRejected;
  outcome.error = {code, std::move(detail), std::move(pointer)};
  return outcome;
}

/// The answer of a command that may have emitted; without an event it changed nothing.
Outcome Decider::done(OutcomeStatus status) {
  Outcome outcome;
  outcome.error.code = ErrorCode::kNone;
  outcome.status = begun_ ? status : OutcomeStatus::kDuplicate;
  if (begun_) {
    finish();
    outcome.seq = state_.last_seq;
  }
  return outcome;
}

Outcome Decider::decide(const Command& command, bool storage_full) {
  command_ = &command;
  head_.type = command.type;
  head_.source = command.source;
  head_.idempotency_key = command.idempotency_key;
  head_.idempotency_key_2 = command.idempotency_key_2;
  head_.fingerprint = command.fingerprint;
  head_.from_source = command.from_source;
  occurred_at_ = command.occurred_at;
  if (occurred_at_.has_value() && occurred_at_ > now_ + limits::kFutureTolerance) {
    claimed_at_ = occurred_at_;
    occurred_at_ = {};
  }

  Outcome outcome = climb(command, storage_full);
  // What an answer shows, it read: it may not be released before that is durable.
  outcome.depends_on = state_.last_seq;
  if (outcome.status != OutcomeStatus::kRejected) echo_stock(command, &outcome);
  return outcome;
}

Outcome Decider::climb(const Command& command, bool storage_full) {
  if (auto seen = seen_before(command)) return std::move(*seen);
  if (auto bad = malformed(command)) return std::move(*bad);
  if (storage_full && adds(command.type)) {
    return rejected(ErrorCode::kStorageFull, "free disk space; this clears by itself");
  }
  if (auto never = unbookable(command)) return std::move(*never);
  expire_touched(command, Bite::unbounded());
  return dispatch(command);
}

std::optional<Outcome> Decider::seen_before(const Command& command) {
  for (std::string_view key :
       {std::string_view(command.idempotency_key), std::string_view(command.idempotency_key_2)}) {
    if (key.empty()) continue;
    const SeenKey* seen = state_.keys.find(state_.keys.hash_of(command.source, key), now_);
    if (seen == nullptr) continue;
    if (!command.from_source && seen->fingerprint != command.fingerprint) {
      return rejected(ErrorCode::kIdempotencyKeyReused,
                      "this key came with another body before: use a fresh key");
    }
    Outcome outcome;
    outcome.status = OutcomeStatus::kDuplicate;
    outcome.error.code = ErrorCode::kNone;
    // an API client gets its first answer again; a webhook hears only that it is a repetition
    outcome.replayed = !command.from_source;
    outcome.first_seq = seen->first_seq;
    return outcome;
  }
  return std::nullopt;
}

std::optional<Outcome> Decider::malformed(const Command& command) const {
  if (command.lines.empty() && needs_lines(command)) {
    return rejected(ErrorCode::kMissingField, "`lines` needs at least one line", "/lines");
  }
  if (command.lines.size() > limits::kLinesMax) {
    return rejected(ErrorCode::kTooManyLines, "at most 1,000 lines: split the command", "/lines");
  }
  const bool order =
      (command.type >= CommandType::kOrderPlaced && command.type <= CommandType::kOrderCancelled) ||
      command.type == CommandType::kHoldCommit || command.type == CommandType::kOrderAccept;
  if (order && command.order.empty()) {
    return rejected(ErrorCode::kMissingField, "`order` is missing", "/order");
  }
  for (size_t i = 0; i < command.lines.size(); ++i) {
    const CommandLine& line = command.lines[i];
    const auto at = [i] { return "/lines/" + std::to_string(i); };
    if (line.sku.empty()) return rejected(ErrorCode::kMissingField, "`sku` is missing", at());
    const bool good = in_range(line.quantity, 1) && in_range(line.total, 0) &&
                      in_range(line.ordered, 0) && in_range(line.expected, 0) &&
                      in_range(line.counted, 0) && in_range(line.set, 0) &&
                      in_range(line.cancelled, 0) && in_range(line.written_off, 0) &&
                      in_range(line.delta, -limits::kQuantityMax) && line.delta != 0;
    if (!good) {
      return rejected(ErrorCode::kInvalidQuantity,
                      "quantities are 1 to 1,000,000,000; totals and counts may be 0", at());
    }
  }
  for (const CommandFulfillment& fulfillment : command.fulfillments) {
    for (const auto& line : fulfillment.lines) {
      if (!in_range(line.quantity, 1)) {
        return rejected(ErrorCode::kInvalidQuantity, "a fulfilment ships 1 to 1,000,000,000",
                        "/fulfillments");
      }
    }
  }
  if (is_delta(command) && !has_key(command)) {
    return rejected(ErrorCode::kIdempotencyKeyRequired,
                    "a delta needs an `Idempotency-Key` header or `idempotency_key`",
                    "/idempotency_key");
  }
  return std::nullopt;
}

/// What this ledger cannot book now, whatever the stock says.
std::optional<Outcome> Decider::unbookable(const Command& command) const {
  if (has_key(command) && state_.keys.full()) {
    return rejected(ErrorCode::kIdempotencyFull,
                    "the key table is full: raise idempotency.keys_max or wait for the window");
  }
  if (command.from_source && is_delta(command) && command.occurred_at.has_value() &&
      command.occurred_at < now_ - state_.keys.window()) {
    Outcome outcome;
    outcome.status = OutcomeStatus::kParked;
    outcome.error = {
        ErrorCode::kOutsideWindow, "older than the idempotency window: it could be a repeat", {}};
    return outcome;
  }
  return overflows(command);
}

Outcome Decider::dispatch(const Command& command) {
  switch (command.type) {
    case CommandType::kStockExpected:
      return stock_expected(command);
    case CommandType::kStockReceived:
      return stock_received(command);
    case CommandType::kStockSold:
      return stock_sold(command);
    case CommandType::kOrderPlaced:
    case CommandType::kOrderChanged:
    case CommandType::kOrderFulfilled:
    case CommandType::kOrderUnfulfilled:
    case CommandType::kOrderCancelled:
      return order_fact(command);
    case CommandType::kOrderReassigned:
      return order_reassigned(command);
    case CommandType::kStockReturned:
      return stock_returned(command);
    case CommandType::kStockAdjusted:
      return stock_adjusted(command);
    case CommandType::kStockCounted:
      return stock_counted(command);
    case CommandType::kStockMoved:
      return stock_moved(command);
    case CommandType::kTransferDispatched:
      return transfer_dispatched(command);
    case CommandType::kTransferReceived:
      return transfer_received(command);
    case CommandType::kHoldPlace:
      return hold_place(command);
    case CommandType::kHoldChange:
      return hold_change(command);
    case CommandType::kHoldCommit:
      return hold_commit(command);
    case CommandType::kHoldRelease:
      return hold_release(command);
    case CommandType::kHoldExtend:
      return hold_extend(command);
    case CommandType::kOrderAccept:
      return order_accept(command);
    case CommandType::kChannelSet:
      return channel_set(command);
    case CommandType::kChannelRemove:
      return channel_remove(command);
    case CommandType::kLocationSet:
      return location_set(command);
    case CommandType::kSkuMerge:
      return sku_merge(command);
    case CommandType::kNone:
      break;
  }
  return rejected(ErrorCode::kUnknownType, "no such command");
}

// The present number of every SKU the command named, under the name it used.
void Decider::echo_stock(const Command& command, Outcome* outcome) const {
  std::optional<Market> market;
  if (!command.channel.empty()) market = market_of(state_, command.channel);
  const auto echo = [&](std::string_view name, std::string_view place) {
    for (const StockEcho& known : outcome->stock) {
      if (known.sku == name) return;
    }
    const SkuId sku = state_.find_sku(name);
    if (sku == kNoId) return;
    StockEcho& added = outcome->stock.emplace_back();
    added.sku = name;
    added.sku_seq = state_.skus[sku].sku_seq;
    const LocationId location = state_.location_names.find(place);
    if (market) {
      added.available_to_sell = available_to_sell(state_, *market, sku);
    } else if (location != kNoId) {
      added.available_to_sell = available_to_sell_at(state_, sku, location);
    } else {
      added.available_to_sell = available_to_sell(state_, everywhere(state_), sku);
    }
  };
  for (const CommandLine& line : command.lines) {
    echo(line.sku, line.location.empty() ? command.location : line.location);
  }
  if (!outcome->hold) return;
  if (!market && !outcome->hold->channel.empty()) {
    market = market_of(state_, outcome->hold->channel);
  }
  for (const HoldLineView& line : outcome->hold->lines) echo(line.sku, line.location);
}

}  // namespace holdfast::ledger
