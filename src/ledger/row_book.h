// RowBook: the state hash, kept row by row, and the snapshot in progress.
//
// Applier tells it of every row before it changes. Rows are hashed again in batches (a hot row once
// per batch, not once per command); a row that changes before the snapshot reached it is encoded as
// it was. Confined to one thread.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "ledger/state.h"

namespace holdfast::ledger {

enum class RowKind : uint8_t {
  kLocation = 1,
  kChannel = 2,
  kSource = 3,
  kSku = 4,
  kHold = 5,
  kOrder = 6,
  kReference = 7,
  // in snapshots only, not in the state hash
  kKeys = 8,
  kDiscrepancy = 9,
  kMeta = 10,
};

class RowBook {
 public:
  explicit RowBook(State* state) : state_(state) {}

  /// REQUIRES: called before the row changes (or just after it was created).
  void touch(RowKind kind, uint32_t id, Row* row) {
    if (snapshot_ != 0 && row->snapshot != snapshot_) save(kind, id, row);
    if (row->dirty) return;
    row->dirty = true;
    dirty_.push_back({kind, id});
  }
  /// A row that came into being; a snapshot in progress must not have it.
  void created(RowKind kind, uint32_t id, Row* row) {
    row->snapshot = snapshot_;
    touch(kind, id, row);
  }
  /// REQUIRES: called before the row is removed from its slab.
  void removing(RowKind kind, uint32_t id, Row* row);

  /// Keeps the list of rows to hash short; called between commands.
  void settle() {
    if (dirty_.size() >= kBatch && !keeps_changes_) hash_dirty();
  }
  Hash128 state_hash();

  // ---- a desk: which rows a group changed ----
  /// From here on nothing is hashed, and each_changed() tells every row that was touched since.
  /// REQUIRES: nothing was touched before.
  void keep_changes() { keeps_changes_ = true; }
  /// Calls `visit(kind, id)` for every row that was touched and is still there, each once, in the
  /// order they were first touched.
  template <typename Visit>
  void each_changed(Visit visit) const {
    std::set<std::pair<RowKind, uint32_t>> told;  // a slot that was freed and used again is in it twice
    for (const Ref& ref : dirty_) {
      if (is_there(ref.kind, ref.id) && told.emplace(ref.kind, ref.id).second) {
        visit(ref.kind, ref.id);
      }
    }
  }

  // ---- snapshot ----
  void begin_snapshot();
  void end_snapshot();
  bool snapshotting() const { return snapshot_ != 0; }
  /// Appends the slot's row unless it is empty, saved already or younger than the snapshot.
  bool dump(RowKind kind, uint32_t id, Row* row, std::string* out);
  /// Rows saved because they changed before their turn.
  std::string take_saved() { return std::exchange(saved_, {}); }
  size_t bytes_saved() const { return saved_.size(); }
  std::string* saved() { return &saved_; }

 private:
  struct Ref {
    RowKind kind;
    uint32_t id;
  };
  static constexpr size_t kBatch = 4096;

  void save(RowKind kind, uint32_t id, Row* row);
  void hash_dirty();
  bool is_there(RowKind kind, uint32_t id) const;

  State* state_;
  std::vector<Ref> dirty_;
  bool keeps_changes_ = false;
  Hash128 sum_;
  uint32_t snapshot_ = 0;  ///< number of the one in progress; 0 = none
  uint32_t snapshots_ = 0;
  std::string saved_;
  std::string scratch_;
};

}  // namespace holdfast::ledger
