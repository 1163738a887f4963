// Nodes of a shared ledger in one process, over a PostgreSQL of the test's own.
//
// Confined to one thread, but for what an executor's ports allow.
#pragma once

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

struct NodeOptions {
  bool threads = true;
  uint64_t owner = 0;  ///< 0: a random one
  store::SharedGuards guards;
};

/// One process's share: stores, log and executor.
class Node {
 public:
  /// REQUIRES: the tables are there.
  Node(const std::string& url, const NodeOptions& options);
  engine::SharedExecutor& executor() { return *executor_; }
  engine::SharedExecutor* operator->() { return executor_.get(); }
  store::postgres::PostgresLog& log() { return *log_; }

  /// Submits and waits for the answers.
  std::vector<Outcome> decide(std::vector<Command> commands);
  Outcome decide(Command command);
  QueryResult ask(Query query);

 private:
  const bool threads_;
  SystemClock clock_;
  std::unique_ptr<store::postgres::GroupStore> store_;
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
