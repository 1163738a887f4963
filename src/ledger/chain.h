// Chains of holds and orders at a position, oldest first, linked through their own records.
//
// Used by Applier; read by shortfalls (newest first). O(1) for the newest; a hold that comes to a
// position late walks back past the younger ones.
#pragma once

#include "ledger/state.h"

namespace holdfast::ledger {

/// Order of age: by the first event of the hold or order, then by its lines.
struct ChainAge {
  Seq first_seq;
  uint16_t part, piece;
  auto operator<=>(const ChainAge&) const = default;
};

/// Under which a hold's end is listed.
inline Deadline deadline_of(const Hold& hold, uint32_t id) {
  return {hold.deadline, hold.first_seq, id};
}

/// `links(ref)` gives the ChainLinks of a ref, `age(ref)` its ChainAge.
template <typename Links, typename Age>
void chain_add(Chain* chain, const ChainRef& ref, Links links, Age age) {
  ChainRef older = chain->newest;
  while (!older.none() && age(older) > age(ref)) older = links(older).older;
  const ChainRef newer = older.none() ? chain->oldest : links(older).newer;
  links(ref) = {older, newer};
  (older.none() ? chain->oldest : links(older).newer) = ref;
  (newer.none() ? chain->newest : links(newer).older) = ref;
}

template <typename Links>
void chain_remove(Chain* chain, const ChainRef& ref, Links links) {
  const ChainLinks at = links(ref);
  (at.older.none() ? chain->oldest : links(at.older).newer) = at.newer;
  (at.newer.none() ? chain->newest : links(at.newer).older) = at.older;
  links(ref) = {};
}

inline void chain_hold_line(State* state, Position* position, const ChainRef& ref) {
  chain_add(
      &position->holds, ref,
      [state](const ChainRef& r) -> ChainLinks& { return state->hold_line(r).links; },
      [state](const ChainRef& r) { return ChainAge{state->holds[r.record].first_seq, r.part, 0}; });
}
inline void unchain_hold_line(State* state, Position* position, const ChainRef& ref) {
  chain_remove(&position->holds, ref,
               [state](const ChainRef& r) -> ChainLinks& { return state->hold_line(r).links; });
}
inline void chain_commitment(State* state, Position* position, const ChainRef& ref) {
  chain_add(
      &position->orders, ref,
      [state](const ChainRef& r) -> ChainLinks& { return state->commitment(r).links; },
      [state](const ChainRef& r) {
        return ChainAge{state->orders[r.record].first_seq, r.part, r.piece};
      });
}
inline void unchain_commitment(State* state, Position* position, const ChainRef& ref) {
  chain_remove(&position->orders, ref,
               [state](const ChainRef& r) -> ChainLinks& { return state->commitment(r).links; });
}

}  // namespace holdfast::ledger
