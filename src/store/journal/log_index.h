// Where the groups of the log lie, and the groups read last. Gives readers verified groups.
//
// Of old groups only every 64 KiB of log has an entry (32 bytes: 1/2,000 of the log); from there
// the headers in the file are followed, 16 at most. The newest few thousand groups have one each.
//
// Used by Journal. Thread-safe: the flusher adds, readers ask; no lock is held over I/O.
#pragma once

#include <atomic>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <vector>

#include "io/file_system.h"
#include "store/event_store.h"
#include "store/group_view.h"
#include "store/journal/snapshot_file.h"

namespace holdfast::store {

struct GroupAt {
  Seq first_seq = 0;
  Seq last_seq = 0;
  Timestamp time;
  uint32_t segment = 0;
  uint32_t bytes = 0;  ///< of its extent
  uint64_t offset = 0;
};

class LogIndex final : public GroupSource {
 public:
  LogIndex(io::FileSystem& files, std::string directory)
      : files_(files), directory_(std::move(directory)) {}

  /// The next group, durable now; `view`, if given, is kept for readers that follow closely.
  void add(const GroupAt& group, Hash128 hash, std::shared_ptr<const GroupView> view);

  Seq durable_seq() const override { return durable_seq_.load(std::memory_order_acquire); }
  Result<std::shared_ptr<const GroupView>> group_with(Seq seq) override;
  Result<Seq> last_seq_at(Timestamp time) override;

  /// Of the last group; of an empty log: no time.
  Timestamp last_time() const;
  LogPoint last_point() const;
  /// The group with `seq`. REQUIRES: 1 ≤ seq ≤ durable_seq(). kIo, kCorrupt.
  Result<GroupAt> find(Seq seq) const;
  uint64_t groups() const;
  /// Entries in memory, for tests of its bound.
  uint64_t entries() const;
  /// The place behind the group that ends with `seq`, its hash read from the file. kCursorInvalid
  /// when no durable group ends there.
  Result<LogPoint> point_after(Seq seq) const;

  /// Every durable event after `after` (from the start of its command), read in large pieces past
  /// the group cache.
  Status replay(Seq after, LogVisitor& visitor) const;

  /// Reads one group from its file and verifies it; *extent gets its bytes, unmasked. kCorrupt,
  /// kIo.
  Result<std::shared_ptr<GroupView>> read_group(const GroupAt& group) const;

 private:
  /// Groups that lie behind each other in one segment.
  struct Run {
    Seq first_seq = 0;
    Timestamp time;  ///< of the first
    uint64_t offset = 0;
    uint32_t segment = 0;
    uint32_t bytes = 0;
  };
  /// Follows the headers of a run while `visit` returns true.
  template <typename Visit>
  Status walk(const Run& run, Visit visit) const;
  /// From the group with `seq` on: about a megabyte of groups that lie behind each other.
  Result<Run> piece_from(Seq seq) const;
  std::shared_ptr<const GroupView> cached_with(Seq seq) const;
  std::unexpected<Error> no_longer_verifies(const GroupAt& group) const;
  void cache(std::shared_ptr<const GroupView> view);

  io::FileSystem& files_;
  const std::string directory_;
  std::atomic<Seq> durable_seq_{0};

  mutable std::shared_mutex mutex_;
  std::deque<Run> runs_;        // guarded by mutex_, rising: all groups
  std::deque<GroupAt> recent_;  // guarded by mutex_, rising: the newest
  GroupAt last_;                // guarded by mutex_
  uint64_t groups_ = 0;         // guarded by mutex_
  Hash128 last_hash_;           // guarded by mutex_

  // guarded by cache_mutex_
  mutable std::mutex cache_mutex_;
  std::map<Seq, std::shared_ptr<const GroupView>> cached_;  // by first seq
  std::deque<Seq> cached_order_;                            // oldest first
  size_t cached_bytes_ = 0;
};

}  // namespace holdfast::store
