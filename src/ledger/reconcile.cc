// Moves the books of an order to what was told of it: shipments, write-offs, commitments, returns.
#include <algorithm>
#include <utility>

#include "ledger/decider.h"

namespace holdfast::ledger {

std::vector<LocationId> Decider::fill_order() const {
  std::optional<Market> market = market_of(state_, order_channel());
  if (!market || market->locations.empty()) market = everywhere(state_);
  if (market->locations.empty()) {
    for (LocationId id = 0; id < state_.locations.size(); ++id) market->locations.push_back(id);
  }
  return {market->locations.begin(), market->locations.end()};
}

int64_t Decider::committed_at(SkuId sku, LocationId location) const {
  const Order* order = order_now();
  const OrderSku* part = order == nullptr ? nullptr : order->of(sku);
  if (part == nullptr) return 0;
  for (const Commitment& commitment : part->commitments) {
    if (commitment.location == location) return commitment.units;
  }
  return 0;
}

int64_t Decider::booked(SkuId sku, Counter counter, LocationId location, Account state) const {
  const OrderSku* part = order_now()->of(sku);
  for (const Booked& entry : part->booked) {
    if (entry.counter == counter && entry.location == location && entry.state == state) {
      return entry.quantity;
    }
  }
  return 0;
}

void Decider::order_move(EventType type, SkuId sku, Account from, Account to, int64_t quantity,
                         LocationId location, uint32_t flags) {
  if (quantity == 0) return;
  Event event = event_of(type);
  event.sku = state_.sku_name(sku);
  event.from = from;
  event.to = to;
  event.quantity = quantity;
  event.location = state_.location_name(location);
  event.channel = order_channel();
  event.order = command_->order;
  event.document = command_->document;
  event.reason = command_->reason;
  event.flags = flags;
  emit_move(event);
}

void Decider::reconcile(const std::vector<std::string>& names) {
  const Order* order = order_now();
  if (order == nullptr) return;
  struct Need {
    SkuId sku;
    int64_t units;         ///< > 0: to commit; < 0: to release
    LocationId preferred;  ///< where the fact says
  };
  std::vector<Need> needs;
  for (const std::string& name : names) {
    const SkuId sku = state_.find_sku(name);
    const bool done =
        std::any_of(needs.begin(), needs.end(), [&](const Need& need) { return need.sku == sku; });
    const OrderSku* part = sku == kNoId ? nullptr : order->of(sku);
    if (part == nullptr || done) continue;
    const OrderTarget target = target_of(*order, *part);
    reconcile_shipments(sku, target);
    reconcile_written_off(sku, target);
    LocationId preferred = kNoId;
    for (const CommandLine& line : command_->lines) {
      if (state_.find_sku(line.sku) != sku) continue;
      const std::string& place = line.location.empty() ? command_->location : line.location;
      if (!place.empty()) preferred = state_.location_names.find(place);
    }
    needs.push_back({sku, target.committed - order->of(sku)->committed(), preferred});
  }
  for (const Need& need : needs) {
    if (need.units < 0) release_units(need.sku, -need.units, need.preferred);
  }
  // First one place that holds everything whole; else SKU by SKU.
  const auto available = [&](SkuId sku, LocationId location) {
    const Position* position = state_.position(sku, location);
    return position == nullptr ? 0 : position->available();
  };
  LocationId whole = kNoId;
  for (LocationId location : fill_order()) {
    const bool all = std::all_of(needs.begin(), needs.end(), [&](const Need& need) {
      return need.units <= 0 || need.preferred != kNoId ||
             available(need.sku, location) >= need.units;
    });
    if (!all) continue;
    whole = location;
    break;
  }
  for (const Need& need : needs) {
    const LocationId place = need.preferred == kNoId ? whole : need.preferred;
    if (need.units > 0) commit_units(need.sku, need.units, place);
  }
  for (const Need& need : needs) {
    const OrderTarget target = target_of(*order, *order->of(need.sku));
    reconcile_returns(need.sku, target);
    const int64_t more = target.surplus - order->of(need.sku)->surplus;
    if (more == 0) continue;
    Event cause = told_event(move_type_, state_.sku_name(need.sku));
    // Beyond what was ordered (or, below 0, an earlier surplus that a later order explains).
    remark(cause, Account::kCustomer, more, more > 0 ? "beyond_ordered" : "surplus_explained");
  }
}

// A commit is one more thing told of the order: what was told before it (a return, a write-off)
// meets a number of ordered units now that it may not have known.
void Decider::reconcile_committed(std::string_view channel) {
  const Order& order = state_.orders[state_.find_order(channel, command_->order)];
  const bool by_holds_alone =
      !order.cancelled && order.documents.empty() &&
      std::all_of(order.skus.begin(), order.skus.end(), [](const OrderSku& part) {
        return part.snapshots.empty() && part.tallies.empty();
      });
  if (by_holds_alone) return;
  std::vector<std::string> names;
  for (const OrderSku& part : order.skus) names.emplace_back(state_.sku_name(part.sku));
  Command of_order;  // names the order as its facts do, and no place
  of_order.channel = channel;
  of_order.order = command_->order;
  const Command* own = std::exchange(command_, &of_order);
  move_type_ = EventType::kOrderChanged;
  reconcile(names);
  command_ = own;
}

void Decider::reconcile_shipments(SkuId sku, const OrderTarget& target) {
  const OrderSku* part = order_now()->of(sku);
  const auto told_at = [&](LocationId location) {
    for (const Booked& place : target.places) {
      if (place.counter == Counter::kFulfilled && place.location == location) return place.quantity;
    }
    return int64_t{0};
  };
  const std::vector<Booked> before = part->booked;
  for (const Booked& entry : before) {  // a shipment that was voided
    if (entry.counter != Counter::kFulfilled) continue;
    const int64_t fall = entry.quantity - told_at(entry.location);
    if (fall <= 0) continue;
    order_move(EventType::kOrderUnfulfilled, sku, Account::kCustomer, Account::kCommitted, fall,
               entry.location);
  }
  for (const Booked& place : target.places) {
    if (place.counter != Counter::kFulfilled) continue;
    const int64_t rise =
        place.quantity - booked(sku, Counter::kFulfilled, place.location, Account::kNone);
    if (rise <= 0) continue;
    // Units committed here go first. For the rest the goods have left from here anyway; a
    // commitment elsewhere is undone where it is not owed any more.
    const int64_t committed = std::min(rise, committed_at(sku, place.location));
    order_move(EventType::kOrderFulfilled, sku, Account::kCommitted, Account::kCustomer, committed,
               place.location);
    order_move(EventType::kOrderFulfilled, sku, Account::kAvailable, Account::kCustomer,
               rise - committed, place.location);
  }
}

void Decider::reconcile_written_off(SkuId sku, const OrderTarget& target) {
  int64_t written_off = 0;
  std::vector<Booked> before = order_now()->of(sku)->booked;
  for (const Booked& entry : before) {
    if (entry.counter == Counter::kWrittenOff) written_off += entry.quantity;
  }
  int64_t rise = target.written_off - written_off;
  if (rise > 0) {
    // At the order's home: from the commitment there; else one elsewhere is undone afterwards.
    const LocationId home = fill_order().front();
    const int64_t committed = std::min(rise, committed_at(sku, home));
    order_move(move_type_, sku, Account::kCommitted, Account::kAdjustment, committed, home,
               Event::kNoRestock);
    order_move(move_type_, sku, Account::kAvailable, Account::kAdjustment, rise - committed, home,
               Event::kNoRestock);
  }
  // Undone in order of birth: an order's home may have changed meanwhile.
  std::sort(before.begin(), before.end(),
            [](const Booked& a, const Booked& b) { return a.location < b.location; });
  for (const Booked& entry : before) {
    if (entry.counter != Counter::kWrittenOff || rise >= 0) continue;
    const int64_t units = std::min(-rise, entry.quantity);
    order_move(move_type_, sku, Account::kAdjustment, Account::kAvailable, units, entry.location,
               Event::kNoRestock);
    rise += units;
  }
}

// Back to available where they were: at the named place first, then outside the fill order in order
// of birth, then from the end of the fill order.
void Decider::release_units(SkuId sku, int64_t units, LocationId preferred) {
  std::vector<LocationId> places;
  if (preferred != kNoId) places.push_back(preferred);
  const std::vector<LocationId> order = fill_order();
  for (const Commitment& commitment : order_now()->of(sku)->commitments) {
    if (std::find(order.begin(), order.end(), commitment.location) == order.end()) {
      places.push_back(commitment.location);
    }
  }
  std::sort(places.begin() + (preferred != kNoId ? 1 : 0), places.end());
  places.insert(places.end(), order.rbegin(), order.rend());
  for (LocationId location : places) {
    const int64_t here = std::min(units, committed_at(sku, location));
    order_move(move_type_, sku, Account::kCommitted, Account::kAvailable, here, location);
    units -= here;
  }
}

// A fact is never refused: what no place has falls on the first of the fill order.
void Decider::commit_units(SkuId sku, int64_t units, LocationId preferred) {
  const auto commit = [&](LocationId location, int64_t quantity) {
    order_move(move_type_, sku, Account::kAvailable, Account::kCommitted, quantity, location);
  };
  if (preferred != kNoId) return commit(preferred, units);
  const std::vector<LocationId> order = fill_order();
  const auto available = [&](LocationId location) {
    const Position* position = state_.position(sku, location);
    return position == nullptr ? 0 : std::max<int64_t>(0, position->available());
  };
  for (LocationId location : order) {
    if (available(location) >= units) return commit(location, units);
  }
  std::vector<int64_t> parts;
  int64_t left = units;
  for (LocationId location : order) {
    parts.push_back(std::min(left, available(location)));
    left -= parts.back();
  }
  parts.front() += left;
  for (size_t i = 0; i < parts.size(); ++i) commit(order[i], parts[i]);
}

// A return that turns out not to be one takes units back that may have been moved on meanwhile:
// what is missing comes from adjustment.
void Decider::make_up(SkuId sku, LocationId location, Account state, int64_t units) {
  const Position* position = state_.position(sku, location);
  const int64_t there = position == nullptr ? 0 : position->balance(state);
  if (state == Account::kAvailable || there >= units) return;
  Event event = event_of(EventType::kStockAdjusted);
  event.sku = state_.sku_name(sku);
  event.location = state_.location_name(location);
  event.from = Account::kAdjustment;
  event.to = state;
  event.quantity = units - there;
  event.reason = "discrepancy";
  emit_move(event);
  remark(event, state, units - there, "more_than_there");
}

void Decider::reconcile_returns(SkuId sku, const OrderTarget& target) {
  const std::vector<Booked> before = order_now()->of(sku)->booked;
  for (const Booked& entry : before) {
    if (entry.counter != Counter::kReturned) continue;
    int64_t told = 0;
    for (const Booked& place : target.places) {
      if (place.counter == Counter::kReturned && place.location == entry.location &&
          place.state == entry.state) {
        told = place.quantity;
      }
    }
    if (entry.quantity > told) {
      make_up(sku, entry.location, entry.state, entry.quantity - told);
      order_move(EventType::kStockReturned, sku, entry.state, Account::kCustomer,
                 entry.quantity - told, entry.location, Event::kReturn);
    }
  }
  for (const Booked& place : target.places) {
    if (place.counter != Counter::kReturned) continue;
    const int64_t rise =
        place.quantity - booked(sku, Counter::kReturned, place.location, place.state);
    if (rise > 0) {
      order_move(EventType::kStockReturned, sku, Account::kCustomer, place.state, rise,
                 place.location, Event::kReturn);
    }
  }
}

}  // namespace holdfast::ledger
