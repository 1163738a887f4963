#include "ledger/row_book.h"

#include "base/bytes.h"
#include "ledger/rows.h"

namespace holdfast::ledger {
namespace {

/// The row of a slot; null when the slot is empty.
Row* row_at(State* state, RowKind kind, uint32_t id) {
  switch (kind) {
    case RowKind::kLocation: return state->locations.has(id) ? &state->locations[id].row : nullptr;
    case RowKind::kChannel: return state->channels.has(id) ? &state->channels[id].row : nullptr;
    case RowKind::kSource: return state->sources.has(id) ? &state->sources[id].row : nullptr;
    case RowKind::kSku: return state->skus.has(id) ? &state->skus[id].row : nullptr;
    case RowKind::kHold: return state->holds.has(id) ? &state->holds[id].row : nullptr;
    case RowKind::kOrder: return state->orders.has(id) ? &state->orders[id].row : nullptr;
    case RowKind::kReference:
      return state->references.has(id) ? &state->references[id].row : nullptr;
    default: return nullptr;
  }
}

}  // namespace

void RowBook::removing(RowKind kind, uint32_t id, Row* row) {
  if (snapshot_ != 0 && row->snapshot != snapshot_) save(kind, id, row);
  sum_ -= row->hash;
  row->hash = {};
  row->dirty = false;
}

Hash128 RowBook::state_hash() {
  hash_dirty();
  return sum_;
}

void RowBook::hash_dirty() {
  for (const Ref& ref : dirty_) {
    Row* row = row_at(state_, ref.kind, ref.id);
    if (row == nullptr || !row->dirty) continue;
    row->dirty = false;
    sum_ -= row->hash;
    row->hash = {};
    if (!is_hashed(*state_, ref.kind, ref.id)) continue;
    scratch_.clear();
    encode_row(*state_, ref.kind, ref.id, &scratch_);
    row->hash = hash128(scratch_, state_->seed);
    sum_ += row->hash;
  }
  dirty_.clear();
}

bool RowBook::is_there(RowKind kind, uint32_t id) const {
  const Row* row = row_at(state_, kind, id);
  return row != nullptr && row->dirty;
}

void RowBook::begin_snapshot() {
  snapshot_ = ++snapshots_;
  saved_.clear();
}

void RowBook::end_snapshot() {
  snapshot_ = 0;
  saved_.clear();
  saved_.shrink_to_fit();
}

void RowBook::save(RowKind kind, uint32_t id, Row* row) {
  row->snapshot = snapshot_;
  scratch_.clear();
  encode_row(*state_, kind, id, &scratch_);
  ByteWriter(&saved_).text(scratch_);
}

bool RowBook::dump(RowKind kind, uint32_t id, Row* row, std::string* out) {
  if (row->snapshot == snapshot_) return false;
  row->snapshot = snapshot_;
  scratch_.clear();
  encode_row(*state_, kind, id, &scratch_);
  ByteWriter(out).text(scratch_);
  return true;
}

}  // namespace holdfast::ledger
