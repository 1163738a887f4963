// The life of a hold: placed, changed, extended, released, expired, endangered.
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

/// The hold is what the command asks for, of the channel, line by line; or a part of it, where that
/// would do.
bool Twin::is_same(const Hold& hold, const Command& command) const {
  if (hold.channel != command.channel) return false;
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
