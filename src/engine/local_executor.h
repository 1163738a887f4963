// The ledger on one machine: inbox, sequencer, flusher, helper and snapshot writer around one Ledger and one
// EventStore (docs/internals/executor.md).
//
// Made by app at start, drained by it at the end. The ports are thread-safe. With `threads = false` nothing
// runs by itself: tests and the simulator call do_work(), from one thread, and may then use a ManualClock.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "engine/executor.h"
#include "engine/flusher.h"
#include "engine/history.h"
#include "engine/inbox.h"
#include "engine/metrics.h"
#include "engine/recovery.h"
#include "engine/releaser.h"
#include "engine/sequencer.h"
#include "engine/snapshot_port.h"
#include "engine/snapshotter.h"
#include "engine/worker.h"
#include "model/limits.h"

namespace holdfast::engine {

struct LocalExecutorOptions {
  Duration idempotency_window = limits::kIdempotencyWindowDays * kDay;
  uint64_t idempotency_keys_max = limits::kIdempotencyKeysMax;
  size_t queue_commands_max = limits::kQueueCommandsMax;
  bool accept_clock = false;
  bool threads = true;
  SequencerOptions sequencer;
  SnapshotOptions snapshots;
  telemetry::Metrics* metrics = nullptr;  ///< null: the executor keeps its own
  /// A flush failed: say so and exit. Called once, on an engine thread; must not call back into the engine.
  std::function<void(const Error&)> on_fatal;
};

class LocalExecutor final : public Executor {
 public:
  /// Recovers the state and starts the roles. `store` and `clock` outlive the executor, `snapshots` (null:
  /// none are read or written) too. kClockRefused; else the store's errors.
  static Result<std::unique_ptr<LocalExecutor>> start(store::EventStore& store,
                                                      SnapshotPort* snapshots, const Clock& clock,
                                                      LocalExecutorOptions options);
  /// Ends the threads without draining: what was not answered is unknown.
  ~LocalExecutor() override;

  // CommandPort
  bool submit(std::vector<Command> commands, CommandsDone done) override;
  bool query(Query query, QueryDone done) override;
  bool draining() const override;
  // StockReader. REQUIRES: not an engine thread.
  Result<std::vector<StockView>> read(const std::vector<std::string>& skus) override;
  Result<std::vector<std::string>> list_skus(const std::string& after, size_t limit) override;
  // HistoryPort
  Result<std::vector<OwnedEvent>> sku_history(const std::string& sku, Seq before_seq,
                                              size_t limit) override;
  Result<StockView> stock_as_of_seq(const std::string& sku, Seq seq) override;
  Result<StockView> stock_as_of_time(const std::string& sku, Timestamp time,
                                     bool by_occurred) override;
  Result<StockAccount> stock_account(const std::string& name, Seq seq, size_t events_max) override;

  /// `done` is called on an engine thread once the sequencer has got to it and what was decided
  /// before it is durable: proof that both move. Taken although the queue is full; never called
  /// when the engine ends first. Thread-safe.
  void answer_when_alive(std::function<void()> done);
  /// The store waits for space, and nothing can be flushed until it has some.
  bool waits_for_room() const { return !store_.has_room(); }

  Status drain() override;
  /// After drain(), or without threads between turns: the state, for comparison.
  const ledger::Ledger& ledger() const { return *ledger_; }
  const RecoveryFacts& recovery() const { return facts_; }
  const EngineMetrics& metrics() const { return metrics_; }

  // ---- by hand (threads = false) ----
  /// One turn of every role. False when none had anything to do.
  bool do_work();
  bool sequencer_work() { return sequencer_.do_work(); }
  bool flusher_work() { return flusher_.do_work(); }
  bool helper_work() { return helper_.do_work(); }
  bool snapshot_work() { return snapshot_writer_.do_work(); }

 private:
  LocalExecutor(store::EventStore& store, SnapshotPort* snapshots, const Clock& clock,
                LocalExecutorOptions options, Recovered recovered, LogTime log_time);
  Sequencer::Parts sequencer_parts();
  void start_threads();
  void stop_threads();
  void run_sequencer();
  bool drained() const;
  /// Answers `queries` together; waits.
  Result<std::vector<QueryResult>> ask(std::vector<Query> queries);

  const bool threads_;
  const RecoveryFacts facts_;
  std::unique_ptr<telemetry::Metrics> own_registry_;
  EngineMetrics metrics_;
  std::unique_ptr<ledger::Ledger> ledger_;
  History history_;
  Inbox inbox_;
  Worker helper_;
  Worker snapshot_writer_;
  Releaser releaser_;
  Flusher flusher_;
  Snapshotter snapshotter_;
  std::function<void(const Error&)> on_fatal_;
  store::EventStore& store_;
  Sequencer sequencer_;

  std::atomic<bool> draining_{false};   ///< the sequencer finishes, writes a snapshot, and ends
  std::atomic<bool> stopping_{false};   ///< the sequencer ends after its present turn
  std::thread sequencer_thread_;
  Status fatal_;                        ///< written by the sequencer before it ends
};

}  // namespace holdfast::engine
