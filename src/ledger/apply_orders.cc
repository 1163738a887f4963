// What an order's events do to the order: what was told (kTold), and what was moved.
#include <algorithm>

#include "ledger/apply.h"
#include "ledger/chain.h"
#include "ledger/order_targets.h"

namespace holdfast::ledger {

void Applier::apply_order(const Event& event, SkuId sku) {
  if (event.type >= EventType::kShortfallOpened && event.type != EventType::kDiscrepancy) return;
  uint32_t id = kNoId;
  Order& order = ensure_order(event, &id);
  if (event.type == EventType::kDiscrepancy) {
    if (sku != kNoId) ensure_part(&order, sku).surplus += event.total;
    return;
  }
  if (event.has(Event::kTold)) told(event, &order, sku);
  if (sku == kNoId) return;
  if (event.type == EventType::kHoldCommitted || event.type == EventType::kOrderAccepted) {
    count_commit(event, &ensure_part(&order, sku));
  }
  if (event.from != Account::kNone) book(event, id, sku);
}

Order& Applier::ensure_order(const Event& event, uint32_t* id) {
  *id = state_.find_order(event.channel, event.order);
  if (*id == kNoId) {
    *id = state_.orders.add();
    Order& order = state_.orders[*id];
    order.channel = ensure_channel(event.channel);
    order.order = event.order;
    order.first_seq = event.seq;
    order.closed_at = state_.time;
    state_.order_ids.put({order.channel, order.order}, *id);
    rows_.created(RowKind::kOrder, *id, &order.row);
  }
  Order& order = state_.orders[*id];
  rows_.touch(RowKind::kOrder, *id, &order.row);
  return order;
}

OrderSku& Applier::ensure_part(Order* order, SkuId sku) {
  if (OrderSku* part = order->of(sku)) return *part;
  OrderSku& part = order->skus.emplace_back();
  part.sku = sku;
  return part;
}

void Applier::told(const Event& event, Order* order, SkuId sku) {
  if (event.version.has_value()) {
    const SourceId source = ensure_source(event.source);
    rows_.touch(RowKind::kSource, source, &state_.sources[source].row);
    state_.sources[source].version_kind = event.version.kind;
  }
  switch (event.type) {
    case EventType::kOrderPlaced:
    case EventType::kOrderChanged:
      if (event.has(Event::kSnapshotLine)) told_snapshot(event, &ensure_part(order, sku));
      break;
    case EventType::kOrderFulfilled:
      told_counter(event, order, sku, Counter::kFulfilled);
      break;
    case EventType::kOrderUnfulfilled:
      told_counter(event, order, sku, Counter::kFulfilled);
      break;
    case EventType::kOrderCancelled:
      if (event.has(Event::kWhole)) {
        order->cancelled = true;
        order->no_restock = event.has(Event::kNoRestock);
      } else {
        told_counter(event, order, sku,
                     event.has(Event::kNoRestock) ? Counter::kWrittenOff : Counter::kCancelled);
      }
      break;
    case EventType::kStockReturned:
      told_counter(event, order, sku, Counter::kReturned);
      break;
    default:
      break;
  }
}

static void merge_field(SnapshotLine::Field* field, const Version& version, int64_t value) {
  const bool same = field->told && version.has_value() && version == field->version;
  if (same) {
    field->value = std::max(field->value, value);
  } else if (!field->told || newer(version, field->version)) {
    *field = {true, version, value};
  }
}

void Applier::told_snapshot(const Event& event, OrderSku* part) {
  const SourceId source = ensure_source(event.source);
  auto line =
      std::find_if(part->snapshots.begin(), part->snapshots.end(), [&](const SnapshotLine& known) {
        return known.source == source && known.line == event.line;
      });
  if (line == part->snapshots.end()) {
    line = part->snapshots.insert(line, SnapshotLine{});
    line->source = source;
    line->line = event.line;
  }
  if (event.has_total) merge_field(&line->ordered, event.version, event.total);
  if (event.has(Event::kHasCancelled)) {
    merge_field(&line->cancelled, event.version, event.cancelled);
  }
  if (event.has(Event::kHasWrittenOff)) {
    merge_field(&line->written_off, event.version, event.written_off);
  }
  if (event.has(Event::kNoRestock)) line->fallen += event.quantity;
}

// A counter told by a document (counts once), as a delta, or as a line's total.
void Applier::told_counter(const Event& event, Order* order, SkuId sku, Counter counter) {
  const SourceId source = ensure_source(event.source);
  const LocationId location = event.location.empty() ? kNoId : ensure_location(event.location);
  const Account state = counter == Counter::kReturned ? event.to : Account::kNone;
  if (!event.document.empty() && (event.has(Event::kDelta) || event.has(Event::kVoided))) {
    auto document =
        std::find_if(order->documents.begin(), order->documents.end(), [&](const Document& known) {
          return known.source == source && known.counter == counter && known.id == event.document;
        });
    if (document == order->documents.end()) {
      document = order->documents.insert(document, Document{});
      document->source = source;
      document->counter = counter;
      document->id = event.document;
    }
    if (event.has(Event::kVoided)) document->voided = true;
    if (sku == kNoId) return;
    ensure_part(order, sku);
    for (Document::Line& line : document->lines) {
      if (line.sku != sku || line.location != location || line.state != state) continue;
      line.quantity = std::max(line.quantity, event.total);
      return;
    }
    document->lines.push_back({sku, location, state, event.total});
    return;
  }
  if (sku == kNoId) return;
  OrderSku& part = ensure_part(order, sku);
  const bool is_total = !event.has(Event::kDelta);
  const std::string_view line = is_total ? event.line : std::string_view{};
  auto tally = std::find_if(part.tallies.begin(), part.tallies.end(), [&](const Tally& known) {
    return known.source == source && known.counter == counter && known.state == state &&
           known.location == location && known.is_total == is_total && known.line == line;
  });
  if (tally == part.tallies.end()) {
    tally = part.tallies.insert(
        tally, Tally{source, counter, state, location, is_total, std::string(line), 0});
  }
  if (is_total) {
    tally->value = std::max(tally->value, event.total);
  } else {
    tally->value += event.type == EventType::kOrderUnfulfilled ? -event.total : event.total;
  }
}

// Every unit of a committed hold counts as ordered, also one that went back to available because
// the order's own webhook had brought it.
void Applier::count_commit(const Event& event, OrderSku* part) {
  if (commits_replaced(*part)) {
    part->held_total = std::min(part->held_total, snapshot_ordered(*part));
  }
  part->held_total += event.quantity;
  part->last_commit = state_.time;
}

void Applier::book(const Event& event, uint32_t id, SkuId sku) {
  Order& order = state_.orders[id];
  const LocationId from = ensure_location(event.location);
  const LocationId to = event.to_location.empty() ? from : ensure_location(event.to_location);
  if (event.from == Account::kCommitted) commit_at(id, sku, from, -event.quantity);
  if (event.to == Account::kCommitted) commit_at(id, sku, to, event.quantity);

  Counter counter;
  Account state = Account::kNone;
  int64_t change = event.quantity;
  const bool leaves = event.to == Account::kCustomer || event.to == Account::kAdjustment;
  if (event.from == Account::kCustomer || event.to == Account::kCustomer) {
    const bool is_return = event.has(Event::kReturn);
    counter = is_return ? Counter::kReturned : Counter::kFulfilled;
    if (is_return) state = leaves ? event.from : event.to;
    if (is_return == leaves) change = -change;
  } else if (event.from == Account::kAdjustment || event.to == Account::kAdjustment) {
    counter = Counter::kWrittenOff;
    if (!leaves) change = -change;
  } else {
    return;
  }
  OrderSku& part = ensure_part(&order, sku);
  const LocationId place = leaves ? from : to;
  for (Booked& booked : part.booked) {
    if (booked.counter != counter || booked.state != state || booked.location != place) continue;
    booked.quantity += change;
    return;
  }
  part.booked.push_back({counter, state, place, change});
}

void Applier::commit_at(uint32_t id, SkuId sku, LocationId location, int64_t quantity) {
  Order& order = state_.orders[id];
  OrderSku& part = ensure_part(&order, sku);
  auto at =
      std::find_if(part.commitments.begin(), part.commitments.end(),
                   [&](const Commitment& commitment) { return commitment.location == location; });
  if (at == part.commitments.end()) {
    at = part.commitments.insert(at, Commitment{location, 0, {}});
  }
  const int64_t before = at->units;
  at->units += quantity;
  const ChainRef ref{id, static_cast<uint16_t>(&part - order.skus.data()),
                     static_cast<uint16_t>(at - part.commitments.begin())};
  Position& position = ensure_position(sku, location);
  if (before == 0 && at->units > 0) chain_commitment(&state_, &position, ref);
  if (before > 0 && at->units == 0) unchain_commitment(&state_, &position, ref);

  const bool was_open = order.committed > 0;
  order.committed += quantity;
  if (!was_open && order.committed > 0) {
    order.closed_at = {};
    ++state_.open_orders;
  } else if (was_open && order.committed == 0) {
    order.closed_at = state_.time;
    --state_.open_orders;
  }
}

}  // namespace holdfast::ledger
