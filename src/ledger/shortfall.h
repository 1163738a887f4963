// What a shortfall endangers: the newest hold first, then older holds, then the newest order.
//
// Used by deciding and by queries. Reads State; pure.
#pragma once

#include "ledger/state.h"
#include "model/event_detail.h"

namespace holdfast::ledger {

/// The holds and orders behind −available at a position, the first kShortfallNamesMax by name.
ShortfallDetail endangered_at(const State& state, const Position& position);

/// Units of the hold that shortfalls at its lines' positions endanger.
int64_t endangered_of(const State& state, uint32_t hold);

}  // namespace holdfast::ledger
