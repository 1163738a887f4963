// What a count of the past compares with: the sum of all that occurred at or before the count's time, of
// one (sku, location, state), read from the SKU's chain in the log.
//
// Used by the helper (off the sequencer) and, for the short rest, by the sequencer. Reads durable bytes
// only; stateless.
#pragma once

#include "base/result.h"
#include "model/command.h"
#include "store/event_store.h"

namespace holdfast::engine {

/// True for a `stock.counted` that says when it was counted: it may need a basis.
bool may_need_basis(const Command& command);

/// Fills `count_bases`, one per line, up to the SKU's newest durable event. Bases that are already there
/// are brought up to date by reading only what came after them.
Status prepare_bases(store::EventStore& store, Command* command);

}  // namespace holdfast::engine
