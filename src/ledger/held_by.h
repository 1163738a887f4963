// How many open holds each name has of a SKU: what the quota per name and SKU is held against.
//
// Follows from the holds, and is in no snapshot. Used by apply, finish_loading and decide.
#pragma once

#include <algorithm>

#include "ledger/state.h"

namespace holdfast::ledger {

/// Whether the hold has units of the SKU left.
inline bool has_units_of(const Hold& hold, SkuId sku) {
  return std::any_of(hold.lines.begin(), hold.lines.end(),
                     [sku](const HoldLine& line) { return line.sku == sku && line.remaining > 0; });
}

/// Open holds of the SKU that `source` has placed.
inline uint32_t holds_open_of(const Sku& sku, SourceId source) {
  const auto found = std::ranges::lower_bound(sku.held_by, source, {}, &HeldBy::source);
  return found == sku.held_by.end() || found->source != source ? 0 : found->holds;
}

/// One more, when the hold's first units of the SKU come; one less when its last ones go.
inline void count_open_hold(Sku* sku, SourceId source, int change) {
  auto found = std::ranges::lower_bound(sku->held_by, source, {}, &HeldBy::source);
  if (found == sku->held_by.end() || found->source != source) {
    found = sku->held_by.insert(found, HeldBy{source, 0});
  }
  found->holds += static_cast<uint32_t>(change);
  if (found->holds == 0) sku->held_by.erase(found);
}

}  // namespace holdfast::ledger
