// What follows from a command within it: shortfalls that opened, changed or closed, and channels
// whose available_to_sell of a SKU crossed 0 or their low_at.
#include <algorithm>

#include "ledger/decider.h"
#include "ledger/shortfall.h"
#include "model/event_detail.h"

namespace holdfast::ledger {

void Decider::consequences() {
  std::sort(touched_.begin(), touched_.end());
  touched_.erase(std::unique(touched_.begin(), touched_.end()), touched_.end());
  const Few<SkuId> touched = std::exchange(touched_, {});
  for (SkuId sku : touched) {
    for (size_t i = 0; i < state_.skus[sku].positions.size(); ++i) announce_shortfall(sku, i);
  }
  for (ChannelId channel = 0; channel < state_.channels.size(); ++channel) {
    if (!state_.channels[channel].exists) continue;
    const std::optional<Market> market = market_of(state_, state_.channel_name(channel));
    for (SkuId sku : touched) announce_level(sku, channel, *market);
  }
}

void Decider::announce_shortfall(SkuId sku, size_t index) {
  const Position& position = state_.skus[sku].positions[index];
  const int64_t missing = position.tracked ? std::max<int64_t>(0, -position.available()) : 0;
  if (missing == position.shortfall) return;
  EventType type = EventType::kShortfallChanged;
  if (position.shortfall == 0) type = EventType::kShortfallOpened;
  if (missing == 0) type = EventType::kShortfallClosed;
  Event event;
  event.type = type;
  event.sku = state_.sku_name(sku);
  event.location = state_.location_name(position.location);
  event.has_total = true;
  event.total = missing;
  const ShortfallDetail endangered = endangered_at(state_, position, names_left_);
  names_left_ -= std::min(names_left_, endangered.holds.size() + endangered.orders.size());
  const std::string detail = encode_detail(endangered);
  event.detail = detail;
  emit(event);
}

static Level level_of(std::optional<int64_t> units, const Market& market) {
  if (!units) return Level::kUnknown;
  if (*units == 0) return Level::kOut;
  return *units <= market.low_at ? Level::kLow : Level::kIn;
}

bool Decider::announce_level(SkuId sku, ChannelId channel, const Market& market) {
  const Sku& stock = state_.skus[sku];
  if (stock.same_as != kNoId) return false;
  const Level before = channel < stock.levels.size() ? stock.levels[channel] : Level::kUnknown;
  const std::optional<int64_t> units = available_to_sell(state_, market, sku);
  const Level level = level_of(units, market);
  if (level == before) return false;
  AvailabilityDetail detail;
  detail.available_to_sell = units;
  if (level != Level::kUnknown) {
    detail.level = static_cast<AvailabilityDetail::Level>(static_cast<uint8_t>(level) - 1);
  }
  Event event;
  event.type = EventType::kAvailabilityChanged;
  event.sku = state_.sku_name(sku);
  event.channel = state_.channel_name(channel);
  const std::string bytes = encode_detail(detail);
  event.detail = bytes;
  emit(event);
  return true;
}

size_t Decider::settle(ChannelId channel, SkuId* next, size_t max_events, size_t max_skus) {
  size_t events = 0;
  const std::string_view name = state_.channel_name(channel);
  Market market;
  if (state_.channels[channel].exists) market = *market_of(state_, name);
  head_ = {};
  for (; *next < state_.skus.size() && events < max_events && max_skus > 0; ++*next, --max_skus) {
    if (announce_level(*next, channel, market)) ++events;
  }
  if (begun_) {
    touched_.clear();
    out_.end_command();
    applier_.end_command();
    begun_ = false;
  }
  return events;
}

}  // namespace holdfast::ledger
