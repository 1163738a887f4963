// A day of orders: read from a CSV of real ones, or generated from a seed in the shape of a real shop's.
//
// Used by the demo. Values and pure functions.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"

namespace holdfast::app {

inline constexpr int kDemoChannels = 3;
inline constexpr int kTill = 2;
/// "web", "market", "till".
const char* demo_channel(int channel);

struct DayLine {
  std::string sku;
  int64_t quantity = 0;  ///< ≥ 1, also in cancellations
};

struct DayOrder {
  std::string number;
  int channel = 0;
  double at = 0;              ///< when, as a part of the day: 0 … 1
  bool cancellation = false;  ///< takes back lines of earlier orders, which it does not name
  std::vector<DayLine> lines;
};

struct Day {
  std::vector<DayOrder> orders;           ///< by time
  std::map<std::string, int64_t> supply;  ///< what lies on the shelves in the morning: 90% of the demand
};

/// Shaped on 999 order lines of a UK online gift shop on one December morning: lines per order, quantities,
/// popularity of SKUs, hours, cancellations.
Day generate_day(uint64_t seed, size_t orders);

/// CSV with the columns order, sku, quantity, ordered_at, country. Orders that begin with C are
/// cancellations; D (discount) and POST (postage) are no goods. kIo, or kInvalidValue with the line.
Result<Day> read_day(const std::string& file);

}  // namespace holdfast::app
