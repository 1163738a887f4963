// Memory whose time is over: idempotency keys outside the window, holds, orders and references that closed
// kClosedKept ago.
#pragma once

#include "ledger/row_book.h"
#include "ledger/state.h"

namespace holdfast::ledger {

/// At most `max` of each kind. Keys from number `keys_from` on stay: a snapshot has not had them yet.
void forget(State* state, RowBook* book, uint64_t keys_from, Timestamp now, size_t max);

}  // namespace holdfast::ledger
