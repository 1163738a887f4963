// The durable log of one machine: segments, groups, recovery, history by SKU. On disk exactly as
// docs/internals/journal-format.md says.
//
// Used by engine (writing), feed and http (reading), app (verify, truncate). Writing is confined to
// the sequencer (begin_group, append, seal_group) and its flusher (flush_group); everything else is
// thread-safe. A helper thread makes spares and rewrites durable.mark; with `helper_thread = false`
// whoever owns the journal calls do_work() instead (tests, the simulator), and nothing here looks
// at a clock.
#pragma once

#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/hash.h"
#include "base/random.h"
#include "base/result.h"
#include "io/file_system.h"
#include "store/event_store.h"
#include "store/journal/guards.h"
#include "store/journal/snapshot_file.h"

namespace holdfast::store {

struct JournalOptions {
  std::string ledger_id;                  ///< of a new directory; empty: drawn from `random`
  Random* random = nullptr;               ///< null: the operating system's
  uint64_t segment_bytes = 64 << 20;      ///< of new segments; a multiple of 4,096, ≥ 32 KiB
  uint64_t spare_bytes_per_s = 80 << 20;  ///< highest pace of filling spares; 0 = at full speed
  bool helper_thread = true;
  /// The helper met an error after which nothing more can be acknowledged: log it and end the
  /// process. Called at most once, on the helper's thread, without a lock; not at all when a flush
  /// fails (that one tells).
  std::function<void(const Error&)> on_fatal;
  /// For the log: the disk ran full (and `storage_full` began), or the mark is written no more. As
  /// above.
  std::function<void(const Error&)> on_warning;
  Seq known_seq = 0;  ///< the highest seq a cursor names: the log must reach it
  /// Asked for that seq under the lock, once it is known whose the directory is; the higher of both
  /// counts. An error ends the start.
  std::function<Result<Seq>(const LedgerIdentity&)> find_known_seq;
  /// Checks and reads, and changes nothing: no spare, no mark, a torn tail is reported and stays.
  /// Nothing can be written. For `verify`; takes the lock all the same.
  bool read_only = false;
  JournalGuards guards;  ///< all on, but in tests/faults
};

/// What open() found behind the last group.
struct Recovery {
  Seq last_seq = 0;
  uint64_t groups = 0;
  bool torn_tail = false;  ///< an unacknowledged group was cut (read_only: lies there)
  std::string torn_file;
  uint64_t torn_offset = 0;
  uint64_t torn_bytes = 0;  ///< as far as it may have reached
};

class Journal final : public EventStore {
 public:
  /// Opens or makes the ledger in `directory` and recovers it; only what is on the device is state.
  /// kInUse: another process has it. kWrongVersion, kCorrupt (file, offset, remedy),
  /// kSnapshotAhead, kIo.
  static Result<std::unique_ptr<Journal>> open(io::FileSystem& files, const std::string& directory,
                                               JournalOptions options);
  /// Gives up the end of the log: cuts it behind the last whole group that ends at or before `seq`,
  /// removes snapshots and the mark beyond, raises the incarnation (so cursors of before count as
  /// of another future), has sinks and sources start paused, and writes `ledger.restored`, which
  /// adds 2^32 to every sku_seq. For a directory that no process has open; explicit, never
  /// automatic. Returns the last seq kept; the event has the next one. kCursorInvalid, and nothing
  /// was changed: the log ends, or cannot be read any further, before `seq`; `detail` names the seq
  /// that can be reached. kIo: a file could not be read or written; kNoSpace: no room for the
  /// event. After a crash or an error in between, open() refuses: call it again, as that says.
  static Result<Seq> truncate_at(io::FileSystem& files, const std::string& directory, Seq seq);

  ~Journal() override;

  const LedgerIdentity& identity() const override;
  GroupWriter& begin_group(Timestamp log_time) override;
  bool seal_group() override;
  Status flush_group() override;
  bool has_room() const override;
  Seq durable_seq() const override;
  Timestamp last_time() const override;
  Result<LogBatch> read(Seq after, size_t bytes_max) override;
  Result<LogBatch> read_command(Seq seq) override;
  Status walk_sku(const std::string& sku, Seq before_seq,
                  const std::function<bool(const Event&)>& visit) override;
  Status walk_late_facts(const std::string& sku, Seq after_seq, Timestamp time,
                         const std::function<bool(const Event&)>& visit) override;
  Result<std::vector<PlaceBalances>> balances_after(const std::string& sku, Seq seq) override;
  Result<Seq> seq_at(Timestamp time) override;
  Status replay(Seq after, LogVisitor& visitor) override;
  uint64_t subscribe(std::function<void(Seq durable)> listener) override;
  void unsubscribe(uint64_t id) override;

  /// What recovery found.
  const Recovery& recovery() const;
  /// One step of the helper's work (a piece of a spare, the mark). True if there was any.
  bool do_work();
  /// Reads every segment again from the device and checks every hash to durable_seq(). kCorrupt
  /// names file and offset. Thread-safe; takes as long as the disk needs.
  Status verify();

  // ---- snapshots ----
  /// A writer for the state as of `seq`, which must be the last of its group. For a helper thread.
  Result<std::unique_ptr<SnapshotWriter>> begin_snapshot(Seq seq);
  /// Waits for nothing: `seq` must be durable. Makes the snapshot valid, keeps the newest two.
  Status finish_snapshot(SnapshotWriter& writer, Hash128 state_hash);
  /// The newest snapshot of a seq below `before` that verifies and whose chain hash is the log's;
  /// `load` gets its slices in order, until it returns false: who does not like the rows asks for
  /// one before that seq. nullopt: there is none.
  Result<std::optional<SnapshotInfo>> load_snapshot(
      const std::function<bool(std::string_view rows)>& load,
      Seq before = std::numeric_limits<Seq>::max());
  /// Removes all of them. REQUIRES: none is being written.
  Status drop_snapshots();
  /// Snapshots passed over at load, with the reason, for the log.
  std::vector<std::string> passed_over() const;

 private:
  struct Impl;
  explicit Journal(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace holdfast::store
