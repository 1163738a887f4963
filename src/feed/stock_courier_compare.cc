// What a StockCourier makes of the numbers its channel shows: it compares them, and what drifted it
// tells again where the policy says so. And what it keeps back: numbers that only rise.
#include <algorithm>

#include "feed/stock_courier.h"

namespace holdfast::feed {

ChannelNumbers channel_numbers(const StockView& view, const std::string& channel) {
  ChannelNumbers numbers;
  const auto sold = std::find_if(view.channels.begin(), view.channels.end(),
                                 [&](const auto& other) { return other.channel == channel; });
  if (sold == view.channels.end()) return numbers;
  numbers.whole = sold->available_to_sell;
  for (const auto& [location, number] : sold->locations) {
    const bool tracked = std::any_of(
        view.locations.begin(), view.locations.end(),
        [&](const auto& position) { return position.location == location && position.tracked; });
    if (tracked) numbers.locations.emplace_back(location, number);
  }
  return numbers;
}

void StockCourier::observe(const std::vector<ObservedLevel>& levels) {
  if (!compares()) return;
  for (const ObservedLevel& level : levels) {
    Comparison::Seen seen = comparison_->observed(level);
    if (seen.record) records_.push_back(std::move(*seen.record));
    if (seen.unread) unread_.push_back(level.sku);
    if (seen.result == ObservationResult::kDrift) enforce(level.sku);
  }
}

std::optional<Need> StockCourier::next_comparison() {
  if (unread_.empty()) return std::nullopt;
  const size_t count = std::min(unread_.size(), kSizedAtOnce);
  return Need{Need::Kind::kNumbers,
              {},
              0,
              0,
              kForComparison,
              {unread_.begin(), unread_.begin() + static_cast<ptrdiff_t>(count)}};
}

/// The channel shows what nobody told it: it is told again, though nothing changed here.
void StockCourier::enforce(const std::string& sku) {
  if (!settings_.enforce || observing_ || comparison_->enforced(sku) >= kEnforcedMax) return;
  if (dirty_.contains(sku)) return;  // it is told anyway
  acked_ahead_.erase(sku);
  mark(sku, std::max<Seq>(read_seq_, 1), {});
  dirty_.at(sku).only_enforced = true;
}

/// Numbers fall at once; what only rises waits for the orders that may be on their way here, and
/// then is read anew. A number that drifted again and again waits longer each time.
bool StockCourier::hold_back(const std::string& sku, const StockView& view, const Now& now) {
  const auto at = dirty_.find(sku);
  Dirty& dirty = at->second;
  if (!compares() || (settings_.raise_delay == 0 && !dirty.only_enforced)) return false;
  if (dirty.only_enforced && !comparison_->drifts(sku)) {
    clean(at, std::max(view.seq, dirty.last));
    return true;
  }
  const bool raises = comparison_->raises(sku, numbers_of(view), dirty.only_enforced);
  Duration wait = raises ? settings_.raise_delay : 0;
  if (dirty.only_enforced) {
    const auto& schedule = settings_.retry.schedule;
    const size_t turn = comparison_->enforced(sku);
    if (!schedule.empty()) wait = std::max(wait, schedule[std::min(turn, schedule.size() - 1)]);
    if (raises) wait = std::max(wait, kEnforcedRaise);
  }
  if (wait == 0) {
    dirty.not_before = 0;
    return false;
  }
  if (dirty.not_before == 0) dirty.not_before = now.steady + wait;
  if (now.steady >= dirty.not_before) return false;
  leave(at);
  enter(at, Phase::kHeldBack);
  return true;
}

void StockCourier::release_held_back(const Now& now) {
  while (!held_back_.empty() && held_back_.begin()->first <= now.steady) {
    const auto at = dirty_.find(held_back_.begin()->second);
    leave(at);
    enter(at, Phase::kUnsized);
  }
}

}  // namespace holdfast::feed
