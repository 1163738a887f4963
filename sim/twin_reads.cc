// What the twin's books say, and whether they add up.
#include <algorithm>

#include <fmt/format.h>

#include "sim/twin.h"

namespace holdfast::sim {

std::vector<std::string> Twin::skus() const {
  std::set<std::string> names;
  for (const auto& [place, position] : positions_) names.insert(place.first);
  return {names.begin(), names.end()};
}

std::vector<std::string> Twin::channels() const {
  std::vector<std::string> names;
  for (const auto& [id, settings] : channels_) names.push_back(id);
  return names;
}

std::vector<PositionView> Twin::positions(const std::string& name) const {
  const std::string sku = resolve(name);
  std::vector<PositionView> views;
  for (const auto& [place, position] : positions_) {
    if (place.first != sku) continue;
    PositionView view{place.second,        position.tracked,    position.balance[1],
                      position.balance[2], position.balance[3], position.balance[4],
                      position.balance[5]};
    for (const auto& [name_, reference] : references_) {
      for (const auto& [key, line] : reference.lines) {
        const auto open = line.open.find(place.second);
        if (key.first == sku && open != line.open.end()) view.incoming += open->second;
      }
    }
    for (const auto& [name_, transfer] : transfers_) {
      const auto open = transfer.on_the_way.find(place);
      if (open != transfer.on_the_way.end()) view.in_transit += open->second;
    }
    views.push_back(std::move(view));
  }
  return views;
}

int64_t Twin::outside(const std::string& sku, Account account) const {
  const auto found = outside_.find({resolve(sku), account});
  return found == outside_.end() ? 0 : found->second;
}

std::optional<HoldView> Twin::hold(const std::string& id) const {
  const auto found = holds_.find(id);
  if (found == holds_.end()) return std::nullopt;
  return view(found->second);
}

std::optional<OrderView> Twin::order(const std::string& channel, const std::string& name) const {
  const auto found = orders_.find({channel, name});
  if (found == orders_.end()) return std::nullopt;
  const Order& order = found->second;
  OrderView view{channel, name, false, order.cancelled, {}};
  for (const auto& [sku, line] : order.skus) {
    OrderLineView& shown = view.lines.emplace_back();
    const Target target = target_of(order, sku);
    shown.sku = sku;
    shown.ordered = target.ordered;
    shown.fulfilled = target.fulfilled;
    shown.cancelled = target.cancelled;
    shown.written_off = target.written_off;
    for (const auto& [place, quantity] : line.returned) shown.returned += quantity;
    for (const auto& [location, quantity] : line.committed) shown.committed += quantity;
    for (const auto& [location, quantity] : line.committed) {
      if (quantity > 0) shown.committed_at[location] = quantity;
    }
    view.open = view.open || shown.committed > 0;
  }
  return view;
}

std::vector<std::string> Twin::hold_ids() const {
  std::vector<std::string> ids;
  for (const auto& [id, hold] : holds_) ids.push_back(id);
  return ids;
}

std::vector<std::pair<std::string, std::string>> Twin::order_keys() const {
  std::vector<std::pair<std::string, std::string>> keys;
  for (const auto& [key, order] : orders_) keys.push_back(key);
  return keys;
}

std::vector<ShortfallView> Twin::shortfalls() const {
  std::vector<ShortfallView> answer;
  std::vector<std::pair<uint64_t, std::pair<std::string, std::string>>> newest_first;
  for (const auto& [key, order] : orders_) newest_first.emplace_back(order.number, key);
  std::ranges::sort(newest_first, std::greater{});
  for (const auto& [place, position] : positions_) {
    if (!position.tracked || position.balance[1] >= 0) continue;
    ShortfallView& shortfall = answer.emplace_back();
    shortfall.sku = place.first;
    shortfall.location = place.second;
    shortfall.quantity = -position.balance[1];
    int64_t rest = 0;
    for (const auto& [id, quantity] : endangered_holds(place.first, place.second, &rest)) {
      shortfall.holds.emplace_back(id, quantity);
    }
    for (const auto& [number, key] : newest_first) {
      const auto line = orders_.at(key).skus.find(place.first);
      if (line == orders_.at(key).skus.end()) continue;
      const auto committed = line->second.committed.find(place.second);
      if (committed == line->second.committed.end()) continue;
      const int64_t taken = std::min(rest, committed->second);
      if (taken > 0) shortfall.orders.emplace_back(key.first + "/" + key.second, taken);
      rest -= taken;
    }
  }
  return answer;
}

std::string Twin::check() const {
  std::map<std::string, int64_t> sum;
  std::map<Place, int64_t> held, committed;
  for (const auto& [place, position] : positions_) {
    for (int i = 1; i <= 5; ++i) sum[place.first] += position.balance[i];
    held[place] -= position.balance[2];
    committed[place] -= position.balance[3];
    for (int i = 2; i <= 5; ++i) {
      if (position.balance[i] < 0)
        return fmt::format("{} {} is negative", place.first, place.second);
    }
  }
  for (const auto& [key, quantity] : outside_) sum[key.first] += quantity;
  for (const auto& [name, reference] : references_) {
    for (const auto& [key, line] : reference.lines) {
      for (const auto& [location, units] : line.open) sum[key.first] += units;
    }
  }
  for (const auto& [name, transfer] : transfers_) {
    for (const auto& [to, units] : transfer.on_the_way) sum[to.first] += units;
  }
  for (const auto& [id, hold] : holds_) {
    for (const HoldLine& line : hold.lines) held[{line.sku, line.location}] += line.remaining;
  }
  for (const auto& [key, order] : orders_) {
    for (const auto& [sku, line] : order.skus) {
      for (const auto& [location, quantity] : line.committed)
        committed[{sku, location}] += quantity;
    }
  }
  for (const auto& [sku, total] : sum) {
    if (total != 0) return fmt::format("accounts of {} sum to {}", sku, total);
  }
  for (const auto& [place, rest] : held) {
    if (rest != 0)
      return fmt::format("holds of {} at {} are off by {}", place.first, place.second, rest);
  }
  for (const auto& [place, rest] : committed) {
    if (rest != 0)
      return fmt::format("orders of {} at {} are off by {}", place.first, place.second, rest);
  }
  return {};
}

}  // namespace holdfast::sim
