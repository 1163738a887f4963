#include "ledger/forget.h"

#include <algorithm>

#include "model/limits.h"

namespace holdfast::ledger {
namespace {

void forget_holds(State* state, RowBook* book, Timestamp before, size_t max) {
  for (; max > 0 && !state->closed_holds.empty(); --max) {
    const Closed closed = state->closed_holds.front();
    if (closed.at >= before) return;
    state->closed_holds.pop_front();
    if (!state->holds.has(closed.id)) continue;
    Hold& hold = state->holds[closed.id];
    if (hold.open() || hold.closed_at != closed.at) continue;
    state->forgotten_holds = std::max(state->forgotten_holds, hold.first_seq);
    book->removing(RowKind::kHold, closed.id, &hold.row);
    state->hold_ids.erase(hold.id);
    state->holds.remove(closed.id);
  }
}

void forget_orders(State* state, RowBook* book, Timestamp before, size_t max) {
  for (; max > 0 && !state->closed_orders.empty(); --max) {
    const Closed closed = state->closed_orders.front();
    if (closed.at >= before) return;
    state->closed_orders.pop_front();
    if (!state->orders.has(closed.id)) continue;
    Order& order = state->orders[closed.id];
    // One that was opened again, or closed again later, has another entry.
    if (order.committed > 0 || order.closed_at != closed.at) continue;
    book->removing(RowKind::kOrder, closed.id, &order.row);
    state->order_ids.erase({order.channel, order.order});
    state->orders.remove(closed.id);
  }
}

// References have no queue of their own: a few are looked at per call, round and round.
void forget_references(State* state, RowBook* book, Timestamp before, size_t max) {
  for (; max > 0 && state->references.size() > 0; --max) {
    const uint32_t id = state->reference_sweep++ % state->references.size();
    if (!state->references.has(id)) continue;
    Reference& reference = state->references[id];
    if (reference.open() > 0 || reference.last_at >= before) continue;
    book->removing(RowKind::kReference, id, &reference.row);
    state->reference_ids.erase({static_cast<uint32_t>(reference.kind), reference.reference});
    state->references.remove(id);
  }
}

}  // namespace

void forget(State* state, RowBook* book, uint64_t keys_from, Timestamp now, size_t max) {
  state->keys.forget(now, max, keys_from);
  const Timestamp before = now - limits::kClosedKept;
  forget_holds(state, book, before, max);
  forget_orders(state, book, before, max);
  constexpr size_t kReferences = 16;
  forget_references(state, book, before, std::min(max, kReferences));
}

}  // namespace holdfast::ledger
