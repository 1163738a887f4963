// After the last row of a snapshot: everything that follows from the rows.
#include <algorithm>

#include "ledger/chain.h"
#include "ledger/held_by.h"
#include "ledger/rows.h"

namespace holdfast::ledger {
namespace {

bool finish_channels(State* state) {
  for (ChannelId id = 0; id < state->channels.size(); ++id) {
    if (!state->channels.has(id)) return false;
    Channel& channel = state->channels[id];
    for (const std::string& name : channel.settings.locations) {
      const LocationId location = state->location_names.find(name);
      if (location == kNoId) return false;
      channel.locations.push_back(location);
    }
  }
  return true;
}

/// Every number a row names must be there: a damaged row is refused, not followed.
bool known(const State& state, SkuId sku, LocationId location) {
  return state.skus.has(sku) && state.locations.has(location) &&
         state.skus[sku].at(location) != nullptr;
}

template <typename T>
std::vector<uint32_t> by_age(const Slab<T>& slab) {
  std::vector<uint32_t> ids;
  for (uint32_t id = 0; id < slab.size(); ++id) {
    if (slab.has(id)) ids.push_back(id);
  }
  std::sort(ids.begin(), ids.end(),
            [&](uint32_t a, uint32_t b) { return slab[a].first_seq < slab[b].first_seq; });
  return ids;
}

/// `count_by_source`: not where the SKUs came with it.
bool finish_holds(State* state, bool count_by_source = true) {
  for (const uint32_t id : by_age(state->holds)) {
    Hold& hold = state->holds[id];
    if (hold.channel != kNoId && !state->channels.has(hold.channel)) return false;
    if (!state->sources.has(hold.placed_by)) return false;
    state->hold_ids.put(hold.id, id);
    for (size_t i = 0; i < hold.lines.size(); ++i) {
      const HoldLine& line = hold.lines[i];
      if (!known(*state, line.sku, line.location) || line.remaining < 0) return false;
      hold.remaining += line.remaining;
      if (line.remaining == 0) continue;
      const bool counted = std::any_of(
          hold.lines.data(), hold.lines.data() + i,
          [&](const HoldLine& before) { return before.sku == line.sku && before.remaining > 0; });
      if (!counted && count_by_source) count_open_hold(&state->skus[line.sku], hold.placed_by, 1);
      const ChainRef ref{id, static_cast<uint16_t>(i), 0};
      chain_hold_line(state, state->skus[line.sku].at(line.location), ref);
      state->deadlines.add(line.sku, deadline_of(hold, id));
    }
    if (hold.open()) {
      ++state->open_holds;
      if (hold.channel != kNoId) ++state->channels[hold.channel].open_holds;
      ++state->sources[hold.placed_by].open_holds;
    } else {
      state->closed_holds.push_back({hold.closed_at, id});
    }
  }
  return true;
}

bool finish_orders(State* state) {
  for (const uint32_t id : by_age(state->orders)) {
    Order& order = state->orders[id];
    if (!state->channels.has(order.channel)) return false;
    state->order_ids.put({order.channel, order.order}, id);
    for (size_t i = 0; i < order.skus.size(); ++i) {
      OrderSku& part = order.skus[i];
      if (!state->skus.has(part.sku)) return false;
      for (size_t j = 0; j < part.commitments.size(); ++j) {
        const Commitment& commitment = part.commitments[j];
        if (!known(*state, part.sku, commitment.location) || commitment.units < 0) return false;
        order.committed += commitment.units;
        if (commitment.units == 0) continue;
        const ChainRef ref{id, static_cast<uint16_t>(i), static_cast<uint16_t>(j)};
        chain_commitment(state, state->skus[part.sku].at(commitment.location), ref);
      }
    }
    if (order.committed > 0) ++state->open_orders;
  }
  return true;
}

void finish_references(State* state) {
  for (uint32_t id = 0; id < state->references.size(); ++id) {
    const Reference& reference = state->references[id];
    state->reference_ids.put({static_cast<uint32_t>(reference.kind), reference.reference}, id);
  }
}

void sort_closed(std::deque<Closed>* closed) {
  std::stable_sort(closed->begin(), closed->end(),
                   [](const Closed& a, const Closed& b) { return a.at < b.at; });
}

template <typename T>
void touch_all(RowKind kind, Slab<T>* slab, RowBook* book) {
  for (uint32_t id = 0; id < slab->size(); ++id) {
    if (slab->has(id)) book->created(kind, id, &(*slab)[id].row);
  }
}

}  // namespace

bool finish_loading(State* state, RowBook* book) {
  state->keys.find_loaded();
  const bool whole = state->location_names.size() == state->locations.size() &&
                     state->sku_names.size() == state->skus.size();
  if (!whole || !finish_channels(state)) return false;
  for (SkuId id = 0; id < state->skus.size(); ++id) {
    if (!state->skus.has(id)) return false;
    for (const Position& position : state->skus[id].positions) {
      if (!state->locations.has(position.location)) return false;
    }
  }
  if (!finish_holds(state) || !finish_orders(state)) return false;
  sort_closed(&state->closed_holds);
  finish_references(state);
  std::sort(state->discrepancies.begin(), state->discrepancies.end(),
            [](const DiscrepancyView& a, const DiscrepancyView& b) { return a.seq < b.seq; });
  touch_all(RowKind::kLocation, &state->locations, book);
  touch_all(RowKind::kChannel, &state->channels, book);
  touch_all(RowKind::kSource, &state->sources, book);
  touch_all(RowKind::kSku, &state->skus, book);
  touch_all(RowKind::kHold, &state->holds, book);
  touch_all(RowKind::kOrder, &state->orders, book);
  touch_all(RowKind::kReference, &state->references, book);
  return true;
}

bool finish_desk(State* state) {
  state->keys.find_loaded();
  if (!finish_channels(state) || !finish_holds(state, false) || !finish_orders(state)) return false;
  sort_closed(&state->closed_holds);
  finish_references(state);
  return true;
}

void finish_loading_some(State* state, RowBook* book) {
  finish_channels(state);
  finish_holds(state);
  finish_orders(state);
  finish_references(state);
  touch_all(RowKind::kSku, &state->skus, book);
}

}  // namespace holdfast::ledger
