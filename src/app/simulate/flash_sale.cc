#include "app/simulate/flash_sale.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/random.h"

namespace holdfast::app {
namespace {

/// Orders per hour from 8 to 13 o'clock, as weights.
constexpr std::array<uint64_t, 6> kHours = {6, 14, 13, 18, 19, 10};
/// Of a flash sale's orders, how many come in each ten minutes from its opening, as weights.
constexpr std::array<uint64_t, 12> kBurst = {30, 21, 15, 10, 7, 5, 4, 3, 2, 1, 1, 1};
/// Units per order: flash sales are limited per head.
constexpr std::array<uint64_t, 3> kQuantities = {80, 15, 5};
/// The first channel sells the most.
constexpr std::array<uint64_t, kChannelsMax> kChannels = {10, 6, 4, 3, 3, 2, 2, 2};

constexpr Duration kBurstSlot = 10 * kMinute;
constexpr uint64_t kBurstPercent = 75;

/// An index, drawn by the first `count` weights.
template <size_t N>
size_t draw(SeededRandom& random, const std::array<uint64_t, N>& weights, size_t count = N) {
  uint64_t total = 0;
  for (size_t i = 0; i < count; ++i) total += weights[i];
  uint64_t at = random.below(total);
  size_t index = 0;
  while (at >= weights[index]) at -= weights[index++];
  return index;
}

Duration within(SeededRandom& random, Duration length) {
  return static_cast<Duration>(random.below(static_cast<uint64_t>(length)));
}

Duration draw_time(SeededRandom& random, Duration opens) {
  if (random.below(100) < kBurstPercent) {
    const Duration slot = static_cast<Duration>(draw(random, kBurst)) * kBurstSlot;
    return opens + slot + within(random, kBurstSlot);
  }
  return static_cast<Duration>(draw(random, kHours)) * kHour + within(random, kHour);
}

}  // namespace

int64_t FlashSale::units() const { return orders.empty() ? 0 : units_at(orders.back().at); }

int64_t FlashSale::units_at(Duration at) const {
  int64_t units = 0;
  for (const SaleOrder& order : orders) {
    if (order.at > at) break;
    units += order.quantity;
  }
  return units;
}

FlashSale draw_flash_sale(const BatchSyncSettings& settings) {
  SeededRandom random(settings.seed);
  FlashSale sale;
  sale.opens = 2 * kHour + static_cast<Duration>(random.below(60)) * kMinute;
  sale.orders.resize(static_cast<size_t>(settings.demand));
  for (SaleOrder& order : sale.orders) {
    order.at = draw_time(random, sale.opens);
    order.channel =
        static_cast<int>(draw(random, kChannels, static_cast<size_t>(settings.channels)));
    order.quantity = 1 + static_cast<int64_t>(draw(random, kQuantities));
  }
  std::stable_sort(sale.orders.begin(), sale.orders.end(),
                   [](const SaleOrder& a, const SaleOrder& b) { return a.at < b.at; });
  for (size_t i = 1; i < sale.orders.size(); ++i) {
    sale.orders[i].at = std::max(sale.orders[i].at, sale.orders[i - 1].at + 1);
  }
  return sale;
}

const char* sale_channel(int channel) {
  static constexpr std::array<const char*, kChannelsMax> kNames = {
      "web", "market", "till", "app", "outlet", "social", "phone", "fair"};
  return kNames[static_cast<size_t>(channel)];
}

std::string clock_text(Duration at, bool seconds) {
  const Duration whole = at / kSecond + kShopOpens * 3600;
  const std::string text = fmt::format("{:02}:{:02}", whole / 3600, whole / 60 % 60);
  return seconds ? text + fmt::format(":{:02}", whole % 60) : text;
}

}  // namespace holdfast::app
