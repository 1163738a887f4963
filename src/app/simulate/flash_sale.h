// The demand of a day with a flash sale in it: who orders how many, where and when, drawn from a
// seed.
//
// The shop is open from 8 to 14 o'clock with a morning's usual hours (as the demo's day has them);
// at a minute between 10 and 11 the sale opens, and most orders come with it and die down. Pure
// function.
#pragma once

#include <string>
#include <vector>

#include "app/simulate/settings.h"

namespace holdfast::app {

inline constexpr Duration kShopHours = 6 * kHour;
inline constexpr int kShopOpens = 8;  ///< o'clock

/// Somebody who wants the goods. Sold to if the channel shows enough, else turned away.
struct SaleOrder {
  Duration at = 0;  ///< since the shop opened; no two at the same time
  int channel = 0;
  int64_t quantity = 0;
};

struct FlashSale {
  Duration opens = 0;
  std::vector<SaleOrder> orders;  ///< by time

  int64_t units() const;
  /// Asked for up to and including that time.
  int64_t units_at(Duration at) const;
};

FlashSale draw_flash_sale(const BatchSyncSettings& settings);

/// "web", "market", "till", "app" …; REQUIRES: 0 ≤ channel < kChannelsMax.
const char* sale_channel(int channel);
/// "10:17" for a time since the shop opened; with seconds where `seconds`.
std::string clock_text(Duration at, bool seconds = false);

}  // namespace holdfast::app
