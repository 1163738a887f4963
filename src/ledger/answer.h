// The answer a logged command gave, rebuilt from its record; and the answer of a dry run.
#pragma once

#include <span>

#include "ledger/ledger.h"
#include "ledger/state.h"

namespace holdfast::ledger {

/// Status, seq, hold with its lines, shortages. `stock` is left empty: it shows present numbers.
Outcome rebuilt_answer(const CommandHead& head, std::span<const Event> events);

/// Answers as if, and leaves nothing behind: the command is decided on a copy of the rows it touches. Its
/// events go to `out`, where one is given.
Outcome decide_dry(const State& state, const LedgerOptions& options, const Command& command,
                   Timestamp now, bool storage_full, EventSink* out = nullptr);

}  // namespace holdfast::ledger
