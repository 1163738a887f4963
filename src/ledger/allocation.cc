#include "ledger/allocation.h"

#include <algorithm>
#include <utility>

namespace holdfast::ledger {
namespace {

__extension__ using Wide = __int128;  // sums of many int64 do not overflow it

int64_t clamped(Wide sum) { return static_cast<int64_t>(std::clamp<Wide>(sum, INT64_MIN, INT64_MAX)); }

/// An optional at once: returning it moves no list.
std::optional<Market> configured(const State& state, const Channel& channel) {
  std::optional<Market> market(std::in_place);
  market->buffer = channel.settings.buffer;
  market->oversell_limit = channel.settings.oversell_limit;
  market->low_at = channel.settings.low_at;
  for (LocationId location : channel.locations) {
    if (state.locations[location].settings.sellable) market->locations.push_back(location);
  }
  return market;
}

/// Σ available over the market's tracked places; nullopt when none is tracked.
std::optional<Wide> wide_available_in(const State& state, const Market& market, SkuId sku) {
  if (sku == kNoId) return std::nullopt;
  const Sku& stock = state.skus[sku];
  bool any = false;
  Wide sum = 0;
  for (LocationId location : market.locations) {
    const Position* position = stock.at(location);
    if (position == nullptr || !position->tracked) continue;
    any = true;
    sum += position->available();
  }
  if (!any) return std::nullopt;
  return sum;
}

/// The same − buffer + limit.
std::optional<int64_t> sum_of(const State& state, const Market& market, SkuId sku) {
  const std::optional<Wide> available = wide_available_in(state, market, sku);
  if (!available) return std::nullopt;
  return clamped(*available + market.oversell_limit - market.buffer);
}

}  // namespace

Market everywhere(const State& state) {
  Market market;
  for (LocationId id = 0; id < state.locations.size(); ++id) {
    if (state.locations[id].settings.sellable) market.locations.push_back(id);
  }
  return market;
}

std::optional<Market> market_of(const State& state, std::string_view channel) {
  const ChannelId id = state.channel_names.find(channel);
  if (id == kNoId || !state.channels[id].exists) {
    if (channel == kDefaultChannel) return everywhere(state);
    return std::nullopt;
  }
  return configured(state, state.channels[id]);
}

std::optional<int64_t> available_in(const State& state, const Market& market, SkuId sku) {
  const std::optional<Wide> available = wide_available_in(state, market, sku);
  if (!available) return std::nullopt;
  return clamped(*available);
}

std::optional<int64_t> available_to_sell(const State& state, const Market& market, SkuId sku) {
  const std::optional<int64_t> sum = sum_of(state, market, sku);
  if (!sum) return std::nullopt;
  return std::max<int64_t>(0, *sum);
}

std::optional<int64_t> available_to_sell_at(const State& state, SkuId sku, LocationId location) {
  const Position* position = state.position(sku, location);
  if (position == nullptr || !position->tracked) return std::nullopt;
  return std::max<int64_t>(0, position->available());
}

std::vector<Dealt> deal(const State& state, const Market& market, SkuId sku) {
  std::vector<Dealt> dealt;
  int64_t left = available_to_sell(state, market, sku).value_or(0);
  for (LocationId location : market.locations) {
    const Position* position = state.position(sku, location);
    if (position == nullptr || !position->tracked) continue;
    const int64_t own = std::min(left, std::max<int64_t>(0, position->available()));
    dealt.push_back({location, own, own});
    left -= own;
  }
  if (!dealt.empty()) dealt.front().units += left;
  return dealt;
}

void Allocation::give_back(SkuId sku, LocationId location, int64_t units) {
  take(sku, location, -units);
}

int64_t Allocation::taken(SkuId sku, LocationId location) const {
  for (const Taken& entry : taken_) {
    if (entry.sku == sku && entry.location == location) return entry.units;
  }
  return 0;
}

void Allocation::take(SkuId sku, LocationId location, int64_t units) {
  for (Taken& entry : taken_) {
    if (entry.sku != sku || entry.location != location) continue;
    entry.units += units;
    return;
  }
  taken_.push_back({sku, location, units});
}

int64_t Allocation::free_at(SkuId sku, LocationId location) const {
  const Position* position = state_.position(sku, location);
  if (position == nullptr || !position->tracked) return 0;
  return std::max<int64_t>(0, position->available() - taken(sku, location));
}

bool Allocation::tracked(SkuId sku, LocationId location) const {
  const Position* position = state_.position(sku, location);
  return position != nullptr && position->tracked;
}

bool Allocation::in_market(LocationId location) const {
  return std::find(market_->locations.begin(), market_->locations.end(), location) !=
         market_->locations.end();
}

// What the channel may still have of the SKU, over all its places.
Allocation::Room& Allocation::room_of(SkuId sku) {
  for (Room& room : rooms_) {
    if (room.sku == sku) return room;
  }
  std::optional<int64_t> sum = sum_of(state_, *market_, sku);
  if (sum) {
    for (LocationId location : market_->locations) *sum -= taken(sku, location);
    sum = std::max<int64_t>(0, *sum);
  }
  return rooms_.emplace_back(Room{sku, sum});
}

// What is dealt to one place of the market out of its own stock, less what other lines asked there.
int64_t Allocation::own_room(SkuId sku, LocationId location) const {
  int64_t left = std::max<int64_t>(0, [&] {
    int64_t sum = sum_of(state_, *market_, sku).value_or(0);
    for (LocationId place : market_->locations) sum -= taken(sku, place);
    return sum;
  }());
  for (LocationId place : market_->locations) {
    const int64_t own = std::min(left, free_at(sku, place));
    left -= own;
    if (place != location) continue;
    int64_t named = 0;
    for (const Taken& entry : named_) {
      if (entry.sku == sku && entry.location == location) named += entry.units;
    }
    return std::max<int64_t>(0, own - named);
  }
  return 0;
}

std::optional<int64_t> Allocation::room_for(const Demand& line) {
  if (line.sku == kNoId) return std::nullopt;
  if (!line.placed) return room_of(line.sku).left;
  if (!tracked(line.sku, line.location)) return std::nullopt;
  const bool own_rules = market_ == nullptr || !state_.locations[line.location].settings.sellable;
  if (own_rules) {
    int64_t named = 0;
    for (const Taken& entry : named_) {
      if (entry.sku == line.sku && entry.location == line.location) named += entry.units;
    }
    return std::max<int64_t>(0, free_at(line.sku, line.location) - named);
  }
  if (!in_market(line.location)) return 0;
  return std::min(own_room(line.sku, line.location), room_of(line.sku).left.value_or(0));
}

Plan Allocation::plan(std::span<const Demand> lines) {
  Plan plan;
  Few<int64_t> granted(lines.size());
  for (size_t i = 0; i < lines.size(); ++i) {
    const Demand& line = lines[i];
    const std::optional<int64_t> room = room_for(line);
    granted[i] = std::min(line.quantity, room.value_or(0));
    if (granted[i] < line.quantity) plan.short_lines.push_back({i, room});
    if (granted[i] == 0) continue;
    if (line.placed) named_.push_back({line.sku, line.location, granted[i]});
    const bool counts = market_ != nullptr && (!line.placed || in_market(line.location));
    if (counts) *room_of(line.sku).left -= granted[i];
  }
  place(lines, granted, &plan);
  const auto by_line = [](const Part& a, const Part& b) { return a.line < b.line; };
  if (plan.parts.size() > 1) std::stable_sort(plan.parts.begin(), plan.parts.end(), by_line);
  return plan;
}

void Allocation::place(std::span<const Demand> lines, std::span<const int64_t> granted,
                       Plan* plan) {
  bool open = false;
  for (size_t i = 0; i < lines.size(); ++i) {
    if (granted[i] == 0) continue;
    if (!lines[i].placed) {
      open = true;
      continue;
    }
    take(lines[i].sku, lines[i].location, granted[i]);
    plan->parts.push_back({i, lines[i].location, granted[i]});
  }
  if (!open) return;
  // First one place that holds every open line whole; else line by line.
  for (LocationId location : market_->locations) {
    if (!holds_all(location, lines, granted)) continue;
    for (size_t i = 0; i < lines.size(); ++i) {
      if (granted[i] > 0 && !lines[i].placed) plan->parts.push_back({i, location, granted[i]});
    }
    return;
  }
  for (size_t i = 0; i < lines.size(); ++i) {
    if (granted[i] > 0 && !lines[i].placed) split(lines[i], i, granted[i], plan);
  }
}

bool Allocation::holds_all(LocationId location, std::span<const Demand> lines,
                           std::span<const int64_t> granted) const {
  for (size_t i = 0; i < lines.size(); ++i) {
    if (granted[i] == 0 || lines[i].placed) continue;
    int64_t wanted = 0;
    for (size_t j = 0; j < lines.size(); ++j) {
      if (lines[j].sku == lines[i].sku && !lines[j].placed) wanted += granted[j];
    }
    if (free_at(lines[i].sku, location) < wanted) return false;
  }
  return true;
}

// One line: the first place that holds it whole, else split in fill order; what the oversell limit
// adds falls on the first place.
void Allocation::split(const Demand& line, size_t index, int64_t quantity, Plan* plan) {
  const std::span<const LocationId> places = market_->locations;
  std::vector<int64_t> units(places.size());
  const auto whole = std::find_if(places.begin(), places.end(), [&](LocationId location) {
    return free_at(line.sku, location) >= quantity;
  });
  if (whole != places.end()) {
    units[static_cast<size_t>(whole - places.begin())] = quantity;
  } else {
    int64_t left = quantity;
    for (size_t i = 0; i < places.size(); ++i) {
      units[i] = std::min(left, free_at(line.sku, places[i]));
      left -= units[i];
    }
    for (size_t i = 0; i < places.size() && left > 0; ++i) {
      if (tracked(line.sku, places[i])) units[i] += std::exchange(left, 0);
    }
  }
  for (size_t i = 0; i < places.size(); ++i) {
    if (units[i] == 0) continue;
    take(line.sku, places[i], units[i]);
    plan->parts.push_back({index, places[i], units[i]});
  }
}

}  // namespace holdfast::ledger
