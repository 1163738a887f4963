// Facts about the shelf: sold, adjusted, moved, counted, returned without an order.
#include <algorithm>

#include "ledger/decider.h"

namespace holdfast::ledger {

Outcome Decider::stock_sold(const Command& command) {
  if (auto no = every_line_placed(command)) return std::move(*no);
  for (size_t i = 0; i < command.lines.size(); ++i) {
    if (command.lines[i].quantity) continue;
    return rejected(ErrorCode::kMissingField, "`quantity` is missing",
                    "/lines/" + std::to_string(i));
  }
  // From here on it succeeds: a sale is a fact, whatever the books say.
  for (const CommandLine& line : command.lines) {
    const std::string place = *place_of(command, line);
    Event event = event_of(EventType::kStockSold);
    const SkuId sku = state_.find_sku(line.sku);
    event.sku = sku == kNoId ? std::string_view(line.sku) : state_.sku_name(sku);
    event.from = Account::kAvailable;
    event.to = Account::kCustomer;
    event.quantity = *line.quantity;
    event.location = place;
    event.channel = command.channel;
    event.reference = command.reference;
    event.line = line.line;
    event.reason = command.reason;
    emit_move(event);
  }
  return done(OutcomeStatus::kRecorded);
}

// Moves as much of `quantity` as `event.from` holds at the place; what is missing is remarked and
// returned.
int64_t Decider::take_at_most(Event event, int64_t quantity) {
  const Position* position =
      state_.position(state_.sku_names.find(event.sku), state_.location_names.find(event.location));
  const int64_t there =
      position == nullptr ? 0 : std::max<int64_t>(0, position->balance(event.from));
  event.quantity = std::min(quantity, there);
  if (event.quantity > 0) emit_move(event);
  if (event.quantity < quantity) {
    know_location(event.location);
    remark(event, event.from, quantity - event.quantity, "more_than_there");
  }
  return quantity - event.quantity;
}

Outcome Decider::stock_adjusted(const Command& command) {
  if (auto no = every_line_placed(command)) return std::move(*no);
  for (size_t i = 0; i < command.lines.size(); ++i) {
    const CommandLine& line = command.lines[i];
    const std::string at = "/lines/" + std::to_string(i);
    if (line.delta.has_value() == line.set.has_value() ||
        line.set.has_value() != line.expected.has_value()) {
      return rejected(ErrorCode::kMissingField, "a line gives `delta`, or `set` with `expected`",
                      at);
    }
    if (!line.set) continue;
    const Account state = line.state == Account::kNone ? Account::kAvailable : line.state;
    const Position* position = state_.position(
        state_.find_sku(line.sku), state_.location_names.find(*place_of(command, line)));
    const int64_t present = position == nullptr ? 0 : position->balance(state);
    if (present != *line.expected) {
      return refused(ErrorCode::kStaleQuantity,
                     line.sku + " is at " + std::to_string(present) + " now");
    }
  }
  // From here on it succeeds.
  for (const CommandLine& line : command.lines) {
    const std::string place = *place_of(command, line);
    const Account state = line.state == Account::kNone ? Account::kAvailable : line.state;
    const int64_t delta = line.delta ? *line.delta : *line.set - *line.expected;
    if (delta == 0) continue;
    const SkuId sku = state_.find_sku(line.sku);
    Event event = event_of(EventType::kStockAdjusted);
    event.sku = sku == kNoId ? std::string_view(line.sku) : state_.sku_name(sku);
    event.location = place;
    event.reason = command.reason;
    event.reference = command.reference;
    event.line = line.line;
    event.from = delta > 0 ? Account::kAdjustment : state;
    event.to = delta > 0 ? state : Account::kAdjustment;
    event.quantity = delta > 0 ? delta : -delta;
    if (delta > 0 || state == Account::kAvailable) {
      emit_move(event);
    } else {
      take_at_most(event, -delta);
    }
  }
  return done(OutcomeStatus::kRecorded);
}

Outcome Decider::stock_moved(const Command& command) {
  if (auto no = every_line_placed(command)) return std::move(*no);
  const auto movable = [](Account account) {
    return account == Account::kAvailable || account == Account::kDamaged ||
           account == Account::kQualityControl;
  };
  for (size_t i = 0; i < command.lines.size(); ++i) {
    const CommandLine& line = command.lines[i];
    if (line.quantity && movable(line.from) && movable(line.to) && line.from != line.to) continue;
    return rejected(ErrorCode::kInvalidValue,
                    "a line gives `quantity`, `from` and `to`: two of available, damaged, "
                    "quality_control",
                    "/lines/" + std::to_string(i));
  }
  // From here on it succeeds.
  for (const CommandLine& line : command.lines) {
    const std::string place = *place_of(command, line);
    const SkuId sku = state_.find_sku(line.sku);
    Event event = event_of(EventType::kStockMoved);
    event.sku = sku == kNoId ? std::string_view(line.sku) : state_.sku_name(sku);
    event.location = place;
    event.reason = command.reason;
    event.line = line.line;
    event.from = line.from;
    event.to = line.to;
    if (line.from == Account::kAvailable) {
      event.quantity = *line.quantity;
      emit_move(event);
      continue;
    }
    const int64_t missing = take_at_most(event, *line.quantity);
    // What the books did not have comes from adjustment, but is never invented as sellable.
    if (missing == 0 || line.to == Account::kAvailable) continue;
    event.from = Account::kAdjustment;
    event.quantity = missing;
    event.reason = "discrepancy";
    emit_move(event);
  }
  return done(OutcomeStatus::kRecorded);
}

// An anchor: the difference between what was counted and the sum of all facts that occurred up to
// then.
Outcome Decider::stock_counted(const Command& command) {
  if (auto no = every_line_placed(command)) return std::move(*no);
  struct Counted {
    SkuId sku;
    std::string name, place, line;
    CountState state;
    int64_t counted, basis;
    bool again;
  };
  std::vector<Counted> counts;  // lines of one (sku, place, state) are bins of one count: summed
  const bool past = occurred_at_.has_value();
  for (size_t i = 0; i < command.lines.size(); ++i) {
    const CommandLine& line = command.lines[i];
    const bool sellable = line.state_sellable || line.state == Account::kNone;
    const CountState state = sellable ? CountState::kSellable : count_state(line.state);
    if (!line.counted || (!sellable && state == CountState::kSellable) ||
        state == CountState::kNone) {
      return rejected(ErrorCode::kInvalidValue,
                      "a line gives `counted` of sellable, damaged or quality_control",
                      "/lines/" + std::to_string(i));
    }
    const std::string place = *place_of(command, line);
    const SkuId sku = state_.find_sku(line.sku);
    const auto known = std::find_if(counts.begin(), counts.end(), [&](const Counted& count) {
      return count.place == place && count.state == state &&
             (sku == kNoId ? count.name == line.sku : count.sku == sku);
    });
    if (known != counts.end()) {
      known->counted += *line.counted;
      continue;
    }
    const Position* position = state_.position(sku, state_.location_names.find(place));
    const auto index = static_cast<size_t>(state);
    int64_t basis = position == nullptr ? 0 : position->counted(state);
    if (past && position != nullptr && position->newest[index] > occurred_at_) {
      if (i >= command.count_bases.size() ||
          command.count_bases[i].sku_seq != state_.skus[sku].sku_seq) {
        return rejected(ErrorCode::kBasisMoved, "prepare the basis of this count again");
      }
      basis = command.count_bases[i].quantity;
    }
    bool again = false;
    if (position != nullptr && position->anchors) {
      const auto& anchors = (*position->anchors)[index];
      again = std::binary_search(anchors.begin(), anchors.end(), past ? occurred_at_ : now_);
    }
    counts.push_back({sku,
                      std::string(sku == kNoId ? std::string_view(line.sku) : state_.sku_name(sku)),
                      place, line.line, state, *line.counted, basis, again});
  }
  // From here on it succeeds.
  for (const Counted& count : counts) {
    const int64_t delta = count.counted - count.basis;
    if (delta == 0 && count.again) continue;  // the same count told again
    const Account account = account_of(count.state);
    Event event = event_of(EventType::kStockCounted);
    event.sku = count.name;
    event.location = count.place;
    event.line = count.line;
    event.reason = command.reason;
    event.reference = command.reference;
    event.has_total = true;
    event.total = count.counted;
    event.flags = Event::kAnchor | Event::kTracked;
    if (count.state == CountState::kSellable) event.flags |= Event::kSellable;
    event.to = account;
    int64_t missing = 0;
    if (delta > 0) {
      event.from = Account::kAdjustment;
      event.quantity = delta;
    } else if (delta < 0) {
      int64_t quantity = -delta;
      if (account != Account::kAvailable) {
        const Position* position = state_.position(state_.sku_names.find(count.name),
                                                   state_.location_names.find(count.place));
        const int64_t there = position == nullptr ? 0 : position->balance(account);
        missing = std::max<int64_t>(0, quantity - there);
        quantity -= missing;
      }
      if (quantity > 0) {
        event.from = account;
        event.to = Account::kAdjustment;
        event.quantity = quantity;
      }
    }
    emit_move(event);
    if (missing > 0) remark(event, account, missing, "more_than_there");
  }
  return done(OutcomeStatus::kRecorded);
}

// A return: of an order at most once per unit; without one as it comes.
Outcome Decider::stock_returned(const Command& command) {
  if (!command.order.empty()) return order_fact(command);
  if (auto no = every_line_placed(command)) return std::move(*no);
  if (auto no = quantity_or_total(command, "a `total` counts up for an order or reference")) {
    return std::move(*no);
  }
  // From here on it succeeds.
  for (const CommandLine& line : command.lines) {
    const std::string place = *place_of(command, line);
    const SkuId sku = state_.find_sku(line.sku);
    const int64_t quantity =
        line.quantity ? *line.quantity
                      : still_to_book(reference_of(ReferenceKind::kReturn, command.reference), line,
                                      &ReferenceLine::received);
    if (quantity <= 0) continue;
    Event event = event_of(EventType::kStockReturned);
    event.sku = sku == kNoId ? std::string_view(line.sku) : state_.sku_name(sku);
    event.from = Account::kCustomer;
    event.to = line.state == Account::kNone ? Account::kAvailable : line.state;
    event.quantity = quantity;
    event.location = place;
    event.channel = command.channel;
    event.reference = command.reference;
    event.document = command.document;
    event.reason = command.reason;
    event.line = line.line;
    event.flags = Event::kReturn;
    emit_move(event);
  }
  return done(OutcomeStatus::kRecorded);
}

}  // namespace holdfast::ledger
