#include "tests/engine/engine_harness.h"

#include <utility>

#include <gtest/gtest.h>

namespace holdfast::engine::testing {
namespace {

Command fact(CommandType type, const std::string& key, const std::string& location) {
  static std::atomic<int> unnamed{0};
  Command command;
  command.type = type;
  command.source = "test";
  command.idempotency_key = key.empty() ? "unnamed-" + std::to_string(++unnamed) : key;
  command.location = location;
  return command;
}

CommandLine line_of(const std::string& sku, int64_t quantity) {
  CommandLine line;
  line.sku = sku;
  line.quantity = quantity;
  return line;
}

}  // namespace

Command receive(const std::string& sku, int64_t quantity, const std::string& key,
                const std::string& location) {
  Command command = fact(CommandType::kStockReceived, key, location);
  command.lines.push_back(line_of(sku, quantity));
  command.fingerprint = static_cast<uint64_t>(quantity);
  return command;
}

Command sell(const std::string& sku, int64_t quantity, const std::string& key,
             const std::string& location) {
  Command command = fact(CommandType::kStockSold, key, location);
  command.lines.push_back(line_of(sku, quantity));
  command.fingerprint = static_cast<uint64_t>(quantity);
  return command;
}

Command count(const std::string& sku, int64_t counted, Timestamp occurred_at,
              const std::string& location) {
  Command command = fact(CommandType::kStockCounted, {}, location);
  CommandLine line;
  line.sku = sku;
  line.counted = counted;
  command.lines.push_back(std::move(line));
  command.occurred_at = occurred_at;
  return command;
}

Command hold(const std::string& sku, int64_t quantity, const std::string& key, int64_t ttl_s) {
  Command command;
  command.type = CommandType::kHoldPlace;
  command.source = "test";
  command.idempotency_key = key;
  command.fingerprint = static_cast<uint64_t>(quantity);
  command.location = "berlin";
  command.ttl_s = ttl_s;
  command.lines.push_back(line_of(sku, quantity));
  return command;
}

Command release(const std::string& hold_id) {
  Command command;
  command.type = CommandType::kHoldRelease;
  command.source = "test";
  command.hold = hold_id;
  return command;
}

Query stock_of(const std::string& sku) {
  Query query;
  query.type = QueryType::kStock;
  query.sku = sku;
  return query;
}

// ---- GatedStore ---------------------------------------------------------------------------------

void GatedStore::close_gate() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
}

void GatedStore::open_gate() {
  const std::lock_guard lock(mutex_);
  closed_ = false;
  changed_.notify_all();
}

void GatedStore::wait_for_flush() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return waiting_; });
}

bool GatedStore::seal_group() {
  group_bytes_max_ = std::max<size_t>(group_bytes_max_, writer_->bytes());
  const bool sealed = store_.seal_group();
  if (!sealed) return false;
  EXPECT_EQ(++sealed_, 1) << "two groups sealed and not flushed";
  return true;
}

Status GatedStore::flush_group() {
  {
    std::unique_lock lock(mutex_);
    waiting_ = true;
    changed_.notify_all();
    changed_.wait(lock, [this] { return !closed_; });
    waiting_ = false;
  }
  if (failing_) return fail(ErrorCode::kIo, "the disk is gone");
  ++flushes_;
  --sealed_;
  return store_.flush_group();
}

// ---- MemorySnapshots ----------------------------------------------------------------------------

class MemorySnapshots::Writing final : public SnapshotPort::File {
 public:
  Writing(MemorySnapshots& owner, Seq seq) : owner_(owner) { snapshot_.at.seq = seq; }
  Status append(std::string_view rows) override {
    if (owner_.failing) return fail(ErrorCode::kNoSpace, "no space for a snapshot");
    snapshot_.slices.emplace_back(rows);
    return {};
  }
  Status finish(Hash128 state_hash) override {
    EXPECT_LE(snapshot_.at.seq, owner_.store_.durable_seq());
    HF_ASSIGN(command, owner_.store_.read_command(snapshot_.at.seq));
    snapshot_.at.time = command.commands.front().events.front().recorded_at;
    snapshot_.at.state_hash = state_hash;
    owner_.newest = snapshot_;
    return {};
  }

 private:
  MemorySnapshots& owner_;
  Stored snapshot_;
};

Result<std::unique_ptr<SnapshotPort::File>> MemorySnapshots::begin(Seq seq) {
  return std::make_unique<Writing>(*this, seq);
}

Result<std::optional<LoadedSnapshot>> MemorySnapshots::load(
    const std::function<bool(std::string_view)>& rows) {
  if (!newest) return std::nullopt;
  for (const std::string& slice : newest->slices) {
    if (!rows(slice)) return fail(ErrorCode::kCorrupt, "rows that cannot be read");
  }
  return newest->at;
}

// ---- EngineByHand ---------------------------------------------------------------------

void EngineByHand::start() {
  LocalExecutorOptions options = options_;
  options.threads = false;
  options.on_fatal = [this](const Error& error) {
    EXPECT_FALSE(fatal.has_value()) << "on_fatal was called twice";
    fatal = error;
  };
  auto started = LocalExecutor::start(store, &snapshots, clock, std::move(options));
  ASSERT_TRUE(started.has_value()) << started.error().detail;
  executor = std::move(*started);
}

void EngineByHand::restart() {
  executor.reset();
  start();
}

std::shared_ptr<Answers> EngineByHand::submit(std::vector<Command> commands) {
  auto answers = std::make_shared<Answers>();
  const bool taken =
      executor->submit(std::move(commands), [answers](std::vector<Outcome> outcomes) {
        EXPECT_FALSE(answers->done) << "answered twice";
        answers->done = true;
        answers->outcomes = std::move(outcomes);
      });
  EXPECT_TRUE(taken);
  return answers;
}

std::shared_ptr<Reading> EngineByHand::query(Query query) {
  auto reading = std::make_shared<Reading>();
  EXPECT_TRUE(executor->query(std::move(query), [reading](QueryResult result) {
    reading->done = true;
    reading->result = std::move(result);
  }));
  return reading;
}

void EngineByHand::settle() {
  while (executor->do_work()) {
  }
}

Outcome EngineByHand::run(Command command) {
  const auto answers = submit(std::move(command));
  settle();
  EXPECT_TRUE(answers->done);
  return answers->done ? answers->only() : Outcome{};
}

int64_t EngineByHand::available(const std::string& sku) {
  const auto reading = query(stock_of(sku));
  settle();
  EXPECT_TRUE(reading->done);
  return reading->result.stock.empty() ? -1 : reading->available();
}

}  // namespace holdfast::engine::testing
