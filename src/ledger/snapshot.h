// SnapshotWriter: a consistent set of rows as of one seq, taken in slices while commands go on.
//
// Rows are written in slab order; one that changes before its turn was saved by RowBook as it was. Used by
// Ledger. Confined to one thread.
#pragma once

#include <string>
#include <string_view>

#include "ledger/row_book.h"
#include "ledger/state.h"

namespace holdfast::ledger {

class SnapshotWriter {
 public:
  SnapshotWriter(State* state, RowBook* book) : state_(state), book_(book) {}

  void begin();
  /// Appends up to about `max_rows` length-prefixed rows; true when that was the last.
  bool next(size_t max_rows, std::string* out);
  void end();
  /// The first key that is still to be written: it must not be forgotten yet.
  uint64_t keys_from() const { return book_->snapshotting() ? keys_next_ : UINT64_MAX; }

 private:
  template <typename T>
  bool walk(RowKind kind, Slab<T>* slab, size_t* rows, std::string* out);
  bool walk_keys(size_t* rows, std::string* out);

  State* state_;
  RowBook* book_;
  RowKind at_ = RowKind::kLocation;
  uint32_t next_ = 0;
  uint32_t ends_[8] = {};  ///< slab sizes at the begin, by RowKind
  uint64_t keys_next_ = 0, keys_end_ = 0;
};

/// Puts length-prefixed rows into an empty state; false for bytes that are not rows.
bool load_snapshot_rows(std::string_view rows, State* state);

}  // namespace holdfast::ledger
