// A node's share of a ledger that many nodes write: its sessions, the log it reads, its executor,
// and the lock on its own data directory, in which nothing of the ledger is.
//
// Made by Node where `ledger.url` is set. Confined to the thread that made it, but for the
// thread-safe ports of its parts.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "engine/shared_executor.h"
#include "io/file_system.h"
#include "store/postgres/event_log.h"
#include "store/postgres/group.h"
#include "store/postgres/reader.h"
#include "store/postgres/start.h"
#include "telemetry/metrics.h"

namespace holdfast::app {

struct SharedLedgerOptions {
  std::string url;  ///< `postgresql://…`
  std::string
      durability;  ///< "local", "replicated", "auto": replicated where the URL has several hosts
  std::string data_dir;
  Duration idempotency_window = 0;
  uint64_t idempotency_keys_max = 0;
};

class SharedLedger {
 public:
  /// Refuses, by name: an address that does not parse or connect, and what check_start() refuses.
  static Result<std::unique_ptr<SharedLedger>> start(const SharedLedgerOptions& options,
                                                     const Clock& clock, Random& random,
                                                     telemetry::Metrics& metrics);

  engine::SharedExecutor& executor() { return *executor_; }
  store::EventLog& log() { return *log_; }
  const store::postgres::StartFacts& facts() const { return facts_; }
  const std::string& address() const { return address_; }  ///< without the password
  /// What an answer means, for people.
  std::string durability() const;

 private:
  SharedLedger() = default;

  std::unique_ptr<io::FileSystem::Lock> directory_;
  std::string address_;
  store::postgres::StartFacts facts_;
  store::postgres::Durability durability_ = store::postgres::Durability::kLocal;
  std::unique_ptr<store::postgres::PostgresLog> log_;
  std::unique_ptr<store::postgres::GroupStore> groups_;
  std::vector<std::unique_ptr<store::postgres::SnapshotReader>> readers_;
  std::unique_ptr<engine::SharedExecutor> executor_;  ///< last: uses all of the above
};

}  // namespace holdfast::app
