#include "ledger/explain.h"

#include <algorithm>

#include "ledger/allocation.h"
#include "model/limits.h"

namespace holdfast::ledger {
namespace {

void claim_holds(const State& state, const Position& position, PlaceClaims* claims) {
  int64_t left = position.balance(Account::kHeld);
  for (ChainRef ref = position.holds.newest; !ref.none();) {
    const Hold& hold = state.holds[ref.record];
    const HoldLine& line = state.hold_line(ref);
    if (!claims->holds.empty() && claims->holds.back().hold == hold.id) {
      claims->holds.back().units += line.remaining;
    } else {
      if (claims->holds.size() == limits::kExplainNamesMax) break;
      PlaceClaims::HoldClaim& claim = claims->holds.emplace_back();
      claim.hold = hold.id;
      if (hold.channel != kNoId) claim.channel = state.channel_name(hold.channel);
      claim.units = line.remaining;
      claim.expires_at = hold.deadline;
      claim.seq = hold.first_seq;
    }
    left -= line.remaining;
    ref = line.links.older;
  }
  claims->held_by_others = left;
}

void claim_orders(const State& state, const Position& position, PlaceClaims* claims) {
  int64_t left = position.balance(Account::kCommitted);
  for (ChainRef ref = position.orders.newest; !ref.none();) {
    if (claims->orders.size() == limits::kExplainNamesMax) break;
    const Order& order = state.orders[ref.record];
    const Commitment& commitment = state.commitment(ref);
    claims->orders.push_back({std::string(state.channel_name(order.channel)), order.order,
                              commitment.units, order.first_seq});
    left -= commitment.units;
    ref = commitment.links.older;
  }
  claims->committed_by_others = left;
}

PlaceClaims claims_at(const State& state, const Position& position) {
  PlaceClaims claims;
  claims.location = state.location_name(position.location);
  claims.sellable = state.locations[position.location].settings.sellable;
  claim_holds(state, position, &claims);
  claim_orders(state, position, &claims);
  if (position.tracked) claims.shortfall = std::max<int64_t>(0, -position.available());
  return claims;
}

/// The channel's places in fill order, those it may not sell from included.
std::vector<LocationId> places_of(const State& state, std::string_view channel) {
  const ChannelId id = state.channel_names.find(channel);
  if (id != kNoId && state.channels[id].exists) return state.channels[id].locations;
  std::vector<LocationId> every;
  for (LocationId place = 0; place < state.locations.size(); ++place) every.push_back(place);
  return every;
}

void add_term(const State& state, SkuId sku, LocationId location, const std::vector<Dealt>& dealt,
              ChannelSum* sum) {
  if (sum->terms.size() == limits::kExplainPlacesMax) {
    ++sum->more;
    return;
  }
  ChannelTerm& term = sum->terms.emplace_back();
  term.location = state.location_name(location);
  const Position* position = state.position(sku, location);
  if (!state.locations[location].settings.sellable) {
    term.left_out = LeftOut::kNotSellable;
  } else if (position == nullptr || !position->tracked) {
    term.left_out = LeftOut::kUntracked;
  } else {
    term.available = position->available();
  }
  for (const Dealt& part : dealt) {
    if (part.location == location) term.dealt = part.units;
  }
}

ChannelSum sum_of_channel(const State& state, SkuId sku, std::string_view channel) {
  const Market market = *market_of(state, channel);
  ChannelSum sum;
  sum.channel = channel;
  sum.buffer = market.buffer;
  sum.oversell_limit = market.oversell_limit;
  sum.available = available_in(state, market, sku);
  sum.available_to_sell = available_to_sell(state, market, sku);
  const std::vector<Dealt> dealt = deal(state, market, sku);
  const std::vector<LocationId> places = places_of(state, channel);
  for (const LocationId place : places) add_term(state, sku, place, dealt, &sum);
  for (const Position& position : state.skus[sku].positions) {
    if (std::find(places.begin(), places.end(), position.location) != places.end()) continue;
    if (sum.terms.size() == limits::kExplainPlacesMax) {
      ++sum.more;
      continue;
    }
    ChannelTerm& term = sum.terms.emplace_back();
    term.location = state.location_name(position.location);
    term.left_out = LeftOut::kNotInChannel;
  }
  return sum;
}

}  // namespace

Explanation explanation_of(const State& state, SkuId sku, std::string_view channel) {
  Explanation why;
  why.sku = state.sku_name(sku);
  std::vector<const Position*> positions;
  for (const Position& position : state.skus[sku].positions) positions.push_back(&position);
  std::sort(positions.begin(), positions.end(), [&](const Position* a, const Position* b) {
    return state.location_name(a->location) < state.location_name(b->location);
  });
  for (const Position* position : positions) {
    if (why.places.size() == limits::kExplainPlacesMax) {
      ++why.more_places;
    } else {
      why.places.push_back(claims_at(state, *position));
    }
  }
  if (!channel.empty()) {
    why.channels.push_back(sum_of_channel(state, sku, channel));
    return why;
  }
  for (ChannelId id = 0; id < state.channels.size(); ++id) {
    if (!state.channels[id].exists) continue;
    if (why.channels.size() == limits::kExplainChannelsMax) {
      ++why.more_channels;
    } else {
      why.channels.push_back(sum_of_channel(state, sku, state.channel_name(id)));
    }
  }
  return why;
}

}  // namespace holdfast::ledger
