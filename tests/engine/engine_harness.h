// What the engine's tests share: commands in a few words, a store whose flushes can be held up or
// made to fail, and an executor driven by hand over a clock that stands still.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "engine/local_executor.h"
#include "store/memory/memory_store.h"

namespace holdfast::engine::testing {

// ---- commands -----------------------------------------------------------------------------------

Command receive(const std::string& sku, int64_t quantity, const std::string& key = {},
                const std::string& location = "berlin");
Command sell(const std::string& sku, int64_t quantity, const std::string& key = {},
             const std::string& location = "berlin");
Command count(const std::string& sku, int64_t counted, Timestamp occurred_at,
              const std::string& location = "berlin");
Command hold(const std::string& sku, int64_t quantity, const std::string& key = {},
             int64_t ttl_s = 900);
Command release(const std::string& hold_id);
Query stock_of(const std::string& sku);

// ---- a store in between -------------------------------------------------------------------------

/// Forwards to a store. Checks on the way that at most one group is sealed and not yet flushed.
class GatedStore final : public store::EventStore {
 public:
  explicit GatedStore(store::EventStore& store) : store_(store) {}

  /// Flushes block until open_gate(), or fail.
  void close_gate();
  void open_gate();
  void fail_flushes() { failing_ = true; }
  /// Blocks until a flush waits at the gate.
  void wait_for_flush();
  void set_room(bool room) { room_ = room; }
  int flushes() const { return flushes_; }
  /// Of the largest group so far.
  size_t group_bytes_max() const { return group_bytes_max_; }

  const store::LedgerIdentity& identity() const override { return store_.identity(); }
  store::GroupWriter& begin_group(Timestamp time) override {
    writer_ = &store_.begin_group(time);
    return *writer_;
  }
  bool seal_group() override;
  Status flush_group() override;
  bool has_room() const override { return room_ && store_.has_room(); }
  Seq durable_seq() const override { return store_.durable_seq(); }
  Timestamp last_time() const override { return store_.last_time(); }
  Result<store::LogBatch> read(Seq after, size_t bytes) override {
    return store_.read(after, bytes);
  }
  Result<store::LogBatch> read_command(Seq seq) override { return store_.read_command(seq); }
  Status walk_sku(const std::string& sku, Seq before,
                  const std::function<bool(const Event&)>& visit) override {
    return store_.walk_sku(sku, before, visit);
  }
  Status walk_late_facts(const std::string& sku, Seq after, Timestamp time,
                         const std::function<bool(const Event&)>& visit) override {
    return store_.walk_late_facts(sku, after, time, visit);
  }
  Result<std::vector<store::PlaceBalances>> balances_after(const std::string& sku,
                                                           Seq seq) override {
    return store_.balances_after(sku, seq);
  }
  Result<Seq> seq_at(Timestamp time) override { return store_.seq_at(time); }
  Status replay(Seq after, store::LogVisitor& visitor) override {
    return store_.replay(after, visitor);
  }
  uint64_t subscribe(std::function<void(Seq)> listener) override {
    return store_.subscribe(std::move(listener));
  }
  void unsubscribe(uint64_t id) override { store_.unsubscribe(id); }

 private:
  store::EventStore& store_;
  store::GroupWriter* writer_ = nullptr;  // the sequencer's
  std::atomic<size_t> group_bytes_max_{0};
  std::mutex mutex_;
  std::condition_variable changed_;
  bool closed_ = false;   // guarded by mutex_
  bool waiting_ = false;  // guarded by mutex_
  std::atomic<bool> failing_{false};
  std::atomic<bool> room_{true};
  std::atomic<int> sealed_{0};
  std::atomic<int> flushes_{0};
};

// ---- snapshots in memory ------------------------------------------------------------------------

class MemorySnapshots final : public SnapshotPort {
 public:
  explicit MemorySnapshots(store::EventStore& store) : store_(store) {}
  Result<std::unique_ptr<File>> begin(Seq seq) override;
  Result<std::optional<LoadedSnapshot>> load(
      const std::function<bool(std::string_view)>& rows) override;

  struct Stored {
    LoadedSnapshot at;
    std::vector<std::string> slices;
  };
  std::optional<Stored> newest;
  bool failing = false;

 private:
  class Writing;
  store::EventStore& store_;
};

// ---- an executor by hand ------------------------------------------------------------------------

struct Answers {
  bool done = false;
  std::vector<Outcome> outcomes;
  const Outcome& only() const { return outcomes.at(0); }
};
struct Reading {
  bool done = false;
  QueryResult result;
  int64_t available(size_t location = 0) const {
    return result.stock.at(0).locations.at(location).available;
  }
};

class EngineByHand {
 public:
  EngineByHand() : EngineByHand(LocalExecutorOptions{}) {}
  explicit EngineByHand(LocalExecutorOptions options) : options_(std::move(options)) { start(); }

  /// Ends the executor without draining and starts another one over the same log.
  void restart();
  std::shared_ptr<Answers> submit(std::vector<Command> commands);
  std::shared_ptr<Answers> submit(Command command) {
    std::vector<Command> commands;
    commands.push_back(std::move(command));
    return submit(std::move(commands));
  }
  std::shared_ptr<Reading> query(Query query);
  /// Works until there is nothing left to do.
  void settle();
  /// submit + settle, and the answer.
  Outcome run(Command command);
  int64_t available(const std::string& sku);

  ManualClock clock;
  store::MemoryStore memory;
  GatedStore store{memory};
  MemorySnapshots snapshots{memory};
  std::optional<Error> fatal;
  std::unique_ptr<LocalExecutor> executor;

 private:
  void start();
  LocalExecutorOptions options_;
};

}  // namespace holdfast::engine::testing
