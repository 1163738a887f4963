// The ledger on many nodes: a writer, readers and a helper around a store that all nodes share
// (docs/internals/many-nodes.md). A node holds nothing it cannot lose.
//
// Made by app at start, drained by it at the end. The ports are thread-safe. With `threads = false`
// nothing runs by itself: tests call do_work(), from one thread.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "engine/executor.h"
#include "engine/history.h"
#include "engine/inbox.h"
#include "engine/metrics.h"
#include "engine/releaser.h"
#include "engine/shared_reads.h"
#include "engine/shared_writer.h"
#include "engine/worker.h"
#include "model/limits.h"
#include "store/event_log.h"
#include "store/shared_store.h"

namespace holdfast::engine {

struct SharedExecutorOptions {
  Duration idempotency_window = limits::kIdempotencyWindowDays * kDay;
  uint64_t idempotency_keys_max = limits::kIdempotencyKeysMax;
  size_t queue_commands_max = limits::kQueueCommandsMax;
  bool threads = true;
  SharedWriterOptions writer;
  telemetry::Metrics* metrics = nullptr;  ///< null: the executor keeps its own
  /// This node committed up to that seq. On the writer's thread; must not call back into the
  /// engine.
  std::function<void(Seq, Timestamp)> on_committed;
};

class SharedExecutor final : public Executor {
 public:
  /// All of it outlives the executor. REQUIRES: options.writer.owner is random, of this process.
  SharedExecutor(store::SharedStore& store, std::vector<store::SharedReader*> readers,
                 store::EventLog& log, const Clock& clock, SharedExecutorOptions options);
  /// Ends the threads without draining: what was not answered is unknown.
  ~SharedExecutor() override;

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

  /// `done` is called on an engine thread once the database has answered a question: proof that
  /// both live. Never called when the engine ends first. Thread-safe.
  void answer_when_alive(std::function<void()> done);

  Status drain() override;
  const EngineMetrics& metrics() const { return metrics_; }

  // ---- by hand (threads = false) ----
  /// One turn of every role. False when none had anything to do.
  bool do_work();

 private:
  Result<std::vector<QueryResult>> ask(std::vector<Query> queries);
  bool push(Submission submission);
  void start_threads();
  void stop_threads();

  const bool threads_;
  const ledger::LedgerOptions rules_;
  std::unique_ptr<telemetry::Metrics> own_registry_;
  EngineMetrics metrics_;
  History history_;
  Inbox inbox_;
  Inbox questions_;
  Worker helper_;
  Releaser releaser_;
  SharedWriter writer_;
  std::vector<std::unique_ptr<SharedReads>> reads_;

  std::atomic<bool> draining_{false};
  std::atomic<bool> stopping_{false};
  std::vector<std::thread> threads_running_;
};

}  // namespace holdfast::engine
