// What the simulations are asked for; the command line fills these in. Values only.
#pragma once

#include <cstdint>

#include "base/time.h"

namespace holdfast::app {

struct RaceSettings {
  uint64_t seed = 1;
  int64_t buyers = 2;                  ///< 1 … kBuyersMax, one unit each
  int64_t stock = 1;                   ///< 1 … kStockMax
  Duration lease = 30 * kMillisecond;  ///< how long a lock belongs to its holder
  Duration pause = 60 * kMillisecond;  ///< how long the first buyer's process stands still
};

struct BatchSyncSettings {
  uint64_t seed = 1;
  Duration interval = 30 * kMinute;   ///< of the cron job
  Duration lag = 200 * kMillisecond;  ///< from a sale until every channel has heard of it
  int64_t stock = 600;                ///< units in the morning, 1 … kStockMax
  int64_t channels = 3;               ///< 1 … kChannelsMax
  int64_t demand = 1'000;             ///< orders that would be placed, 1 … kDemandMax
};

inline constexpr int64_t kBuyersMax = 1'000;
inline constexpr int64_t kStockMax = 1'000'000;
inline constexpr int64_t kChannelsMax = 8;
inline constexpr int64_t kDemandMax = 100'000;
inline constexpr Duration kRaceSpanMin = kMillisecond;  ///< of lease and pause
inline constexpr Duration kRaceSpanMax = kMinute;
inline constexpr Duration kIntervalMin = kSecond;
inline constexpr Duration kIntervalMax = kDay;
inline constexpr Duration kLagMax = kHour;

}  // namespace holdfast::app
