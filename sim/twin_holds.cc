// What a channel may sell, where a request is met from, and the life of a hold.
#include <algorithm>

#include "model/limits.h"
#include "sim/twin.h"

namespace holdfast::sim {

bool Twin::Hold::open() const {
  return std::ranges::any_of(lines, [](const HoldLine& line) { return line.remaining > 0; });
}
bool Twin::Hold::expired() const {
  return std::ranges::any_of(lines, [](const HoldLine& line) { return line.expired > 0; });
}

// ---- available to sell
// -----------------------------------------------------------------------------

bool Twin::is_tracked(const std::string& sku, const std::string& location) const {
  const auto found = positions_.find({sku, location});
  return found != positions_.end() && found->second.tracked;
}

bool Twin::is_sellable(const std::string& location) const {
  const auto found = location_settings_.find(location);
  return found == location_settings_.end() || found->second.sellable;
}

/// What a request for this place alone may take.
int64_t Twin::free_at(const std::string& sku, const std::string& location) const {
  if (!is_tracked(sku, location)) return 0;
  return std::max<int64_t>(0, positions_.at({sku, location}).balance[1]);
}

std::vector<std::string> Twin::fill_order(const std::string& channel) const {
  std::vector<std::string> order;
  const auto found = channels_.find(channel);
  if (found == channels_.end()) return order;
  std::ranges::copy_if(found->second.locations, std::back_inserter(order),
                       [&](const std::string& location) { return is_sellable(location); });
  return order;
}

std::optional<int64_t> Twin::available_to_sell(const std::string& sku,
                                               const std::string& channel) const {
  int64_t sum = 0;
  bool tracked = false;
  for (const std::string& location : fill_order(channel)) {
    if (!is_tracked(sku, location)) continue;
    tracked = true;
    sum += positions_.at({sku, location}).balance[1];
  }
  if (!tracked) return std::nullopt;
  const ChannelSettings& settings = channels_.at(channel);
  return std::max<int64_t>(0, sum - settings.buffer + settings.oversell_limit) +
         ats_error_for_tests;
}

std::map<std::string, int64_t> Twin::deal(const std::string& sku, const std::string& channel,
                                          bool own_stock_only) const {
  std::map<std::string, int64_t> dealt;
  const int64_t all = available_to_sell(sku, channel).value_or(0);
  const std::vector<std::string> order = fill_order(channel);
  if (order.empty()) return dealt;
  int64_t own = -channels_.at(channel).buffer;  // what there is without the oversell limit
  for (const std::string& location : order) {
    if (is_tracked(sku, location)) own += positions_.at({sku, location}).balance[1];
  }
  own = std::clamp<int64_t>(own, 0, all);
  int64_t rest = own;
  for (const std::string& location : order) {
    dealt[location] = std::min(rest, free_at(sku, location));
    rest -= dealt[location];
  }
  if (!own_stock_only) dealt[order.front()] += all - own;
  return dealt;
}

ChannelAvailability Twin::availability(const std::string& sku, const std::string& channel) const {
  ChannelAvailability answer{channel, available_to_sell(resolve(sku), channel), {}};
  const auto dealt = deal(resolve(sku), channel, false);
  for (const std::string& location : fill_order(channel)) {
    answer.locations.emplace_back(location, dealt.at(location));
  }
  return answer;
}

// ---- granting a request
// ----------------------------------------------------------------------------

std::optional<Outcome> Twin::nowhere(const Command& command, const std::string& channel,
                                     const std::vector<CommandLine>& lines) const {
  for (const CommandLine& line : lines) {
    if (!line.location.empty() || !command.location.empty()) continue;
    if (channels_.contains(channel)) continue;
    if (location_names_.size() == 1) continue;
    return rejected(channel.empty() ? ErrorCode::kLocationRequired : ErrorCode::kUnknownChannel);
  }
  return std::nullopt;
}

std::vector<Twin::Demand> Twin::demands_of(const Command& command,
                                           const std::vector<CommandLine>& lines) const {
  std::vector<Demand> demands;
  for (const CommandLine& line : lines) {
    Demand demand{line.sku, line.location, line.line, line.quantity.value_or(0), 0, {}};
    if (demand.location.empty()) demand.location = command.location;
    demands.push_back(std::move(demand));
  }
  return demands;
}

/// Says what is short; each demand gets `granted`, the part a partial hold would have.
std::vector<Shortage> Twin::grant(const std::string& channel, std::vector<Demand>& demands) const {
  const bool has_channel = channels_.contains(channel);
  std::map<std::string, int64_t> rest;               // of the channel, by SKU
  std::map<Place, int64_t> rest_at;                  // of a named place
  std::map<Place, std::optional<int64_t>> limit_at;  // what was there before this request
  std::map<std::string, int64_t> asked;              // of the channel, by SKU
  std::map<Place, int64_t> asked_at;
  const auto place_alone = [&](const Demand& demand) {
    return !demand.location.empty() && (!has_channel || !is_sellable(demand.location));
  };
  for (Demand& demand : demands) {
    if (demand.location.empty() && !has_channel) demand.location = location_names_.front();
    const Place place{demand.sku, demand.location};
    if (!place_alone(demand)) {
      asked[demand.sku] += demand.quantity;
      rest[demand.sku] = available_to_sell(demand.sku, channel).value_or(0);
    }
    if (demand.location.empty()) {
      limit_at[place] = available_to_sell(demand.sku, channel);
    } else {
      asked_at[place] += demand.quantity;
      if (place_alone(demand)) {
        limit_at[place] = free_at(demand.sku, demand.location);
      } else {
        const auto dealt = deal(demand.sku, channel, true);
        limit_at[place] = dealt.contains(demand.location) ? dealt.at(demand.location) : 0;
      }
      if (!is_tracked(demand.sku, demand.location)) limit_at[place].reset();
    }
    rest_at[place] = limit_at[place].value_or(0);
  }
  std::vector<Shortage> shortages;
  // Named places first: what they take of the channel's sum is not there for the other lines.
  for (const bool named : {true, false}) {
    for (Demand& demand : demands) {
      if (demand.location.empty() == named) continue;
      const Place place{demand.sku, demand.location};
      demand.granted = std::min(demand.quantity, rest_at[place]);
      if (!place_alone(demand)) {
        demand.granted = std::min(demand.granted, rest[demand.sku]);
        rest[demand.sku] -= demand.granted;
      }
      rest_at[place] -= demand.granted;
    }
  }
  for (const Demand& demand : demands) {
    const Place place{demand.sku, demand.location};
    const int64_t wanted = demand.location.empty() ? asked[demand.sku] : asked_at[place];
    if (wanted <= limit_at[place].value_or(0)) continue;
    shortages.push_back({demand.line, demand.sku, demand.location, demand.quantity,
                         limit_at[place].value_or(0), !limit_at[place].has_value()});
  }
  return shortages;
}

/// Chooses places for what was granted: one that holds everything, else line by line, else split.
void Twin::fill(const std::string& channel, std::vector<Demand>& demands, bool fact) const {
  std::map<Place, int64_t> used;
  const auto left = [&](const std::string& sku, const std::string& location) {
    const auto found = used.find({sku, location});
    return std::max<int64_t>(0, free_at(sku, location) - (found == used.end() ? 0 : found->second));
  };
  const auto give = [&](Demand& demand, const std::string& location, int64_t quantity) {
    if (quantity == 0) return;
    demand.takes.push_back({location, quantity});
    used[{demand.sku, location}] += quantity;
  };
  std::map<std::string, int64_t> open;
  for (Demand& demand : demands) {
    if (!demand.location.empty()) {
      give(demand, demand.location, demand.granted);
    } else {
      open[demand.sku] += demand.granted;
    }
  }
  std::vector<std::string> order = fill_order(channel);
  if (order.empty() && fact && channels_.contains(channel)) order = channels_.at(channel).locations;
  const auto whole = std::ranges::find_if(order, [&](const std::string& location) {
    return std::ranges::all_of(
        open, [&](const auto& entry) { return left(entry.first, location) >= entry.second; });
  });
  for (Demand& demand : demands) {
    if (!demand.location.empty()) continue;
    int64_t rest = demand.granted;
    auto place = whole;
    if (place == order.end()) {
      place = std::ranges::find_if(
          order, [&](const std::string& location) { return left(demand.sku, location) >= rest; });
    }
    if (place != order.end()) {
      give(demand, *place, rest);
      continue;
    }
    std::vector<Take> takes;
    for (const std::string& location : order) {
      takes.push_back({location, std::min(rest, left(demand.sku, location))});
      rest -= takes.back().quantity;
    }
    if (!takes.empty()) takes.front().quantity += rest;
    for (const Take& take : takes) give(demand, take.location, take.quantity);
  }
}

// ---- holds
// -----------------------------------------------------------------------------------------

void Twin::expire_due(Timestamp now) {
  now_ = now;
  for (auto& [id, hold] : holds_) {
    if (hold.deadline > now) continue;
    for (HoldLine& line : hold.lines) {
      move(line.sku, Account::kHeld, line.location, Account::kAvailable, line.location,
           line.remaining, {});
      line.expired += line.remaining;
      line.remaining = 0;
    }
  }
}

void Twin::take_into(Hold& hold, const std::vector<Demand>& demands) {
  for (const Demand& demand : demands) {
    for (const Take& take : demand.takes) {
      move(demand.sku, Account::kAvailable, take.location, Account::kHeld, take.location,
           take.quantity, {});
      hold.lines.push_back(
          {demand.line, demand.sku, take.location, take.quantity, take.quantity, 0, 0, 0});
    }
  }
}

Outcome Twin::place_hold(const Command& command) {
  const auto same = [](const std::vector<CommandLine>& a, const std::vector<CommandLine>& b) {
    return std::ranges::equal(a, b, [](const CommandLine& x, const CommandLine& y) {
      return std::tie(x.sku, x.location, x.line, x.quantity) ==
             std::tie(y.sku, y.location, y.line, y.quantity);
    });
  };
  if (const auto found = holds_.find(command.hold); found != holds_.end()) {
    if (!same(found->second.asked, command.lines)) return refused(ErrorCode::kHoldExists);
    Outcome outcome = recorded(false);
    outcome.hold = view(found->second);
    return outcome;
  }
  if (auto missing = nowhere(command, command.channel, command.lines)) return *missing;
  std::vector<Demand> demands = demands_of(command, command.lines);
  const std::vector<Shortage> shortages = grant(command.channel, demands);
  const bool something =
      std::ranges::any_of(demands, [](const Demand& d) { return d.granted > 0; });
  if (!shortages.empty() && !(command.allow_partial && something)) {
    Outcome outcome = refused(ErrorCode::kInsufficientStock);
    outcome.shortages = shortages;
    return outcome;
  }
  fill(command.channel, demands, false);
  Hold& hold = holds_[command.hold];
  hold.number = ++numbers_;
  hold.id = command.hold;
  hold.channel = command.channel;
  hold.reference = command.reference;
  hold.created = now_;
  hold.deadline = now_ + command.ttl_s.value_or(limits::kHoldTtlDefaultS) * kSecond;
  hold.asked = command.lines;
  take_into(hold, demands);
  Outcome outcome = recorded(true);
  outcome.status = OutcomeStatus::kAccepted;
  outcome.shortages = shortages;
  outcome.hold = view(hold);
  return outcome;
}

Outcome Twin::change_hold(const Command& command) {
  const auto found = holds_.find(command.hold);
  if (found == holds_.end()) return rejected(ErrorCode::kUnknownHold);
  Hold& hold = found->second;
  if (!hold.open())
    return refused(hold.expired() ? ErrorCode::kHoldExpired : ErrorCode::kHoldClosed);
  if (auto missing = nowhere(command, hold.channel, command.lines)) return *missing;

  // Its own units come back first; then the new lines are a request like any other.
  Twin before = *this;
  for (HoldLine& line : hold.lines) {
    move(line.sku, Account::kHeld, line.location, Account::kAvailable, line.location,
         line.remaining, {});
    line.quantity -= line.remaining;
    line.remaining = 0;
  }
  std::vector<Demand> demands = demands_of(command, command.lines);
  const std::vector<Shortage> shortages = grant(hold.channel, demands);
  if (!shortages.empty()) {
    *this = std::move(before);
    Outcome outcome = refused(ErrorCode::kInsufficientStock);
    outcome.shortages = shortages;
    return outcome;
  }
  std::erase_if(hold.lines, [](const HoldLine& line) { return line.quantity == 0; });
  fill(hold.channel, demands, false);
  take_into(hold, demands);
  Outcome outcome = recorded(true);
  outcome.status = OutcomeStatus::kAccepted;
  outcome.hold = view(hold);
  return outcome;
}

Outcome Twin::commit_hold(const Command& command) {
  const auto found = holds_.find(command.hold);
  if (found == holds_.end()) return rejected(ErrorCode::kUnknownHold);
  Hold& hold = found->second;
  const std::string channel = !command.channel.empty() ? command.channel
                              : !hold.channel.empty()  ? hold.channel
                                                       : "default";
  const std::pair<std::string, std::string> key{channel, command.order};
  Twin before = *this;
  if (!hold.open()) {
    const bool same_order = std::ranges::find(hold.commits, key) != hold.commits.end();
    if (same_order) {
      Outcome outcome = recorded(false);
      outcome.hold = view(hold);
      return outcome;
    }
    if (!hold.expired()) {
      return refused(hold.commits.empty() ? ErrorCode::kHoldClosed
                                          : ErrorCode::kHoldCommittedElsewhere);
    }
    if (!command.rehold) return refused(ErrorCode::kHoldExpired);
    std::vector<CommandLine> again;
    for (HoldLine& line : hold.lines) {
      if (line.expired == 0) continue;
      CommandLine& wanted = again.emplace_back();
      wanted.sku = line.sku;
      wanted.line = line.line;
      wanted.quantity = line.expired;
      if (!channels_.contains(hold.channel)) wanted.location = line.location;
    }
    std::vector<Demand> demands = demands_of({}, again);
    const std::vector<Shortage> shortages = grant(hold.channel, demands);
    if (!shortages.empty()) {
      Outcome outcome = refused(ErrorCode::kInsufficientStock);
      outcome.shortages = shortages;
      return outcome;
    }
    std::erase_if(hold.lines, [](const HoldLine& line) {
      return line.expired > 0 && line.committed == 0 && line.released == 0;
    });
    for (HoldLine& line : hold.lines) {
      line.quantity -= line.expired;
      line.expired = 0;
    }
    fill(hold.channel, demands, false);
    take_into(hold, demands);
  }
  const int64_t endangered = view(hold).endangered;
  if (endangered > 0 && command.refuse_if_endangered) {
    *this = std::move(before);
    return refused(ErrorCode::kHoldEndangered);
  }
  // Which units: the named lines as far as they remain, or all.
  std::vector<int64_t> quantities;
  for (const HoldLine& line : hold.lines)
    quantities.push_back(command.lines.empty() ? line.remaining : 0);
  for (const CommandLine& wanted : command.lines) {
    int64_t rest = wanted.quantity.value_or(0);
    for (size_t i = 0; i < hold.lines.size(); ++i) {
      const HoldLine& line = hold.lines[i];
      if (line.sku != wanted.sku || (!wanted.line.empty() && wanted.line != line.line)) continue;
      if (!wanted.location.empty() && wanted.location != line.location) continue;
      const int64_t taken = std::min(rest, line.remaining - quantities[i]);
      quantities[i] += taken;
      rest -= taken;
    }
    if (rest > 0) {
      *this = std::move(before);
      return rejected(ErrorCode::kInvalidQuantity);
    }
  }
  Order& order = orders_[key];
  if (order.number == 0) order.number = ++numbers_;
  for (size_t i = 0; i < hold.lines.size(); ++i)
    order.skus[hold.lines[i].sku].by_holds += quantities[i];
  order.last_commit = now_;
  for (size_t i = 0; i < hold.lines.size(); ++i) {
    HoldLine& line = hold.lines[i];
    OrderSku& counters = order.skus[line.sku];
    int64_t committed = 0;
    for (const auto& [location, quantity] : counters.committed) committed += quantity;
    // As far as the order does not have these units yet: its webhook may have come first.
    const int64_t missing =
        std::clamp<int64_t>(owed(order, line.sku) - committed, 0, quantities[i]);
    move(line.sku, Account::kHeld, line.location, Account::kCommitted, line.location, missing, {});
    move(line.sku, Account::kHeld, line.location, Account::kAvailable, line.location,
         quantities[i] - missing, {});
    counters.committed[line.location] += missing;
    line.remaining -= quantities[i];
    line.committed += quantities[i];
    if (command.release_rest) {
      move(line.sku, Account::kHeld, line.location, Account::kAvailable, line.location,
           line.remaining, {});
      line.released += line.remaining;
      line.remaining = 0;
    }
  }
  if (std::ranges::find(hold.commits, key) == hold.commits.end()) hold.commits.push_back(key);
  Outcome outcome = recorded(true);
  outcome.status = OutcomeStatus::kAccepted;
  outcome.hold = view(hold);
  outcome.hold->endangered = endangered;
  return outcome;
}

Outcome Twin::release_hold(const Command& command) {
  const auto found = holds_.find(command.hold);
  if (found == holds_.end()) return rejected(ErrorCode::kUnknownHold);
  Hold& hold = found->second;
  if (!hold.open()) {
    const bool let_go = std::ranges::any_of(
        hold.lines, [](const HoldLine& line) { return line.released > 0 || line.expired > 0; });
    if (!let_go) return refused(ErrorCode::kHoldClosed);
    Outcome outcome = recorded(false);
    outcome.hold = view(hold);
    return outcome;
  }
  std::vector<int64_t> quantities(hold.lines.size(), 0);
  for (size_t i = 0; i < hold.lines.size(); ++i) {
    if (command.lines.empty()) quantities[i] = hold.lines[i].remaining;
  }
  for (const CommandLine& wanted : command.lines) {
    int64_t rest = wanted.quantity.value_or(0);
    for (size_t i = 0; i < hold.lines.size(); ++i) {
      const HoldLine& line = hold.lines[i];
      if (line.sku != wanted.sku || (!wanted.line.empty() && wanted.line != line.line)) continue;
      if (!wanted.location.empty() && wanted.location != line.location) continue;
      const int64_t taken = std::min(rest, line.remaining - quantities[i]);
      quantities[i] += taken;
      rest -= taken;
    }
    if (rest > 0) return rejected(ErrorCode::kInvalidQuantity);
  }
  for (size_t i = 0; i < hold.lines.size(); ++i) {
    HoldLine& line = hold.lines[i];
    move(line.sku, Account::kHeld, line.location, Account::kAvailable, line.location, quantities[i],
         {});
    line.remaining -= quantities[i];
    line.released += quantities[i];
  }
  Outcome outcome = recorded(true);
  outcome.status = OutcomeStatus::kAccepted;
  outcome.hold = view(hold);
  return outcome;
}

Outcome Twin::extend_hold(const Command& command) {
  const auto found = holds_.find(command.hold);
  if (found == holds_.end()) return rejected(ErrorCode::kUnknownHold);
  Hold& hold = found->second;
  if (!hold.open())
    return refused(hold.expired() ? ErrorCode::kHoldExpired : ErrorCode::kHoldClosed);
  const Timestamp deadline =
      std::min(now_ + command.ttl_s.value_or(limits::kHoldTtlDefaultS) * kSecond,
               hold.created + limits::kHoldLifeMaxS * kSecond);
  Outcome outcome = recorded(deadline != hold.deadline);
  if (deadline != hold.deadline) outcome.status = OutcomeStatus::kAccepted;
  hold.deadline = deadline;
  outcome.hold = view(hold);
  return outcome;
}

/// Endangered first: the newest hold, then older ones; *rest is left for orders.
std::map<std::string, int64_t> Twin::endangered_holds(const std::string& sku,
                                                      const std::string& location,
                                                      int64_t* rest) const {
  std::map<std::string, int64_t> endangered;
  *rest = is_tracked(sku, location)
              ? std::max<int64_t>(0, -positions_.at({sku, location}).balance[1])
              : 0;
  std::vector<const Hold*> newest_first;
  for (const auto& [id, hold] : holds_) newest_first.push_back(&hold);
  std::ranges::sort(newest_first,
                    [](const Hold* a, const Hold* b) { return a->number > b->number; });
  for (const Hold* hold : newest_first) {
    for (const HoldLine& line : hold->lines) {
      if (line.sku != sku || line.location != location) continue;
      const int64_t taken = std::min(*rest, line.remaining);
      if (taken > 0) endangered[hold->id] += taken;
      *rest -= taken;
    }
  }
  return endangered;
}

HoldView Twin::view(const Hold& hold) const {
  HoldView view;
  view.id = hold.id;
  view.open = hold.open();
  view.expires_at = hold.deadline;
  view.channel = hold.channel;
  view.reference = hold.reference;
  std::set<Place> places;
  for (const HoldLine& line : hold.lines) {
    view.lines.push_back({line.line, line.sku, line.location, line.quantity, line.remaining,
                          line.committed, line.released, line.expired});
    places.insert({line.sku, line.location});
  }
  for (const Place& place : places) {
    int64_t rest = 0;
    const auto endangered = endangered_holds(place.first, place.second, &rest);
    if (endangered.contains(hold.id)) view.endangered += endangered.at(hold.id);
  }
  for (const auto& [channel, order] : hold.commits) view.commits.push_back({channel, order});
  return view;
}

}  // namespace holdfast::sim
