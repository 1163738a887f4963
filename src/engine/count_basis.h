// What a count of the past compares with: the sum of all that occurred at or before the count's
// time, of one (sku, location, state), read from the SKU's chain in the log.
//
// Used by the helper (off the sequencer) and, for the short rest, by the sequencer. Reads durable
// bytes only; stateless.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "ledger/ledger.h"
#include "model/command.h"
#include "store/event_log.h"

namespace holdfast::engine {

/// True for a `stock.counted` that says when it was counted: it may need a basis.
bool may_need_basis(const Command& command);

/// Which SKU each basis of a command was summed for: not the line's own name, where that is an
/// alias.
using BasisSkus = std::vector<std::string>;

/// Fills `count_bases`, one per line, up to the SKU's newest durable event, and *skus. Bases that
/// are already there are brought up to date by reading only what came after them; one that was
/// summed for another SKU (a merge landed meanwhile: its sku_seq is of another chain) is summed
/// afresh.
Status prepare_bases(store::EventLog& store, Command* command, BasisSkus* skus);

/// Forgets the bases of a command whose lines stand for other SKUs now than those they were summed
/// for: that such a basis has the sku_seq of today's SKU would be chance.
void drop_stale_bases(const ledger::Ledger& ledger, Command* command, BasisSkus* skus);

}  // namespace holdfast::engine
