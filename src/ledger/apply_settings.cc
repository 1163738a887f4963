// Channels, locations, aliases, and what the ledger itself remarks.
#include <algorithm>

#include "ledger/apply.h"
#include "ledger/chain.h"
#include "ledger/held_by.h"
#include "model/event_detail.h"

namespace holdfast::ledger {

void Applier::apply_setting(const Event& event, SkuId sku) {
  switch (event.type) {
    case EventType::kShortfallOpened:
    case EventType::kShortfallChanged:
    case EventType::kShortfallClosed:
      ensure_position(sku, ensure_location(event.location)).shortfall = event.total;
      break;
    case EventType::kAvailabilityChanged:
      set_level(event, sku);
      break;
    case EventType::kDiscrepancy:
      apply_discrepancy(event);
      break;
    case EventType::kChannelSet:
    case EventType::kChannelRemoved:
      set_channel(event);
      break;
    case EventType::kLocationCreated:
    case EventType::kLocationSet:
      set_location(event);
      break;
    case EventType::kSkuMerged:
      if (event.has(Event::kClosed)) merge_sku(sku, ensure_sku(event.reason));
      break;
    case EventType::kLedgerRestored:
      restored();
      break;
    default:
      break;
  }
}

void Applier::set_channel(const Event& event) {
  const ChannelId id = ensure_channel(event.channel);
  Channel& channel = state_.channels[id];
  rows_.touch(RowKind::kChannel, id, &channel.row);
  channel.exists = event.type == EventType::kChannelSet;
  channel.settings = decode_channel_settings(event.detail).value_or(ChannelSettings{});
  channel.locations.clear();
  for (const std::string& name : channel.settings.locations) {
    channel.locations.push_back(ensure_location(name));
  }
  unsettled_.push_back(id);
}

void Applier::set_location(const Event& event) {
  const LocationId id = ensure_location(event.location);
  if (event.type == EventType::kLocationCreated) return;
  Location& location = state_.locations[id];
  rows_.touch(RowKind::kLocation, id, &location.row);
  location.settings = decode_location_settings(event.detail).value_or(LocationSettings{});
  for (ChannelId channel = 0; channel < state_.channels.size(); ++channel) {
    const auto& places = state_.channels[channel].locations;
    if (std::find(places.begin(), places.end(), id) != places.end()) {
      unsettled_.push_back(channel);
    }
  }
}

void Applier::set_level(const Event& event, SkuId sku) {
  const ChannelId channel = ensure_channel(event.channel);
  std::vector<Level>& levels = state_.skus[sku].levels;
  if (levels.size() <= channel) levels.resize(channel + 1, Level::kUnknown);
  const auto detail = decode_availability_detail(event.detail);
  levels[channel] = !detail || !detail->available_to_sell
                        ? Level::kUnknown
                        : static_cast<Level>(static_cast<uint8_t>(detail->level) + 1);
}

// From here on `alias` is another name of `same_as`. Its balances were moved by the events before;
// what refers to it (holds, orders, references) follows here.
void Applier::merge_sku(SkuId alias, SkuId same_as) {
  rows_.touch(RowKind::kSku, same_as, &state_.skus[same_as].row);
  state_.skus[alias].same_as = same_as;
  ++state_.skus[same_as].aliases;
  for (const Position& from : state_.skus[alias].positions) {
    Position& to = ensure_position(same_as, from.location);
    to.tracked = to.tracked || from.tracked;
    for (size_t i = 0; i < to.newest.size(); ++i) {
      to.newest[i] = std::max(to.newest[i], from.newest[i]);
    }
  }
  for (Position& from : state_.skus[alias].positions) {
    while (!from.holds.oldest.none()) {
      const ChainRef ref = from.holds.oldest;
      rows_.touch(RowKind::kHold, ref.record, &state_.holds[ref.record].row);
      unchain_hold_line(&state_, &from, ref);
      const Hold& hold = state_.holds[ref.record];
      state_.deadlines.remove(alias, deadline_of(hold, ref.record));
      state_.deadlines.add(same_as, deadline_of(hold, ref.record));
      const bool had_units = has_units_of(hold, same_as);
      merge_hold_line(ref, same_as);
      if (!had_units) count_open_hold(&state_.skus[same_as], hold.placed_by, 1);
      if (!has_units_of(hold, alias)) {
        count_open_hold(&state_.skus[alias], hold.placed_by, -1);
      }
    }
    from.shortfall = 0;
  }
  merge_orders(alias, same_as);
  for (uint32_t id = 0; id < state_.references.size(); ++id) {
    if (!state_.references.has(id)) continue;
    Reference& reference = state_.references[id];
    merge_reference(id, &reference, alias, same_as);
  }
  for (ChannelId channel = 0; channel < state_.channels.size(); ++channel) {
    unsettled_.push_back(channel);
  }
}

void Applier::merge_reference(uint32_t id, Reference* reference, SkuId alias, SkuId same_as) {
  for (ReferenceLine& line : reference->lines) {
    if (line.sku != alias) continue;
    rows_.touch(RowKind::kReference, id, &reference->row);
    const auto same = std::find_if(
        reference->lines.begin(), reference->lines.end(), [&](const ReferenceLine& other) {
          return other.sku == same_as && other.line == line.line && other.location == line.location;
        });
    if (same == reference->lines.end()) {
      line.sku = same_as;
      continue;
    }
    for (auto counter : {&ReferenceLine::expected, &ReferenceLine::used, &ReferenceLine::open,
                         &ReferenceLine::sent, &ReferenceLine::received, &ReferenceLine::surplus}) {
      (*same).*counter += line.*counter;
      line.*counter = 0;
    }
  }
}

// A line of a hold goes over; where the hold has one of the other name at the place, the two become
// one.
void Applier::merge_hold_line(const ChainRef& ref, SkuId same_as) {
  Hold& hold = state_.holds[ref.record];
  HoldLine& line = hold.lines[ref.part];
  Position& position = ensure_position(same_as, line.location);
  for (size_t i = 0; i < hold.lines.size(); ++i) {
    HoldLine& other = hold.lines[i];
    if (other.sku != same_as || other.location != line.location || other.line != line.line)
      continue;
    const bool was_open = other.remaining > 0;
    for (auto counter : {&HoldLine::quantity, &HoldLine::remaining, &HoldLine::committed,
                         &HoldLine::released, &HoldLine::expired}) {
      other.*counter += line.*counter;
      line.*counter = 0;
    }
    if (!was_open) chain_hold_line(&state_, &position, {ref.record, static_cast<uint16_t>(i), 0});
    return;
  }
  line.sku = same_as;
  chain_hold_line(&state_, &position, ref);
}

// An order that has both names keeps one entry with the sums of the two.
void Applier::merge_orders(SkuId alias, SkuId same_as) {
  for (uint32_t id = 0; id < state_.orders.size(); ++id) {
    if (!state_.orders.has(id) || state_.orders[id].of(alias) == nullptr) continue;
    Order& order = state_.orders[id];
    rows_.touch(RowKind::kOrder, id, &order.row);
    for (Document& document : order.documents) {
      for (Document::Line& line : document.lines) {
        if (line.sku == alias) line.sku = same_as;
      }
    }
    const OrderSku old = *order.of(alias);
    for (const Commitment& commitment : old.commitments) {
      if (commitment.units > 0) commit_at(id, alias, commitment.location, -commitment.units);
    }
    OrderSku& emptied = *order.of(alias);
    emptied.snapshots.clear();
    emptied.tallies.clear();
    emptied.booked.clear();
    emptied.held_total = 0;
    emptied.surplus = 0;
    OrderSku& merged = ensure_part(&order, same_as);
    merged.snapshots.insert(merged.snapshots.end(), old.snapshots.begin(), old.snapshots.end());
    merged.tallies.insert(merged.tallies.end(), old.tallies.begin(), old.tallies.end());
    merged.booked.insert(merged.booked.end(), old.booked.begin(), old.booked.end());
    merged.held_total += old.held_total;
    merged.last_commit = std::max(merged.last_commit, old.last_commit);
    merged.surplus += old.surplus;
    for (const Commitment& commitment : old.commitments) {
      if (commitment.units > 0) commit_at(id, same_as, commitment.location, commitment.units);
    }
  }
}

void Applier::restored() {
  constexpr uint64_t kStep = uint64_t{1} << 32;
  state_.sku_seq_base += kStep;
  for (SkuId id = 0; id < state_.skus.size(); ++id) {
    rows_.touch(RowKind::kSku, id, &state_.skus[id].row);
    state_.skus[id].sku_seq += kStep;
  }
}

}  // namespace holdfast::ledger
