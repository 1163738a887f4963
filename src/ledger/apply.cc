#include "ledger/apply.h"

#include <algorithm>

#include "base/invariant.h"
#include "ledger/forget.h"

namespace holdfast::ledger {

void Applier::be_at(Timestamp now, std::string_view hold_id) {
  if (!state_.now.has_value() || now > state_.now) state_.now = now;
  if (hold_id.empty()) return;
  const uint32_t known = state_.hold_ids.find(hold_id);
  if (known != kNoId && state_.forgotten(state_.holds[known])) {
    forget_hold(&state_, &rows_, known);
  }
}

void Applier::begin_command(const CommandHead& head, Seq first_seq, Timestamp recorded_at) {
  INVARIANT(first_seq == state_.last_seq + 1, "a command does not follow: seq={} after={}",
            first_seq, state_.last_seq);
  if (!state_.time.has_value() || recorded_at > state_.time) state_.time = recorded_at;
  be_at(state_.time, {});
  for (std::string_view key : {head.idempotency_key, head.idempotency_key_2}) {
    if (key.empty()) continue;
    state_.keys.add(
        {state_.keys.hash_of(head.source, key), head.fingerprint, first_seq, state_.time});
  }
}

void Applier::apply(const Event& event) {
  state_.last_seq = event.seq;
  SkuId sku = kNoId;
  if (!event.sku.empty()) {
    sku = ensure_sku(event.sku);
    Sku& stock = state_.skus[sku];
    rows_.touch(RowKind::kSku, sku, &stock.row);
    stock.sku_seq = event.sku_seq;
    stock.last_seq = event.seq;
  }
  if (event.from != Account::kNone) move(event, sku);
  if (!event.hold.empty()) apply_hold(event, sku);
  if (!event.order.empty()) apply_order(event, sku);
  if (!event.reference.empty()) apply_reference(event, sku);
  if (event.has(Event::kTracked) || event.has(Event::kAnchor)) anchor(event, sku);
  if (event.type >= EventType::kShortfallOpened) apply_setting(event, sku);
}

SkuId Applier::ensure_sku(std::string_view name) {
  SkuId id = state_.sku_names.find(name);
  if (id != kNoId) return id;
  id = state_.sku_names.add(name);
  state_.skus.add_at(id);
  state_.skus[id].sku_seq = state_.sku_seq_base;
  rows_.created(RowKind::kSku, id, &state_.skus[id].row);
  return id;
}

LocationId Applier::ensure_location(std::string_view name) {
  LocationId id = state_.location_names.find(name);
  if (id != kNoId) return id;
  id = state_.location_names.add(name);
  state_.locations.add_at(id);
  rows_.created(RowKind::kLocation, id, &state_.locations[id].row);
  return id;
}

ChannelId Applier::ensure_channel(std::string_view name) {
  ChannelId id = state_.channel_names.find(name);
  if (id != kNoId) return id;
  id = state_.channel_names.add(name);
  state_.channels.add_at(id);
  rows_.created(RowKind::kChannel, id, &state_.channels[id].row);
  return id;
}

SourceId Applier::ensure_source(std::string_view name) {
  SourceId id = state_.source_names.find(name);
  if (id != kNoId) return id;
  id = state_.source_names.add(name);
  state_.sources.add_at(id);
  rows_.created(RowKind::kSource, id, &state_.sources[id].row);
  return id;
}

Position& Applier::ensure_position(SkuId sku, LocationId location) {
  Sku& stock = state_.skus[sku];
  if (Position* position = stock.at(location)) return *position;
  stock.positions.emplace_back().location = location;
  return stock.positions.back();
}

void Applier::move(const Event& event, SkuId sku) {
  const bool placed = !event.location.empty();
  const LocationId from = placed ? ensure_location(event.location) : kNoId;
  const LocationId to = event.to_location.empty() ? from : ensure_location(event.to_location);
  shift(sku, from, event.from, -event.quantity);
  shift(sku, to, event.to, event.quantity);
  note_fact(event, sku, from, to);
}

void Applier::shift(SkuId sku, LocationId location, Account account, int64_t quantity) {
  int64_t* balance = nullptr;
  switch (account) {
    case Account::kSupplier:
      balance = &state_.skus[sku].supplier;
      break;
    case Account::kCustomer:
      balance = &state_.skus[sku].customer;
      break;
    case Account::kAdjustment:
      balance = &state_.skus[sku].adjustment;
      break;
    default:
      balance = &ensure_position(sku, location).balance(account);
  }
  const bool overflow = __builtin_add_overflow(*balance, quantity, balance);
  INVARIANT(!overflow, "a balance left int64: sku={} account={} quantity={}", state_.sku_name(sku),
            name_of(account), quantity);
  if (below_zero_ != nullptr && account == Account::kAvailable && *balance < 0) {
    below_zero_->push_back(sku);
  }
}

// Remembers how late the latest fact of a (sku, location, state) occurred: a count of before that
// needs its basis from history. What moves within a state (available → held) changes no count.
void Applier::note_fact(const Event& event, SkuId sku, LocationId from, LocationId to) {
  const CountState lost = count_state(event.from);
  const CountState gained = count_state(event.to);
  if (lost == gained && from == to) return;
  const auto note = [&](CountState state, LocationId location) {
    if (state == CountState::kNone) return;
    Timestamp& newest = ensure_position(sku, location).newest[static_cast<size_t>(state)];
    newest = std::max(newest, occurred(event));
  };
  note(lost, from);
  note(gained, to);
}

void Applier::anchor(const Event& event, SkuId sku) {
  const std::string_view place = event.to_location.empty() ? event.location : event.to_location;
  Position& position = ensure_position(sku, ensure_location(place));
  if (event.has(Event::kTracked)) position.tracked = true;
  if (!event.has(Event::kAnchor)) return;
  if (!position.anchors) position.anchors = std::make_unique<Position::Anchors>();
  CountState state = CountState::kSellable;
  if (!event.has(Event::kSellable)) {
    state = count_state(event.to);
    if (state == CountState::kNone) state = count_state(event.from);
  }
  auto& anchors = (*position.anchors)[static_cast<size_t>(state)];
  const auto at = std::lower_bound(anchors.begin(), anchors.end(), occurred(event));
  if (at == anchors.end() || *at != occurred(event)) anchors.insert(at, occurred(event));
  if (anchors.size() > kAnchorsKept) anchors.erase(anchors.begin());
}

}  // namespace holdfast::ledger
