// Where an event stands in the history of its SKU: links back, skip pointers, balances.
// docs/internals/journal-format.md, "Chains". Plain values.
#pragma once

#include <array>
#include <cstdint>

#include "base/time.h"
#include "model/account.h"
#include "model/event.h"

namespace holdfast::store {

inline constexpr uint32_t kSkipBase = 64;       ///< every 64th, 64²th, 64³th event carries one level more
inline constexpr int kSkipLevelsMax = 3;
inline constexpr int kPlaceAccounts = 7;        ///< kAvailable … kInTransit

struct SkipTarget {
  Seq target = 0;           ///< the event 64^level places before; 0 = there are fewer
  Timestamp min_occurred;   ///< of the events strictly between; unused in a place's chain
  bool operator==(const SkipTarget&) const = default;
};

struct SkipPointers {
  int levels = 0;
  std::array<SkipTarget, kSkipLevelsMax> by_level{};
  bool operator==(const SkipPointers&) const = default;
};

/// Balances of a (sku, location) after its event, every 64th of them.
struct Checkpoint {
  bool present = false;
  std::array<int64_t, kPlaceAccounts> balances{};
  SkipPointers skips;
  bool operator==(const Checkpoint&) const = default;
};

struct ChainLinks {
  Seq previous = 0;         ///< the SKU's event before; 0 = none
  Seq previous_here = 0;    ///< the one before at `location`
  Seq previous_there = 0;   ///< the one before at `to_location`
  SkipPointers skips;       ///< of the SKU's chain
  Checkpoint here, there;
  bool operator==(const ChainLinks&) const = default;
};

}  // namespace holdfast::store
