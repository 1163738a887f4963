// Memory whose time is over: idempotency keys outside the window and holds that closed kClosedKept
// ago.
//
// Only memory: that a key or a hold is forgotten follows from the log's time alone
// (IdempotencyTable::find, State::forgotten), so a replay decides like the ledger that wrote the
// log, whatever either still has in memory. Orders and references are never forgotten
// (docs/adr/0004-closed-orders-stay-in-memory.md).
#pragma once

#include "ledger/row_book.h"
#include "ledger/state.h"

namespace holdfast::ledger {

/// Frees at most `max` of each kind. Keys from number `keys_from` on stay: a snapshot has not had
/// them yet.
void forget(State* state, RowBook* book, uint64_t keys_from, size_t max);

/// Frees a forgotten hold now, before its time in the queue. REQUIRES: state->forgotten(it).
void forget_hold(State* state, RowBook* book, uint32_t id);

}  // namespace holdfast::ledger
