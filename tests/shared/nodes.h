// Nodes of a shared ledger in one process, over a PostgreSQL of the test's own.
//
// Confined to one thread, but for what an executor's ports allow.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "engine/shared_executor.h"
#include "store/postgres/event_log.h"
#include "store/postgres/group.h"
#include "store/postgres/reader.h"
#include "tests/servers/postgres.h"

namespace holdfast::shared {

/// What a test does to a group between its decision and its COMMIT.
using BeforeCommit = std::function<void()>;
/// What becomes of the COMMIT's answer.
enum class Commit { kAnswered, kDoneAndLost, kLostBefore };

struct NodeOptions {
  bool threads = true;
  store::SharedGuards guards;
  Duration sweep_every = kSecond;
};

/// A GroupStore with a test's hand in between. Confined to the node's writer, the members to the
/// test while no group runs.
class HandledStore final : public store::SharedStore {
 public:
  explicit HandledStore(std::unique_ptr<store::SharedStore> store) : store_(std::move(store)) {}
  Result<store::GroupStart> begin(const RowNames& names, const std::vector<store::KnownRow>& known,
                                  size_t due_max) override {
    return store_->begin(names, known, due_max);
  }
  Result<StoredRows> load(const RowNames& names,
                          const std::vector<store::KnownRow>& known) override {
    return store_->load(names, known);
  }
  Result<std::vector<std::string>> unsettled_skus(uint64_t settle, size_t max) override {
    return store_->unsettled_skus(settle, max);
  }
  store::CommitOutcome commit(const store::GroupWrite& write, Error* error) override;
  void rollback() override { store_->rollback(); }
  store::CommitOutcome settle(uint64_t owner, uint64_t group) override {
    ++settled;
    return store_->settle(owner, group);
  }
  Result<size_t> purge(Duration keys_kept, Duration holds_kept, size_t max) override {
    return store_->purge(keys_kept, holds_kept, max);
  }
  uint64_t connections() const override { return store_->connections(); }

  BeforeCommit before_commit;  ///< of the next group alone
  Commit next_commit = Commit::kAnswered;
  int settled = 0;

 private:
  std::unique_ptr<store::SharedStore> store_;
};

/// One process's share: stores, log and executor.
class Node {
 public:
  /// REQUIRES: the tables are there.
  Node(const std::string& url, const NodeOptions& options);
  engine::SharedExecutor& executor() { return *executor_; }
  engine::SharedExecutor* operator->() { return executor_.get(); }
  store::postgres::PostgresLog& log() { return *log_; }
  HandledStore& store() { return *store_; }

  /// Submits and waits for the answers.
  std::vector<Outcome> decide(std::vector<Command> commands);
  Outcome decide(Command command);
  QueryResult ask(Query query);

 private:
  const bool threads_;
  SystemClock clock_;
  std::unique_ptr<HandledStore> store_;
  std::unique_ptr<store::postgres::SnapshotReader> reader_;
  std::unique_ptr<store::postgres::PostgresLog> log_;
  std::unique_ptr<engine::SharedExecutor> executor_;
};

/// A database with the tables, empty, for each test; the server is one for all tests of a process.
class ManyNodes : public testing::Test {
 protected:
  static void SetUpTestSuite();
  static void TearDownTestSuite();
  void SetUp() override;
  std::unique_ptr<Node> node(const NodeOptions& options = {});
  /// Web sells TEE from berlin, where so many are.
  void stock_up(Node& node, int64_t units);
  /// A column of TEE at berlin.
  int64_t berlin(const std::string& column);
  /// Until a session waits for another's lock.
  void wait_for_a_waiting_session();
  /// Whether the tables say what the log says: replays it and compares every position.
  void expect_books_add_up();

  static inline std::unique_ptr<test::Postgres> server_;
};

// ---- commands in a few words ----
Command channel(const std::string& name, std::vector<std::string> locations);
Command counted(const std::string& sku, const std::string& location, int64_t units);
Command placed(const std::string& hold, const std::string& sku, int64_t units, int64_t ttl_s = 900);
Command accepted(const std::string& order, const std::string& sku, int64_t units);
Command sold(const std::string& key, const std::string& sku, int64_t units);

}  // namespace holdfast::shared
