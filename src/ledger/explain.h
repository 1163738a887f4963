// Why a SKU's numbers are what they are, from the present state: whose its units are, and each
// channel's sum. Pure over State; bounded by the kExplain limits.
#pragma once

#include <string_view>

#include "ledger/state.h"
#include "model/explain.h"

namespace holdfast::ledger {

/// REQUIRES: `sku` is no alias. An empty `channel` = every channel with settings; another must have
/// a market.
Explanation explanation_of(const State& state, SkuId sku, std::string_view channel);

}  // namespace holdfast::ledger
