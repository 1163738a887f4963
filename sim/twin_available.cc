// What a channel may sell, and where a request or a fact is met from.
#include <algorithm>

#include "model/limits.h"
#include "sim/twin.h"

namespace holdfast::sim {

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

}  // namespace holdfast::sim
