#include "ledger/queries.h"

#include <algorithm>
#include <charconv>

#include "ledger/allocation.h"
#include "ledger/bounds.h"
#include "ledger/decider.h"
#include "ledger/explain.h"
#include "ledger/shortfall.h"

namespace holdfast::ledger {
namespace {

constexpr size_t kLimitMax = 1'000;
constexpr size_t kLookedAtMax = 20'000;  // rows a page may pass over to find those it shows

size_t limit_of(const Query& query) { return std::clamp<size_t>(query.limit, 1, kLimitMax); }

/// Cursors of lists are the slot to go on from.
std::optional<uint32_t> slot_of(const std::string& cursor) {
  if (cursor.empty()) return 0;
  uint32_t slot = 0;
  const char* end = cursor.data() + cursor.size();
  const auto parsed = std::from_chars(cursor.data(), end, slot);
  if (parsed.ec != std::errc{} || parsed.ptr != end) return std::nullopt;
  return slot;
}

void fail(QueryResult* result, ErrorCode code, std::string detail) {
  result->error = {code, std::move(detail), {}};
}

/// Walks a slab from the query's cursor, calling `show(id)` (true = it took a place on the page).
template <typename T, typename Show>
void page(const Slab<T>& slab, const Query& query, QueryResult* result, Show show) {
  const std::optional<uint32_t> from = slot_of(query.cursor);
  if (!from) return fail(result, ErrorCode::kCursorInvalid, "not a cursor of this list");
  size_t shown = 0, looked_at = 0;
  uint32_t id = *from;
  for (; id < slab.size() && shown < limit_of(query) && looked_at < kLookedAtMax; ++id) {
    ++looked_at;
    if (slab.has(id) && show(id)) ++shown;
  }
  if (id < slab.size()) result->next_cursor = std::to_string(id);
}

void query_stock(const State& state, const Query& query, QueryResult* result) {
  const SkuId sku = state.find_sku(query.sku);
  if (sku == kNoId) return fail(result, ErrorCode::kUnknownSku, "no fact named this SKU yet");
  StockView view = stock_view(state, sku, query.sku);
  if (query.binding && !narrow(state, *query.binding, &view)) {
    return fail(result, ErrorCode::kUnknownSku, "no fact named this SKU yet");
  }
  result->stock.push_back(std::move(view));
}

void query_explain(const State& state, const Query& query, QueryResult* result) {
  if (query.binding) {  // it names every hold and order behind a number
    return fail(result, ErrorCode::kForbidden,
                "a key bound to channels or locations cannot ask why: use one without a binding");
  }
  const SkuId sku = state.find_sku(query.sku);
  if (sku == kNoId) return fail(result, ErrorCode::kUnknownSku, "no fact named this SKU yet");
  if (!query.channel.empty() && !market_of(state, query.channel)) {
    return fail(result, ErrorCode::kUnknownChannel, "no channel has this name: see /v1/channels");
  }
  result->stock.push_back(stock_view(state, sku, query.sku));
  result->explanation = explanation_of(state, sku, query.channel);
}

// SKUs in order of birth; the cursor is the name of the last one shown, valid for ever.
void query_stock_page(const State& state, const Query& query, QueryResult* result) {
  SkuId id = 0;
  if (!query.cursor.empty()) {
    const SkuId last = state.sku_names.find(query.cursor);
    if (last == kNoId) return fail(result, ErrorCode::kCursorInvalid, "not a cursor of this list");
    id = last + 1;
  }
  const LocationId location = state.location_names.find(query.location);
  size_t looked_at = 0;
  for (; id < state.skus.size(); ++id) {
    if (result->stock.size() == limit_of(query) || looked_at++ == kLookedAtMax) {
      result->next_cursor = state.sku_name(id - 1);
      return;
    }
    if (state.skus[id].same_as != kNoId) continue;
    StockView view = stock_view(state, id, state.sku_name(id));
    if (query.binding && !narrow(state, *query.binding, &view)) continue;
    if (!query.location.empty() && location == kNoId) continue;
    std::erase_if(view.locations, [&](const PositionView& position) {
      if (!query.location.empty() && position.location != query.location) return true;
      return query.tracked && position.tracked != *query.tracked;
    });
    if (view.locations.empty() && (!query.location.empty() || query.tracked)) continue;
    result->stock.push_back(std::move(view));
  }
}

void query_hold(const State& state, const Query& query, QueryResult* result) {
  const uint32_t id = state.find_hold(
      query.binding ? hold_meant(state, *query.binding, query.hold, false) : query.hold);
  if (id == kNoId || (query.binding && !shows(state, *query.binding, state.holds[id]))) {
    return fail(result, ErrorCode::kUnknownHold, "no such hold");
  }
  result->holds.push_back(view_of(state, id));
}

bool has_sku(const Hold& hold, SkuId sku) {
  return std::any_of(hold.lines.begin(), hold.lines.end(),
                     [&](const HoldLine& line) { return line.sku == sku; });
}

void query_holds(const State& state, const Query& query, QueryResult* result) {
  const SkuId sku = state.find_sku(query.sku);
  page(state.holds, query, result, [&](uint32_t id) {
    const Hold& hold = state.holds[id];
    if (state.forgotten(hold)) return false;
    if (query.binding && !shows(state, *query.binding, hold)) return false;
    if (query.open && hold.open() != *query.open) return false;
    if (!query.sku.empty() && (sku == kNoId || !has_sku(hold, sku))) return false;
    if (!query.reference.empty() && hold.reference != query.reference) return false;
    if (!query.channel.empty() &&
        (hold.channel == kNoId || state.channel_name(hold.channel) != query.channel)) {
      return false;
    }
    result->holds.push_back(view_of(state, id));
    return true;
  });
}

void query_order(const State& state, const Query& query, QueryResult* result) {
  const std::string_view channel =
      query.channel.empty() ? kDefaultChannel : std::string_view(query.channel);
  const uint32_t id = state.find_order(channel, query.order);
  if (id == kNoId || (query.binding && !shows(state, *query.binding, state.orders[id]))) {
    return fail(result, ErrorCode::kUnknownOrder, "no such order");
  }
  result->orders.push_back(view_of_order(state, state.orders[id]));
}

void query_orders(const State& state, const Query& query, QueryResult* result) {
  const SkuId sku = state.find_sku(query.sku);
  page(state.orders, query, result, [&](uint32_t id) {
    const Order& order = state.orders[id];
    if (query.binding && !shows(state, *query.binding, order)) return false;
    if (query.open && (order.committed > 0) != *query.open) return false;
    if (!query.sku.empty() && (sku == kNoId || order.of(sku) == nullptr)) return false;
    if (!query.channel.empty() && state.channel_name(order.channel) != query.channel) return false;
    result->orders.push_back(view_of_order(state, order));
    return true;
  });
}

void query_availability(const State& state, const Query& query, QueryResult* result) {
  std::optional<Market> market;
  if (!query.channel.empty()) {
    market = market_of(state, query.channel);
    if (!market) return fail(result, ErrorCode::kUnknownChannel, "no channel has this name");
  } else if (query.location.empty() && state.locations.size() != 1) {
    return fail(result, ErrorCode::kLocationRequired, "name a `channel` or a `location`");
  }
  if (query.binding && market && !shows_number(state, *query.binding, query.channel)) {
    return fail(result, ErrorCode::kForbidden,
                "the channel sells from locations that this key is not bound to");
  }
  LocationId location = 0;
  if (!query.location.empty()) location = state.location_names.find(query.location);
  if (query.binding && !market && location != kNoId &&
      !query.binding->has_location(state.location_name(location))) {
    return fail(result, ErrorCode::kForbidden, "this key is bound to other locations");
  }
  // All lines are judged together, as a hold of them would be; each shows its own SKU's number.
  std::vector<Demand> demands;
  std::vector<size_t> asked;
  result->all_ok = true;
  for (const CommandLine& line : query.lines) {
    const SkuId sku = state.find_sku(line.sku);
    AvailabilityLineView& view = result->availability.emplace_back();
    view.sku = line.sku;
    view.requested = line.quantity;
    if (market) {
      view.available_to_sell = available_to_sell(state, *market, sku);
    } else {
      view.available_to_sell = available_to_sell_at(state, sku, location);
    }
    view.ok = view.available_to_sell && line.quantity.value_or(1) <= *view.available_to_sell;
    demands.push_back({sku, !market, location, line.quantity.value_or(1)});
  }
  const Plan plan = Allocation(state, market ? &*market : nullptr).plan(demands);
  result->all_ok = plan.short_lines.empty();
}

void query_channels(const State& state, const Query& query, QueryResult* result) {
  const auto shown = [&](ChannelId id) {
    if (!state.channels[id].exists) return false;
    if (query.binding && !query.binding->has_channel(state.channel_name(id))) return false;
    ChannelView& view = result->channels.emplace_back(
        ChannelView{std::string(state.channel_name(id)), state.channels[id].settings});
    if (query.binding) {
      std::erase_if(view.settings.locations, [&](const std::string& location) {
        return !query.binding->has_location(location);
      });
    }
    return true;
  };
  if (!query.channel.empty()) {
    const ChannelId id = state.channel_names.find(query.channel);
    if (id == kNoId || !shown(id)) {
      return fail(result, ErrorCode::kUnknownChannel, "no channel has this name: see /v1/channels");
    }
    return;
  }
  page(state.channels, query, result, shown);
}

void query_locations(const State& state, const Query& query, QueryResult* result) {
  page(state.locations, query, result, [&](LocationId id) {
    if (query.binding && !query.binding->has_location(state.location_name(id))) return false;
    result->locations.push_back(
        {std::string(state.location_name(id)), state.locations[id].settings});
    return true;
  });
}

// Newest first; the cursor is the seq of the last one shown.
void query_discrepancies(const State& state, const Query& query, QueryResult* result) {
  Seq before = UINT64_MAX;
  if (!query.cursor.empty()) {
    const char* end = query.cursor.data() + query.cursor.size();
    if (std::from_chars(query.cursor.data(), end, before).ptr != end) {
      return fail(result, ErrorCode::kCursorInvalid, "not a cursor of this list");
    }
  }
  const auto& all = state.discrepancies;
  for (auto it = all.rbegin(); it != all.rend(); ++it) {
    if (it->seq >= before || (!query.sku.empty() && it->sku != query.sku)) continue;
    if (query.binding &&
        !shows(*query.binding, EventPlace{it->channel, it->location, {},
                                          it->channel.empty() && !it->order.empty()})) {
      continue;
    }
    if (!query.location.empty() && it->location != query.location) continue;
    if (result->discrepancies.size() == limit_of(query)) {
      result->next_cursor = std::to_string(result->discrepancies.back().seq);
      return;
    }
    result->discrepancies.push_back(*it);
  }
}

/// "channel/order": a channel's name may have a '/' of its own, so every reading must be visible.
bool shows_order(const State& state, const Binding& binding, std::string_view name) {
  bool any = false;
  for (size_t at = name.find('/'); at != std::string_view::npos; at = name.find('/', at + 1)) {
    const uint32_t order = state.find_order(name.substr(0, at), name.substr(at + 1));
    if (order == kNoId) continue;
    if (!shows(state, binding, state.orders[order])) return false;
    any = true;
  }
  return any;
}

/// Names no hold and no order that the binding does not show.
void hide_others(const State& state, const Binding& binding, ShortfallDetail* detail) {
  std::erase_if(detail->holds, [&](const auto& named) {
    const uint32_t hold = state.find_hold(named.first);
    return hold == kNoId || !shows(state, binding, state.holds[hold]);
  });
  std::erase_if(detail->orders,
                [&](const auto& named) { return !shows_order(state, binding, named.first); });
}

void query_shortfalls(const State& state, const Query& query, QueryResult* result) {
  page(state.skus, query, result, [&](SkuId id) {
    const Sku& sku = state.skus[id];
    if (!query.sku.empty() && state.find_sku(query.sku) != id) return false;
    bool any = false;
    for (const Position& position : sku.positions) {
      if (!position.tracked || position.available() >= 0) continue;
      if (query.binding && !query.binding->has_location(state.location_name(position.location))) {
        continue;
      }
      if (!query.location.empty() && state.location_name(position.location) != query.location) {
        continue;
      }
      ShortfallDetail detail = endangered_at(state, position);
      if (query.binding) hide_others(state, *query.binding, &detail);
      ShortfallView& view = result->shortfalls.emplace_back();
      view.sku = state.sku_name(id);
      view.location = state.location_name(position.location);
      view.quantity = detail.missing;
      view.holds = std::move(detail.holds);
      view.orders = std::move(detail.orders);
      view.more = detail.more;
      any = true;
    }
    return any;
  });
}

}  // namespace

StockView stock_view(const State& state, SkuId id, std::string_view name) {
  const Sku& sku = state.skus[id];
  StockView view;
  view.sku = name;
  view.sku_seq = sku.sku_seq;
  view.seq = state.last_seq;
  for (const Position& position : sku.positions) {
    PositionView& at = view.locations.emplace_back();
    at.location = state.location_name(position.location);
    at.tracked = position.tracked;
    at.available = position.balance(Account::kAvailable);
    at.held = position.balance(Account::kHeld);
    at.committed = position.balance(Account::kCommitted);
    at.damaged = position.balance(Account::kDamaged);
    at.quality_control = position.balance(Account::kQualityControl);
    at.incoming = position.balance(Account::kIncoming);
    at.in_transit = position.balance(Account::kInTransit);
  }
  std::sort(view.locations.begin(), view.locations.end(),
            [](const PositionView& a, const PositionView& b) { return a.location < b.location; });
  for (ChannelId channel = 0; channel < state.channels.size(); ++channel) {
    if (!state.channels[channel].exists) continue;
    const Market market = *market_of(state, state.channel_name(channel));
    ChannelAvailability& at = view.channels.emplace_back();
    at.channel = state.channel_name(channel);
    at.available_to_sell = available_to_sell(state, market, id);
    for (const Dealt& dealt : deal(state, market, id)) {
      at.locations.emplace_back(std::string(state.location_name(dealt.location)), dealt.units);
    }
  }
  return view;
}

QueryResult answer_query(const State& state, const Query& query, Timestamp) {
  QueryResult result;
  result.error.code = ErrorCode::kNone;
  result.seq = state.last_seq;
  switch (query.type) {
    case QueryType::kStock:
      query_stock(state, query, &result);
      break;
    case QueryType::kStockPage:
      query_stock_page(state, query, &result);
      break;
    case QueryType::kHold:
      query_hold(state, query, &result);
      break;
    case QueryType::kHolds:
      query_holds(state, query, &result);
      break;
    case QueryType::kOrder:
      query_order(state, query, &result);
      break;
    case QueryType::kOrders:
      query_orders(state, query, &result);
      break;
    case QueryType::kAvailability:
      query_availability(state, query, &result);
      break;
    case QueryType::kChannels:
      query_channels(state, query, &result);
      break;
    case QueryType::kLocations:
      query_locations(state, query, &result);
      break;
    case QueryType::kDiscrepancies:
      query_discrepancies(state, query, &result);
      break;
    case QueryType::kShortfalls:
      query_shortfalls(state, query, &result);
      break;
    case QueryType::kExplain:
      query_explain(state, query, &result);
      break;
  }
  return result;
}

}  // namespace holdfast::ledger
