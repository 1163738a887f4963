// What a shortfall endangers: the newest hold first, then older holds, then the newest order.
//
// Used by deciding and by queries. Reads State; pure.
#pragma once

#include "ledger/state.h"
#include "model/event_detail.h"
#include "model/limits.h"

namespace holdfast::ledger {

/// Names all shortfalls of one command have together: a command of 1,000 lines whose SKUs are all
/// short must not make a group of 100,000 names.
inline constexpr size_t kShortfallNamesPerCommand = 4'096;
/// Holds and orders looked at behind one shortfall. What lies beyond is not in `more`: counting a
/// hundred thousand carts with every sale would stop the sequencer.
inline constexpr size_t kShortfallLookedAtMax = 1'000;

/// The holds and orders behind −available at a position, the first `names_max` (at most
/// kShortfallNamesMax) by name; `more` counts those after them, as far as kShortfallLookedAtMax.
ShortfallDetail endangered_at(const State& state, const Position& position,
                              size_t names_max = limits::kShortfallNamesMax);

/// Units of the hold that shortfalls at its lines' positions endanger.
int64_t endangered_of(const State& state, uint32_t hold);

}  // namespace holdfast::ledger
