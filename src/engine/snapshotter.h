// Takes snapshots without stopping the sequencer: fixes a seq between two groups, hands over at
// most 1,000 rows per turn, and leaves the writing to the snapshot writer.
//
// turn() and the rest are the sequencer's; only what runs as a task of `writer` is on its thread.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "engine/inbox.h"
#include "engine/metrics.h"
#include "engine/snapshot_port.h"
#include "engine/worker.h"
#include "ledger/ledger.h"
#include "store/event_store.h"

namespace holdfast::engine {

struct SnapshotOptions {
  uint64_t events_between = 1'000'000;    ///< a snapshot is due after so many events,
  uint64_t bytes_between = 256ull << 20;  ///< or so many bytes of groups
  size_t rows_per_turn = 1'000;
  size_t slices_waiting_max = 16;  ///< handed over and not yet written
  /// Rows that changed before their turn, kept while the writer is behind: with so many bytes of
  /// them they are handed over all the same, and with so many handed over and unwritten the
  /// snapshot is given up.
  size_t side_buffer_bytes_max = 16 << 20;
  size_t bytes_waiting_max = 256 << 20;
};

class Snapshotter {
 public:
  /// `port` null: no snapshots. `newest` is the seq of the one that recovery loaded.
  Snapshotter(ledger::Ledger& ledger, store::EventStore& store, SnapshotPort* port, Worker& writer,
              Inbox& inbox, EngineMetrics& metrics, SnapshotOptions options, Seq newest);

  /// One step, if there is one: begins when due (only `between_groups`), or hands over one slice,
  /// or ends. False: nothing to do now.
  bool turn(bool between_groups);
  /// A group of that size was sealed.
  void note_group(size_t bytes) { bytes_since_ += bytes; }
  /// Makes the next one due now, unless nothing has happened since the newest.
  void request();
  /// One is being taken or was requested.
  bool busy() const { return job_ != nullptr || requested_; }

 private:
  /// One snapshot under way, shared with the writer's tasks.
  struct Job {
    Seq seq = 0;
    Hash128 state_hash;
    bool all_rows_taken = false;
    bool finish_posted = false;
    std::unique_ptr<SnapshotPort::File> file;  ///< the writer's
    std::atomic<size_t> slices_waiting{0};
    std::atomic<size_t> bytes_waiting{0};
    std::atomic<bool> failed{false};
    std::atomic<bool> finished{false};
  };
  bool due() const;
  void begin();
  void end(bool succeeded);
  bool take_slice();
  void hand_over(std::string rows);
  /// Runs `step` on the writer, unless an earlier one failed, and wakes the sequencer.
  void post(std::move_only_function<Status(Job&)> step);

  ledger::Ledger& ledger_;
  store::EventStore& store_;
  SnapshotPort* port_;
  Worker& writer_;
  Inbox& inbox_;
  EngineMetrics& metrics_;
  const SnapshotOptions options_;
  std::shared_ptr<Job> job_;
  Seq counted_from_;  ///< events since this seq count toward the next one
  Seq newest_;
  uint64_t bytes_since_ = 0;
  bool requested_ = false;
};

}  // namespace holdfast::engine
