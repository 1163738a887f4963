#include "ledger/snapshot.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/invariant.h"
#include "ledger/rows.h"

namespace holdfast::ledger {
namespace {

void put_row(const State& state, RowKind kind, uint32_t id, std::string* out) {
  std::string row;
  encode_row(state, kind, id, &row);
  ByteWriter(out).text(row);
}

}  // namespace

void SnapshotWriter::begin() {
  INVARIANT(!book_->snapshotting(), "one snapshot at a time: seq={}", state_->last_seq);
  book_->begin_snapshot();
  at_ = RowKind::kMeta;
  next_ = 0;
  ends_[static_cast<size_t>(RowKind::kLocation)] = state_->locations.size();
  ends_[static_cast<size_t>(RowKind::kChannel)] = state_->channels.size();
  ends_[static_cast<size_t>(RowKind::kSource)] = state_->sources.size();
  ends_[static_cast<size_t>(RowKind::kSku)] = state_->skus.size();
  ends_[static_cast<size_t>(RowKind::kHold)] = state_->holds.size();
  ends_[static_cast<size_t>(RowKind::kOrder)] = state_->orders.size();
  ends_[static_cast<size_t>(RowKind::kReference)] = state_->references.size();
  keys_next_ = state_->keys.begin_number();
  keys_end_ = state_->keys.end_number();
  // Few and always changing: these are taken at once.
  std::string* saved = book_->saved();
  put_row(*state_, RowKind::kMeta, 0, saved);
  for (uint32_t i = 0; i < state_->discrepancies.size(); ++i) {
    put_row(*state_, RowKind::kDiscrepancy, i, saved);
  }
  at_ = RowKind::kLocation;
}

void SnapshotWriter::end() { book_->end_snapshot(); }

template <typename T>
bool SnapshotWriter::walk(RowKind kind, Slab<T>* slab, size_t* rows, std::string* out) {
  const uint32_t end = ends_[static_cast<size_t>(kind)];
  for (; next_ < end && *rows > 0; ++next_) {
    --*rows;  // an empty slot takes its time too
    if (slab->has(next_)) book_->dump(kind, next_, &(*slab)[next_].row, out);
  }
  return next_ >= end;
}

bool SnapshotWriter::walk_keys(size_t* rows, std::string* out) {
  constexpr uint64_t kRun = 64;
  for (; keys_next_ < keys_end_ && *rows > 0; --*rows) {
    const uint64_t to = std::min(keys_end_, keys_next_ + kRun);
    std::string row;
    encode_keys(*state_, keys_next_, to, &row);
    ByteWriter(out).text(row);
    keys_next_ = to;
  }
  return keys_next_ >= keys_end_;
}

bool SnapshotWriter::next(size_t max_rows, std::string* out) {
  if (!book_->snapshotting()) return true;
  out->append(book_->take_saved());
  while (max_rows > 0) {
    bool finished = false;
    switch (at_) {
      case RowKind::kLocation: finished = walk(at_, &state_->locations, &max_rows, out); break;
      case RowKind::kChannel: finished = walk(at_, &state_->channels, &max_rows, out); break;
      case RowKind::kSource: finished = walk(at_, &state_->sources, &max_rows, out); break;
      case RowKind::kSku: finished = walk(at_, &state_->skus, &max_rows, out); break;
      case RowKind::kHold: finished = walk(at_, &state_->holds, &max_rows, out); break;
      case RowKind::kOrder: finished = walk(at_, &state_->orders, &max_rows, out); break;
      case RowKind::kReference: finished = walk(at_, &state_->references, &max_rows, out); break;
      default:
        if (!walk_keys(&max_rows, out)) continue;
        out->append(book_->take_saved());
        book_->end_snapshot();
        return true;
    }
    if (!finished) continue;
    at_ = static_cast<RowKind>(static_cast<uint8_t>(at_) + 1);
    next_ = 0;
  }
  return false;
}

bool load_snapshot_rows(std::string_view rows, State* state) {
  ByteReader in(rows);
  while (!in.at_end()) {
    const std::string_view row = in.text();
    if (!in.ok() || !decode_row(row, state)) return false;
  }
  return true;
}

}  // namespace holdfast::ledger
