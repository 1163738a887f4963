// Requests: where they may take from, and those that end in an order (commit, accept).
#include <algorithm>

#include "ledger/decider.h"
#include "ledger/shortfall.h"

namespace holdfast::ledger {

std::optional<Outcome> Decider::prepare_request(const Command& command, Request* request) const {
  if (!command.channel.empty()) {
    request->market = market_of(state_, command.channel);
    if (!request->market) {
      return rejected(ErrorCode::kUnknownChannel, "no channel of this name has settings",
                      "/channel");
    }
  }
  for (size_t i = 0; i < command.lines.size(); ++i) {
    const CommandLine& line = command.lines[i];
    if (!line.quantity) {
      return rejected(ErrorCode::kMissingField, "`quantity` is missing",
                      "/lines/" + std::to_string(i));
    }
    Demand demand;
    demand.sku = state_.find_sku(line.sku);
    demand.quantity = *line.quantity;
    const std::string& place = line.location.empty() ? command.location : line.location;
    if (!place.empty()) {
      demand.placed = true;
      demand.location = state_.location_names.find(place);
      if (demand.location == kNoId) {
        return rejected(ErrorCode::kUnknownLocation, "no location of this name",
                        "/lines/" + std::to_string(i) + "/location");
      }
    } else if (!request->market) {
      if (state_.locations.size() != 1) {
        return rejected(ErrorCode::kLocationRequired, "a request needs a `channel` or a `location`",
                        "/channel");
      }
      demand.placed = true;
      demand.location = 0;
    }
    request->lines.push_back(demand);
  }
  return std::nullopt;
}

std::vector<Shortage> Decider::shortages_of(const Command& command, const Plan& plan) const {
  std::vector<Shortage> shortages;
  for (const ShortLine& short_line : plan.short_lines) {
    const CommandLine& line = command.lines[short_line.line];
    Shortage& shortage = shortages.emplace_back();
    shortage.line = line.line;
    shortage.sku = line.sku;
    shortage.location = line.location.empty() ? command.location : line.location;
    shortage.requested = *line.quantity;
    shortage.available_to_sell = short_line.available_to_sell.value_or(0);
    shortage.untracked = !short_line.available_to_sell.has_value();
  }
  return shortages;
}

Outcome Decider::insufficient(const Command& command, const Plan& plan) const {
  Outcome outcome = refused(ErrorCode::kInsufficientStock, "not enough to sell: see `shortages`");
  outcome.shortages = shortages_of(command, plan);
  return outcome;
}

bool Decider::names_order(const Hold& hold, std::string_view channel,
                          std::string_view order) const {
  const ChannelId id = state_.channel_names.find(channel);
  return std::find(hold.commits.begin(), hold.commits.end(),
                   std::pair<ChannelId, std::string>(id, order)) != hold.commits.end();
}

Outcome Decider::hold_commit(const Command& command) {
  const uint32_t id = state_.find_hold(command.hold);
  if (id == kNoId) {
    // The ledger's own id of a hold that left memory: it ended, so it is not "unknown".
    const std::string prefix = "h_" + std::to_string(options_.incarnation) + "_";
    if (command.hold.starts_with(prefix) && command.hold.size() < prefix.size() + 20) {
      const Seq seq = strtoull(command.hold.c_str() + prefix.size(), nullptr, 10);
      if (seq > 0 && seq <= state_.forgotten_holds) {
        return refused(ErrorCode::kHoldExpired, "the hold ended more than 35 days ago");
      }
    }
    return rejected(ErrorCode::kUnknownHold, "no such hold", "/id");
  }
  const Hold& hold = state_.holds[id];
  std::string_view channel = command.channel;
  if (channel.empty() && hold.channel != kNoId) channel = state_.channel_name(hold.channel);
  if (channel.empty()) channel = kDefaultChannel;
  const bool own_channel = hold.channel != kNoId && channel == state_.channel_name(hold.channel);
  if (!own_channel && !market_of(state_, channel)) {
    return rejected(ErrorCode::kUnknownChannel, "no channel of this name has settings", "/channel");
  }
  const uint32_t order = state_.find_order(channel, command.order);
  if (order == kNoId && state_.open_orders >= options_.orders_open_max) {
    return rejected(ErrorCode::kTooManyOpen, "too many open orders");
  }
  if (!hold.open()) return commit_again(hold, command, channel);
  const auto chosen = choose(hold, command, &HoldLine::remaining);
  if (!chosen) {
    if (names_order(hold, channel, command.order)) return commit_again(hold, command, channel);
    return with_hold(
        rejected(ErrorCode::kInvalidQuantity, "the hold has less left than that", "/lines"),
        command.hold);
  }
  const int64_t endangered = endangered_of(state_, id);
  if (endangered > 0 && command.refuse_if_endangered) {
    return with_hold(
        refused(ErrorCode::kHoldEndangered,
                std::to_string(endangered) + " of its units were sold by a fact; the hold is kept"),
        command.hold);
  }
  // From here on it succeeds.
  for (const Chosen& units : *chosen) {
    const HoldLine& line = hold.lines[units.line];
    const Order* known = nullptr;
    if (const uint32_t now = state_.find_order(channel, command.order); now != kNoId) {
      known = &state_.orders[now];
    }
    // As far as the order does not have these units yet: its own webhook may have come first.
    const Order nothing;
    const OrderSku no_part;
    const OrderSku* part = known == nullptr ? nullptr : known->of(line.sku);
    if (part == nullptr) part = &no_part;
    const OrderTarget target = target_of(known == nullptr ? nothing : *known, *part, units.units);
    const int64_t needed =
        std::clamp<int64_t>(target.committed - part->committed(), 0, units.units);
    for (bool to_order : {true, false}) {
      Event event = hold_event(EventType::kHoldCommitted, hold, line);
      event.channel = channel;
      event.order = command.order;
      event.from = Account::kHeld;
      event.to = to_order ? Account::kCommitted : Account::kAvailable;
      event.quantity = to_order ? needed : units.units - needed;
      if (event.quantity == 0) continue;
      if (event.quantity == hold.remaining) event.flags |= Event::kClosed;
      if (endangered > 0) {
        event.has_total = true;
        event.total = endangered;
      }
      emit(event);
    }
  }
  if (command.release_rest) {
    for (size_t i = 0; i < hold.lines.size(); ++i) {
      if (hold.lines[i].remaining == 0) continue;
      Event event = hold_event(EventType::kHoldReleased, hold, hold.lines[i]);
      event.from = Account::kHeld;
      event.to = Account::kAvailable;
      event.quantity = hold.lines[i].remaining;
      if (event.quantity == hold.remaining) event.flags |= Event::kClosed;
      emit(event);
    }
  }
  reconcile_committed(channel);
  Outcome outcome = with_hold(done(OutcomeStatus::kAccepted), command.hold);
  if (outcome.hold) outcome.hold->endangered = endangered;
  return outcome;
}

// A commit that finds too little left: the same one again, one to another order, or one that came
// late.
Outcome Decider::commit_again(const Hold& hold, const Command& command, std::string_view channel) {
  const bool same = names_order(hold, channel, command.order);
  const bool expired = std::any_of(hold.lines.begin(), hold.lines.end(),
                                   [](const HoldLine& line) { return line.expired > 0; });
  if (same && (!expired || (!command.lines.empty() &&
                            choose(hold, command, &HoldLine::committed).has_value()))) {
    return with_hold(done(OutcomeStatus::kDuplicate), command.hold);
  }
  if (expired) {
    if (command.rehold) return rehold(state_.find_hold(hold.id), command, channel);
    return with_hold(refused(ErrorCode::kHoldExpired,
                             "the hold's time is over: send `rehold` to take the units afresh"),
                     command.hold);
  }
  if (!same && !hold.commits.empty()) {
    const auto& [other, order] = hold.commits.front();
    return with_hold(
        refused(ErrorCode::kHoldCommittedElsewhere,
                "committed to order " + std::string(state_.channel_name(other)) + "/" + order),
        command.hold);
  }
  return with_hold(refused(ErrorCode::kHoldClosed, "the hold is released"), command.hold);
}

// Takes expired units afresh, straight into the order, all or nothing and checked like a new
// request.
Outcome Decider::rehold(uint32_t id, const Command& command, std::string_view channel) {
  const Hold& hold = state_.holds[id];
  const auto chosen = choose(hold, command, &HoldLine::expired);
  if (!chosen) {
    return with_hold(rejected(ErrorCode::kInvalidQuantity, "the hold had less than that", "/lines"),
                     command.hold);
  }
  Command wanted;
  if (hold.channel != kNoId) wanted.channel = state_.channel_name(hold.channel);
  struct Spare {  // units the order has already, by its own webhook
    SkuId sku;
    LocationId location;
    std::string line;
    int64_t units;
  };
  std::vector<Spare> spares;
  const uint32_t order = state_.find_order(channel, command.order);
  const Order nothing;
  const Order& known = order == kNoId ? nothing : state_.orders[order];
  for (size_t i = 0; i < chosen->size(); ++i) {
    const HoldLine& line = hold.lines[(*chosen)[i].line];
    const OrderSku no_part;
    const OrderSku* part = known.of(line.sku);
    if (part == nullptr) part = &no_part;
    // Only what the order does not have yet is taken; with the lines before it.
    int64_t committed = (*chosen)[i].units, spared = 0;
    for (size_t j = 0; j < i; ++j) {
      if (hold.lines[(*chosen)[j].line].sku == line.sku) committed += (*chosen)[j].units;
    }
    for (const Spare& spare : spares) spared += spare.sku == line.sku ? spare.units : 0;
    const int64_t taken = committed - (*chosen)[i].units - spared;
    const OrderTarget target = target_of(known, *part, committed);
    const int64_t needed =
        std::clamp<int64_t>(target.committed - part->committed() - taken, 0, (*chosen)[i].units);
    const int64_t spare = (*chosen)[i].units - needed;
    if (spare > 0) spares.push_back({line.sku, line.location, line.line, spare});
    if (needed == 0) continue;
    const std::string_view place =
        wanted.channel.empty() ? state_.location_name(line.location) : std::string_view{};
    const auto same =
        std::find_if(wanted.lines.begin(), wanted.lines.end(), [&](const CommandLine& other) {
          return other.sku == state_.sku_name(line.sku) && other.line == line.line &&
                 other.location == place;
        });
    if (same != wanted.lines.end()) {  // was split over places: one line all the same
      *same->quantity += needed;
      continue;
    }
    CommandLine& added = wanted.lines.emplace_back();
    added.sku = state_.sku_name(line.sku);
    added.line = line.line;
    added.location = place;
    added.quantity = needed;
  }
  Request request;
  if (auto no = prepare_request(wanted, &request)) return std::move(*no);
  const Plan plan =
      Allocation(state_, request.market ? &*request.market : nullptr).plan(request.lines);
  if (!plan.short_lines.empty()) return with_hold(insufficient(wanted, plan), command.hold);
  // From here on it succeeds.
  const auto move = [&](SkuId sku, LocationId location, std::string_view line, int64_t units,
                        bool back) {
    Event event = event_of(back ? EventType::kOrderChanged : EventType::kHoldCommitted);
    event.sku = state_.sku_name(sku);
    event.from = back ? Account::kCommitted : Account::kAvailable;
    event.to = back ? Account::kAvailable : Account::kCommitted;
    event.quantity = units;
    event.location = state_.location_name(location);
    event.line = line;
    if (!back) event.hold = command.hold;
    event.channel = channel;
    event.order = command.order;
    emit(event);
  };
  for (const Part& part : plan.parts) {
    move(request.lines[part.line].sku, part.location, wanted.lines[part.line].line, part.quantity,
         false);
  }
  // What the order had counts as committed all the same, and goes back where it was.
  for (const Spare& spare : spares) {
    move(spare.sku, spare.location, spare.line, spare.units, false);
    move(spare.sku, spare.location, spare.line, spare.units, true);
  }
  reconcile_committed(channel);
  return with_hold(done(OutcomeStatus::kAccepted), command.hold);
}

Outcome Decider::order_accept(const Command& command) {
  const std::string_view channel =
      command.channel.empty() ? kDefaultChannel : std::string_view(command.channel);
  if (const uint32_t known = state_.find_order(channel, command.order); known != kNoId) {
    const Order& order = state_.orders[known];
    bool equal = !order.cancelled;
    size_t matched = 0;
    for (const OrderSku& part : order.skus) {
      int64_t wanted = 0;
      for (const CommandLine& line : command.lines) {
        if (state_.find_sku(line.sku) == part.sku) wanted += line.quantity.value_or(0);
      }
      equal = equal && wanted == target_of(order, part).ordered;
      if (wanted > 0) ++matched;
    }
    std::vector<SkuId> asked;
    for (const CommandLine& line : command.lines) asked.push_back(state_.find_sku(line.sku));
    std::sort(asked.begin(), asked.end());
    const auto distinct =
        static_cast<size_t>(std::unique(asked.begin(), asked.end()) - asked.begin());
    Outcome outcome = equal && matched == distinct
                          ? done(OutcomeStatus::kDuplicate)
                          : refused(ErrorCode::kOrderExists, "this order exists with other lines");
    outcome.order = view_of_order(state_, order);
    return outcome;
  }
  if (state_.open_orders >= options_.orders_open_max) {
    return rejected(ErrorCode::kTooManyOpen, "too many open orders");
  }
  Request request;
  if (auto no = prepare_request(command, &request)) return std::move(*no);
  const Plan plan =
      Allocation(state_, request.market ? &*request.market : nullptr).plan(request.lines);
  if (!plan.short_lines.empty()) return insufficient(command, plan);
  // From here on it succeeds.
  for (const Part& part : plan.parts) {
    Event event = event_of(EventType::kOrderAccepted);
    event.sku = state_.sku_name(request.lines[part.line].sku);
    event.from = Account::kAvailable;
    event.to = Account::kCommitted;
    event.quantity = part.quantity;
    event.location = state_.location_name(part.location);
    event.line = command.lines[part.line].line;
    event.channel = channel;
    event.order = command.order;
    event.reference = command.reference;
    emit(event);
  }
  Outcome outcome = done(OutcomeStatus::kAccepted);
  const uint32_t made = state_.find_order(channel, command.order);
  if (made != kNoId) outcome.order = view_of_order(state_, state_.orders[made]);
  return outcome;
}

}  // namespace holdfast::ledger
