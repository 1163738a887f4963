#include "ledger/desk.h"

#include <algorithm>

#include "ledger/rows.h"

namespace holdfast::ledger {

bool Desk::lay_out(const StoredLedger& ledger, const StoredSettings& settings,
                   const StoredRows& rows, RowNames* missing) {
  ledger_ = ledger;
  lay_settings(settings, rows);
  std::vector<const StoredSku*> skus;
  for (const StoredSku& sku : rows.skus) skus.push_back(&sku);
  if (!lay_skus(std::move(skus), missing)) return false;
  std::vector<std::string>* unknown = &missing->bare_skus;
  bool good = true;
  for (const StoredHold& hold : rows.holds) {
    good = decode_shared_row(hold.row, RowKind::kHold, 0, &state_, unknown) && good;
    hold_ids_.push_back(hold.id);
  }
  for (const StoredOrder& order : rows.orders) {
    good = decode_shared_row(order.row, RowKind::kOrder, 0, &state_, unknown) && good;
  }
  for (const StoredReference& reference : rows.references) {
    good = decode_shared_row(reference.row, RowKind::kReference, 0, &state_, unknown) && good;
  }
  if (!good || !missing->empty()) return false;
  for (const StoredKey& key : rows.keys) {
    state_.keys.load({key.key, key.fingerprint, key.first_seq, key.at});
  }
  keys_laid_ = state_.keys.end_number();
  state_.discrepancies.assign(rows.discrepancies.begin(), rows.discrepancies.end());
  if (!finish_desk(&state_)) return false;
  count();
  note_below_zero();
  rows_.keep_changes();
  return true;
}

void Desk::lay_settings(const StoredSettings& settings, const StoredRows& rows) {
  for (const auto* named : {&settings.locations, &settings.channels, &settings.sources}) {
    for (const StoredNamed& row : *named) decode_row(row.row, &state_);
  }
  channel_holds_.assign(state_.channels.size(), 0);
  source_holds_.assign(state_.sources.size(), 0);
  for (const auto& [number, holds] : rows.channel_holds) {
    if (number < channel_holds_.size()) channel_holds_[number] = holds;
  }
  for (const auto& [number, holds] : rows.source_holds) {
    if (number < source_holds_.size()) source_holds_[number] = holds;
  }
}

// In order of birth: events that follow from one command name its SKUs in that order.
bool Desk::lay_skus(std::vector<const StoredSku*> skus, RowNames* missing) {
  std::sort(skus.begin(), skus.end(),
            [](const StoredSku* a, const StoredSku* b) { return a->number < b->number; });
  for (const StoredSku* sku : skus) {
    const SkuId id = state_.sku_names.add(sku->sku);
    if (id < known_.size()) return false;  // told twice
    state_.skus.add_at(id);
    known_.push_back({sku->number, sku->settled, sku->token.epoch});
  }
  bool good = true;
  for (SkuId id = 0; id < skus.size(); ++id) {
    // An alias stands for a SKU that the command means, with what is due of it.
    good = decode_shared_row(skus[id]->row, RowKind::kSku, id, &state_, &missing->skus) && good;
  }
  return good;
}

/// What counts over all rows, not over those that are here.
void Desk::count() {
  state_.last_seq = ledger_.last_seq;
  state_.time = ledger_.last_time;
  state_.now = ledger_.last_time;
  state_.sku_seq_base = ledger_.sku_seq_base;
  state_.forgotten_holds = ledger_.forgotten_holds;
  state_.open_holds = ledger_.open_holds;
  state_.open_orders = ledger_.open_orders;
  const uint64_t laid = state_.keys.size();
  state_.keys.count_elsewhere(ledger_.keys > laid ? ledger_.keys - laid : 0);
  for (ChannelId id = 0; id < state_.channels.size(); ++id) {
    state_.channels[id].open_holds = static_cast<uint64_t>(channel_holds_[id]);
  }
  for (SourceId id = 0; id < state_.sources.size(); ++id) {
    state_.sources[id].open_holds = static_cast<uint64_t>(source_holds_[id]);
  }
}

void Desk::note_below_zero() {
  for (SkuId id = 0; id < state_.skus.size(); ++id) {
    for (const Position& position : state_.skus[id].positions) {
      if (position.available() < 0) below_zero_.push_back(id);
    }
  }
}

std::vector<std::string> Desk::lacking(const std::set<std::string>& whole) const {
  std::set<std::string> lacking;
  for (const SkuId id : below_zero_) {
    if (id >= known_.size()) continue;  // born here: all there is of it is here
    const std::string name(state_.sku_name(id));
    if (!whole.contains(name)) lacking.insert(name);
  }
  return {lacking.begin(), lacking.end()};
}

void Desk::mark_settled() {
  for (Known& known : known_) {
    known.settled = ledger_.settle;
    known.marked = true;
  }
}

// ---- what is written ---------------------------------------------------------------------------

StoredChanges Desk::changes(bool settle) const {
  StoredChanges changes;
  changes.ledger = ledger_;
  std::set<SkuId> told;
  rows_.each_changed([&](RowKind kind, uint32_t id) {
    switch (kind) {
      case RowKind::kSku:
        told.insert(id);
        break;
      case RowKind::kHold:
        changes.holds.push_back(stored_hold(id));
        break;
      case RowKind::kOrder:
        changes.orders.push_back(stored_order(id));
        break;
      case RowKind::kReference:
        changes.references.push_back(stored_reference(id));
        break;
      case RowKind::kLocation:
        changes.locations.push_back(stored_named(kind, id));
        break;
      case RowKind::kChannel:
        changes.channels.push_back(stored_named(kind, id));
        break;
      case RowKind::kSource:
        changes.sources.push_back(stored_named(kind, id));
        break;
      default:
        break;
    }
  });
  for (SkuId id = 0; id < known_.size(); ++id) {
    if (known_[id].marked) told.insert(id);
  }
  for (const SkuId id : told) changes.skus.push_back(stored_sku(id));
  for (const std::string& id : hold_ids_) {
    if (state_.hold_ids.find(id) == kNoId) changes.forgotten_holds.push_back(id);
  }
  for (uint64_t number = keys_laid_; number < state_.keys.end_number(); ++number) {
    const SeenKey& key = state_.keys.entry(number);
    // A delivery may have the same text for both of its names.
    if (!changes.keys.empty() && changes.keys.back().key == key.key) continue;
    changes.keys.push_back({key.key, key.fingerprint, key.first_seq, key.at});
  }
  counted(&changes);
  const bool settings =
      !changes.locations.empty() || !changes.channels.empty() || !changes.sources.empty();
  if (settings) ++changes.ledger.settings;
  if (settle) ++changes.ledger.settle;
  return changes;
}

void Desk::counted(StoredChanges* changes) const {
  changes->ledger.last_seq = state_.last_seq;
  changes->ledger.last_time = state_.time;
  changes->ledger.sku_seq_base = state_.sku_seq_base;
  changes->ledger.skus_born = ledger_.skus_born + state_.skus.size() - known_.size();
  changes->ledger.forgotten_holds = state_.forgotten_holds;
  changes->ledger.open_holds = state_.open_holds;
  changes->ledger.open_orders = state_.open_orders;
  changes->ledger.keys = ledger_.keys + changes->keys.size();
  const auto differences = [](const auto& slab, const std::vector<int64_t>& before, auto* out) {
    for (uint32_t id = 0; id < slab.size(); ++id) {
      const int64_t was = id < before.size() ? before[id] : 0;
      const int64_t change = static_cast<int64_t>(slab[id].open_holds) - was;
      if (change != 0) out->emplace_back(id, change);
    }
  };
  differences(state_.channels, channel_holds_, &changes->channel_holds);
  differences(state_.sources, source_holds_, &changes->source_holds);
}

StoredSku Desk::stored_sku(SkuId id) const {
  const Sku& sku = state_.skus[id];
  StoredSku stored;
  stored.sku = state_.sku_name(id);
  const bool known = id < known_.size();
  stored.number = known ? known_[id].number : ledger_.skus_born + (id - known_.size());
  stored.token.epoch = (known ? known_[id].epoch : 0) + 1;
  stored.settled = known ? known_[id].settled : ledger_.settle;
  stored.sku_seq = sku.sku_seq;
  stored.last_seq = sku.last_seq;
  if (sku.same_as != kNoId) stored.same_as = state_.sku_name(sku.same_as);
  stored.supplier = sku.supplier;
  stored.customer = sku.customer;
  stored.adjustment = sku.adjustment;
  encode_shared_row(state_, RowKind::kSku, id, &stored.row);
  for (const Position& position : sku.positions) {
    stored.places.push_back({std::string(state_.location_name(position.location)), position.tracked,
                             position.balances, position.shortfall});
  }
  return stored;
}

StoredHold Desk::stored_hold(uint32_t id) const {
  const Hold& hold = state_.holds[id];
  StoredHold stored;
  stored.id = hold.id;
  if (hold.channel != kNoId) stored.channel = state_.channel_name(hold.channel);
  stored.reference = hold.reference;
  stored.placed_by = state_.source_names.text(hold.placed_by);
  stored.first_seq = hold.first_seq;
  stored.placed_at = hold.placed_at;
  stored.deadline = hold.deadline;
  stored.closed_at = hold.closed_at;
  stored.remaining = hold.remaining;
  encode_shared_row(state_, RowKind::kHold, id, &stored.row);
  for (const HoldLine& line : hold.lines) {
    stored.lines.push_back(
        {std::string(state_.sku_name(line.sku)), std::string(state_.location_name(line.location)),
         line.line, line.quantity, line.remaining, line.committed, line.released, line.expired});
  }
  return stored;
}

StoredOrder Desk::stored_order(uint32_t id) const {
  const Order& order = state_.orders[id];
  StoredOrder stored;
  stored.order = order.order;
  stored.channel = state_.channel_name(order.channel);
  stored.first_seq = order.first_seq;
  stored.committed = order.committed;
  stored.cancelled = order.cancelled;
  stored.closed_at = order.closed_at;
  encode_shared_row(state_, RowKind::kOrder, id, &stored.row);
  for (const OrderSku& part : order.skus) {
    stored.skus.push_back({std::string(state_.sku_name(part.sku)), part.committed()});
  }
  const auto has = [&](std::string_view sku) {
    return std::ranges::any_of(stored.skus, [&](const StoredPart& p) { return p.sku == sku; });
  };
  // A document may name one that the order has no part of; the row names it all the same.
  for (const Document& document : order.documents) {
    for (const Document::Line& line : document.lines) {
      if (line.sku == kNoId || has(state_.sku_name(line.sku))) continue;
      stored.skus.push_back({std::string(state_.sku_name(line.sku)), 0});
    }
  }
  return stored;
}

StoredReference Desk::stored_reference(uint32_t id) const {
  const Reference& reference = state_.references[id];
  StoredReference stored;
  stored.reference = reference.reference;
  stored.kind = static_cast<uint8_t>(reference.kind);
  stored.closed = reference.closed;
  stored.last_at = reference.last_at;
  stored.open = reference.open();
  encode_shared_row(state_, RowKind::kReference, id, &stored.row);
  for (const ReferenceLine& line : reference.lines) {
    const std::string_view sku = state_.sku_name(line.sku);
    const auto same = std::ranges::find(stored.skus, sku, &StoredPart::sku);
    if (same == stored.skus.end()) {
      stored.skus.push_back({std::string(sku), line.open});
    } else {
      same->units += line.open;
    }
  }
  return stored;
}

StoredNamed Desk::stored_named(RowKind kind, uint32_t id) const {
  StoredNamed stored;
  stored.number = id;
  encode_row(state_, kind, id, &stored.row);
  switch (kind) {
    case RowKind::kLocation:
      stored.name = state_.location_name(id);
      break;
    case RowKind::kChannel:
      stored.name = state_.channel_name(id);
      break;
    default:
      stored.name = state_.source_names.text(id);
      break;
  }
  return stored;
}

}  // namespace holdfast::ledger
