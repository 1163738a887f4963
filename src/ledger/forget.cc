#include "ledger/forget.h"

#include <algorithm>

#include "model/limits.h"

namespace holdfast::ledger {

void forget_hold(State* state, RowBook* book, uint32_t id) {
  Hold& hold = state->holds[id];
  state->forgotten_holds = std::max(state->forgotten_holds, hold.first_seq);
  book->removing(RowKind::kHold, id, &hold.row);
  state->hold_ids.erase(hold.id);
  state->holds.remove(id);
}

void forget(State* state, RowBook* book, uint64_t keys_from, size_t max) {
  state->keys.forget(state->now, max, keys_from);
  for (; max > 0 && !state->closed_holds.empty(); --max) {
    const Closed closed = state->closed_holds.front();
    if (closed.at + limits::kClosedKept >= state->now) return;
    state->closed_holds.pop_front();
    // Its slot may be empty, or have another hold by now.
    if (!state->holds.has(closed.id) || !state->forgotten(state->holds[closed.id])) continue;
    forget_hold(state, book, closed.id);
  }
}

}  // namespace holdfast::ledger
