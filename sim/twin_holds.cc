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

// ---- available to sell ----

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

/// A channel without settings (facts may name one; `default`) sells from everywhere.
ChannelSettings Twin::settings_of(const std::string& channel) const {
  const auto found = channels_.find(channel);
  if (found != channels_.end()) return found->second;
  ChannelSettings everywhere;
  everywhere.locations = location_names_;
  return everywhere;
}

std::vector<std::string> Twin::fill_order(const std::string& channel) const {
  std::vector<std::string> order = settings_of(channel).locations;
  std::erase_if(order, [&](const std::string& location) { return !is_sellable(location); });
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
  const ChannelSettings settings = settings_of(channel);
  return std::max<int64_t>(0, sum - settings.buffer + settings.oversell_limit) +
         ats_error_for_tests;
}

std::map<std::string, int64_t> Twin::deal(const std::string& sku, const std::string& channel,
                                          bool own_stock_only) const {
  std::map<std::string, int64_t> dealt;
  int64_t rest = available_to_sell(sku, channel).value_or(0);
  std::string first;
  for (const std::string& location : fill_order(channel)) {
    dealt[location] = std::min(rest, free_at(sku, location));
    rest -= dealt[location];
    if (first.empty() && is_tracked(sku, location)) first = location;
  }
  if (!own_stock_only && !first.empty()) dealt[first] += rest;  // what the limit adds
  return dealt;
}

ChannelAvailability Twin::availability(const std::string& sku, const std::string& channel) const {
  ChannelAvailability answer{channel, available_to_sell(resolve(sku), channel), {}};
  const auto dealt = deal(resolve(sku), channel, false);
  for (const std::string& location : fill_order(channel)) {
    if (is_tracked(resolve(sku), location)) {
      answer.locations.emplace_back(location, dealt.at(location));
    }
  }
  return answer;
}

// ---- granting a request ----

std::optional<Outcome> Twin::nowhere(const Command& command, const std::string& channel,
                                     const std::vector<CommandLine>& lines) const {
  if (!channel.empty() && channel != "default" && !channels_.contains(channel)) {
    return rejected(ErrorCode::kUnknownChannel);
  }
  for (const CommandLine& line : lines) {
    const std::string& place = line.location.empty() ? command.location : line.location;
    if (!place.empty() && !location_settings_.contains(place)) {
      return rejected(ErrorCode::kUnknownLocation);
    }
    if (place.empty() && channel.empty() && location_names_.size() != 1) {
      return rejected(ErrorCode::kLocationRequired);
    }
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

/// Line by line, each out of what the lines before it left: gives every demand what it may have,
/// and says what is short and how much there was for it.
std::vector<Shortage> Twin::grant(const std::string& channel, std::vector<Demand>& demands) const {
  std::map<std::string, int64_t> of_channel;  // granted so far
  std::map<Place, int64_t> of_place;          // of those that name it
  std::vector<Shortage> shortages;
  for (Demand& demand : demands) {
    const std::string asked_for = demand.location;
    if (demand.location.empty() && channel.empty()) demand.location = location_names_.front();
    const Place place{demand.sku, demand.location};
    const bool named = !demand.location.empty();
    const bool place_alone = named && (channel.empty() || !is_sellable(demand.location));
    const auto ats = channel.empty() ? std::nullopt : available_to_sell(demand.sku, channel);
    std::optional<int64_t> room;
    if (place_alone) {
      if (is_tracked(place.first, place.second))
        room = free_at(place.first, place.second) - of_place[place];
    } else {
      if (ats) room = *ats - of_channel[demand.sku];
      if (named) {
        const auto dealt = deal(demand.sku, channel, true);
        const auto own = dealt.find(demand.location);
        const int64_t here = own == dealt.end() ? 0 : own->second - of_place[place];
        room = std::min(room.value_or(0), here);
        if (!is_tracked(place.first, place.second)) room.reset();
      }
    }
    demand.granted = std::min(demand.quantity, std::max<int64_t>(0, room.value_or(0)));
    if (named) of_place[place] += demand.granted;
    if (!place_alone) of_channel[demand.sku] += demand.granted;
    if (demand.granted == demand.quantity) continue;
    shortages.push_back({demand.line, demand.sku, asked_for, demand.quantity,
                         std::max<int64_t>(0, room.value_or(0)), !room.has_value()});
  }
  return shortages;
}

/// Chooses places for what was granted: one that holds everything, else line by line, else split.
void Twin::fill(const std::string& channel, std::vector<Demand>& demands, bool fact) const {
  std::map<Place, int64_t> used;
  const auto left = [&](const std::string& sku, const std::string& location) {
    const auto found = used.find({sku, location});
    int64_t there = free_at(sku, location);
    // A fact may name what is not tracked yet.
    const auto known = positions_.find({sku, location});
    if (fact && known != positions_.end()) there = known->second.balance[1];
    return std::max<int64_t>(0, there - (found == used.end() ? 0 : found->second));
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
  if (order.empty() && fact) order = location_names_;
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
    // What nobody has falls on the first place; for a request on the first that is tracked.
    for (Take& take : takes) {
      if (!fact && !is_tracked(demand.sku, take.location)) continue;
      take.quantity += rest;
      break;
    }
    for (const Take& take : takes) give(demand, take.location, take.quantity);
  }
}

// ---- holds ----

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
      const auto known = std::ranges::find_if(hold.lines, [&](const HoldLine& line) {
        return line.sku == demand.sku && line.line == demand.line && line.location == take.location;
      });
      HoldLine& line = known != hold.lines.end()
                           ? *known
                           : hold.lines.emplace_back(demand.line, demand.sku, take.location);
      line.quantity += take.quantity;
      line.remaining += take.quantity;
    }
  }
}

/// The hold is what the command asks for, line by line; or a part of it, where that would do.
bool Twin::is_same(const Hold& hold, const Command& command) const {
  std::vector<Demand> asked = demands_of(command, command.lines);
  std::ranges::stable_partition(asked, [](const Demand& d) { return !d.location.empty(); });
  for (const HoldLine& line : hold.lines) {
    int64_t left = line.quantity;
    for (Demand& demand : asked) {
      if (demand.sku != line.sku || demand.line != line.line) continue;
      if (!demand.location.empty() && demand.location != line.location) continue;
      const int64_t matched = std::min(left, demand.quantity);
      demand.quantity -= matched;
      left -= matched;
    }
    if (left > 0) return false;
  }
  return command.allow_partial ||
         std::ranges::all_of(asked, [](const Demand& demand) { return demand.quantity == 0; });
}

Outcome Twin::place_hold(const Command& command) {
  if (const auto found = holds_.find(command.hold); found != holds_.end()) {
    if (!is_same(found->second, command)) return refused(ErrorCode::kHoldExists);
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
  if (!hold.open()) {
    return refused(hold.expired() ? ErrorCode::kHoldExpired : ErrorCode::kHoldClosed);
  }
  Command wanted = command;
  // Without a channel the hold stays where it is; a shortage names a place only where one was asked
  // for.
  const bool place_is_the_holds = hold.channel.empty() && wanted.location.empty();
  if (place_is_the_holds) wanted.location = hold.lines.front().location;
  if (auto missing = nowhere(wanted, hold.channel, wanted.lines)) return *missing;

  // What it holds already it keeps; the rest comes back, and what is more is a request like any
  // other.
  std::vector<Demand> demands = demands_of(wanted, wanted.lines);
  std::vector<int64_t> kept_of(demands.size(), 0), spare;
  for (const HoldLine& line : hold.lines) spare.push_back(line.remaining);
  for (size_t i = 0; i < demands.size(); ++i) {
    for (size_t j = 0; j < hold.lines.size(); ++j) {
      const HoldLine& line = hold.lines[j];
      if (line.sku != demands[i].sku || line.line != demands[i].line) continue;
      if (!demands[i].location.empty() && line.location != demands[i].location) continue;
      const int64_t kept = std::min(spare[j], demands[i].quantity);
      spare[j] -= kept;
      demands[i].quantity -= kept;
      kept_of[i] += kept;
    }
  }
  const auto any = [](const auto& list, auto amount) {
    return std::any_of(list.begin(), list.end(),
                       [&](const auto& entry) { return amount(entry) > 0; });
  };
  const bool changes = any(spare, [](int64_t units) { return units; }) ||
                       any(demands, [](const Demand& demand) { return demand.quantity; });
  Twin before = *this;
  for (size_t j = 0; j < hold.lines.size(); ++j) {
    HoldLine& line = hold.lines[j];
    move(line.sku, Account::kHeld, line.location, Account::kAvailable, line.location, spare[j], {});
    line.quantity -= spare[j];
    line.remaining -= spare[j];
  }
  std::vector<Shortage> shortages;
  for (size_t i = 0; i < demands.size(); ++i) {  // said in the numbers that were asked
    if (i == 0) shortages = grant(hold.channel, demands);
    for (Shortage& shortage : shortages) {
      const bool is_line = shortage.line == demands[i].line && shortage.sku == demands[i].sku &&
                           shortage.requested == demands[i].quantity;
      if (!is_line || demands[i].granted == demands[i].quantity || kept_of[i] == 0) continue;
      shortage.requested += kept_of[i];
      shortage.available_to_sell += kept_of[i];
      shortage.untracked = false;
      break;
    }
  }
  for (Shortage& shortage : shortages) {  // a place nobody named is not said
    const bool named = !command.location.empty() ||
                       std::ranges::any_of(command.lines, [&](const CommandLine& line) {
                         return line.location == shortage.location;
                       });
    if (!named) shortage.location.clear();
  }
  if (!shortages.empty()) {
    *this = std::move(before);
    Outcome outcome = refused(ErrorCode::kInsufficientStock);
    outcome.shortages = shortages;
    for (size_t i = 0; place_is_the_holds && i < command.lines.size(); ++i) {
      for (Shortage& shortage : outcome.shortages) {
        const bool is_line =
            shortage.sku == resolve(command.lines[i].sku) && shortage.line == command.lines[i].line;
        if (is_line && command.lines[i].location.empty()) shortage.location.clear();
      }
    }
    return outcome;
  }
  fill(hold.channel, demands, false);
  take_into(hold, demands);
  Outcome outcome = recorded(changes);
  if (changes) outcome.status = OutcomeStatus::kAccepted;
  outcome.hold = view(hold);
  return outcome;
}

/// How many of each line a command means: all where it names none; nothing where there is less.
std::optional<std::vector<int64_t>> Twin::choose(const Hold& hold, const Command& command,
                                                 int64_t HoldLine::* counter) const {
  std::vector<int64_t> chosen;
  for (const HoldLine& line : hold.lines)
    chosen.push_back(command.lines.empty() ? line.*counter : 0);
  for (const CommandLine& wanted : command.lines) {
    int64_t rest = wanted.quantity.value_or(0);
    for (size_t i = 0; i < hold.lines.size(); ++i) {
      const HoldLine& line = hold.lines[i];
      if (line.sku != wanted.sku || (!wanted.line.empty() && wanted.line != line.line)) continue;
      if (!wanted.location.empty() && wanted.location != line.location) continue;
      const int64_t taken = std::min(rest, line.*counter - chosen[i]);
      chosen[i] += taken;
      rest -= taken;
    }
    if (rest > 0) return std::nullopt;
  }
  return chosen;
}

/// As far as the order does not have these units yet: its webhook may have come first.
int64_t Twin::still_missing(const Order& order, const std::string& sku, int64_t quantity) const {
  int64_t committed = 0;
  for (const auto& [location, units] : order.skus.at(sku).committed) committed += units;
  return std::clamp<int64_t>(target_of(order, sku).owed - committed, 0, quantity);
}

Outcome Twin::commit_hold(const Command& command) {
  const auto found = holds_.find(command.hold);
  if (found == holds_.end()) return rejected(ErrorCode::kUnknownHold);
  Hold& hold = found->second;
  std::string channel = command.channel.empty() ? hold.channel : command.channel;
  if (channel.empty()) channel = "default";
  if (channel != hold.channel && channel != "default" && !channels_.contains(channel)) {
    return rejected(ErrorCode::kUnknownChannel);
  }
  const std::pair<std::string, std::string> key{channel, command.order};
  const auto chosen = choose(hold, command, &HoldLine::remaining);
  const bool same_order = std::ranges::find(hold.commits, key) != hold.commits.end();
  if (!hold.open() || (!chosen && same_order)) return commit_again(hold, command, key);
  if (!chosen) return rejected(ErrorCode::kInvalidQuantity);
  const int64_t endangered = view(hold).endangered;
  if (endangered > 0 && command.refuse_if_endangered) return refused(ErrorCode::kHoldEndangered);

  Order& order = orders_[key];
  if (order.number == 0) order.number = ++numbers_;
  for (size_t i = 0; i < hold.lines.size(); ++i) {
    HoldLine& line = hold.lines[i];
    const int64_t quantity = (*chosen)[i];
    if (quantity > 0) {
      commit_by_hold(order, line.sku, quantity);
      const int64_t missing = still_missing(order, line.sku, quantity);
      move(line.sku, Account::kHeld, line.location, Account::kCommitted, line.location, missing,
           {});
      move(line.sku, Account::kHeld, line.location, Account::kAvailable, line.location,
           quantity - missing, {});
      order.skus[line.sku].committed[line.location] += missing;
      line.remaining -= quantity;
      line.committed += quantity;
    }
    if (command.release_rest) {
      move(line.sku, Account::kHeld, line.location, Account::kAvailable, line.location,
           line.remaining, {});
      line.released += line.remaining;
      line.remaining = 0;
    }
  }
  if (!same_order) hold.commits.push_back(key);
  settle_committed(order, key);
  Outcome outcome = recorded(true);
  outcome.status = OutcomeStatus::kAccepted;
  outcome.hold = view(hold);
  outcome.hold->endangered = endangered;
  return outcome;
}

/// A commit that finds nothing left: the same one again, one to another order, or one that came
/// late.
Outcome Twin::commit_again(Hold& hold, const Command& command,
                           const std::pair<std::string, std::string>& key) {
  const bool same_order = std::ranges::find(hold.commits, key) != hold.commits.end();
  const bool named_before =
      !command.lines.empty() && choose(hold, command, &HoldLine::committed).has_value();
  if (same_order && (!hold.expired() || named_before)) {
    Outcome outcome = recorded(false);
    outcome.hold = view(hold);
    return outcome;
  }
  if (!hold.expired()) {
    const bool elsewhere = !same_order && !hold.commits.empty();
    return refused(elsewhere ? ErrorCode::kHoldCommittedElsewhere : ErrorCode::kHoldClosed);
  }
  if (!command.rehold) return refused(ErrorCode::kHoldExpired);

  // Afresh and atomic: what the order does not have yet is a request like any other.
  const auto chosen = choose(hold, command, &HoldLine::expired);
  if (!chosen) return rejected(ErrorCode::kInvalidQuantity);
  Twin before = *this;
  Order& order = orders_[key];
  if (order.number == 0) order.number = ++numbers_;
  std::vector<CommandLine> again;
  std::vector<HoldLine> spare;  // what the order's own webhook had brought
  std::map<std::string, int64_t> taken;
  for (size_t i = 0; i < hold.lines.size(); ++i) {
    const HoldLine& line = hold.lines[i];
    const int64_t quantity = (*chosen)[i];
    if (quantity == 0) continue;
    commit_by_hold(order, line.sku, quantity);
    const int64_t all = still_missing(order, line.sku, taken[line.sku] + quantity);
    const int64_t needed = std::clamp<int64_t>(all - taken[line.sku], 0, quantity);
    const std::string place = hold.channel.empty() ? line.location : "";
    auto wanted = std::ranges::find_if(again, [&](const CommandLine& other) {
      return other.sku == line.sku && other.line == line.line && other.location == place;
    });
    if (wanted == again.end()) {
      wanted = again.insert(wanted, CommandLine{});
      wanted->sku = line.sku;
      wanted->line = line.line;
      wanted->location = place;
      wanted->quantity = 0;
    }
    *wanted->quantity += needed;
    taken[line.sku] += needed;
    const int64_t rest = quantity - needed;
    if (rest > 0) spare.push_back({line.line, line.sku, line.location, rest, 0, rest, 0, 0});
  }
  std::erase_if(again, [](const CommandLine& line) { return *line.quantity == 0; });
  std::vector<Demand> demands = demands_of({}, again);
  const std::vector<Shortage> shortages = grant(hold.channel, demands);
  if (!shortages.empty()) {
    *this = std::move(before);
    Outcome outcome = refused(ErrorCode::kInsufficientStock);
    outcome.shortages = shortages;
    return outcome;
  }
  fill(hold.channel, demands, false);
  const auto take_afresh = [&](const HoldLine& fresh) {  // no longer expired, wherever it was
    int64_t left = fresh.quantity;
    for (HoldLine& line : hold.lines) {
      if (line.sku != fresh.sku || line.line != fresh.line) continue;
      const int64_t here = std::min(left, line.expired);
      line.expired -= here;
      line.quantity -= here;
      left -= here;
    }
    hold.lines.push_back(fresh);
  };
  for (const Demand& demand : demands) {
    for (const Take& take : demand.takes) {
      move(demand.sku, Account::kAvailable, take.location, Account::kCommitted, take.location,
           take.quantity, {});
      order.skus[demand.sku].committed[take.location] += take.quantity;
      take_afresh({demand.line, demand.sku, take.location, take.quantity, 0, take.quantity, 0, 0});
    }
  }
  for (const HoldLine& line : spare) take_afresh(line);
  if (!same_order) hold.commits.push_back(key);
  settle_committed(order, key);
  Outcome outcome = recorded(true);
  outcome.status = OutcomeStatus::kAccepted;
  outcome.hold = view(hold);
  return outcome;
}

Outcome Twin::release_hold(const Command& command) {
  const auto found = holds_.find(command.hold);
  if (found == holds_.end()) return rejected(ErrorCode::kUnknownHold);
  Hold& hold = found->second;
  if (!hold.open()) {
    Outcome outcome = recorded(false);
    outcome.hold = view(hold);
    return outcome;
  }
  const auto chosen = choose(hold, command, &HoldLine::remaining);
  if (!chosen) return rejected(ErrorCode::kInvalidQuantity);
  for (size_t i = 0; i < hold.lines.size(); ++i) {
    HoldLine& line = hold.lines[i];
    move(line.sku, Account::kHeld, line.location, Account::kAvailable, line.location, (*chosen)[i],
         {});
    line.remaining -= (*chosen)[i];
    line.released += (*chosen)[i];
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
