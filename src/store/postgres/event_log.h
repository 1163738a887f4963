// The log of a shared ledger, read from table `event`: every node reads what all of them wrote.
//
// Used by engine (history), feed and http. Thread-safe. A thread of its own asks for the last seq
// every 20 ms, so that couriers hear of what other nodes committed; a node tells of its own commits
// by heard().
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "store/event_log.h"
#include "store/listeners.h"
#include "store/postgres/pool.h"

namespace holdfast::store::postgres {

struct EventLogOptions {
  size_t connections = 4;
  Duration ask_every = 20 * kMillisecond;
};

class PostgresLog final : public EventLog {
 public:
  /// The database is one that check_start() accepted; `identity` is what it found.
  static Result<std::unique_ptr<PostgresLog>> open(const Url& url, LedgerIdentity identity,
                                                   EventLogOptions options = {});
  ~PostgresLog() override;

  /// This node committed up to `seq`.
  void heard(Seq seq, Timestamp time);

  const LedgerIdentity& identity() const override { return identity_; }
  /// As of the last time it was asked or heard of; what others committed may be `ask_every` ahead.
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
  uint64_t subscribe(std::function<void(Seq durable)> listener) override;
  void unsubscribe(uint64_t id) override;

 private:
  PostgresLog(const Url& url, LedgerIdentity identity, EventLogOptions options);
  /// Asks for the last seq; tells the listeners when it has risen.
  Status ask(Connection& connection);
  void keep_asking();
  Result<Rows> run(const Statement& statement, const Parameters& parameters);
  Status walk(const Statement& statement, const std::string& sku, Seq after, Seq before,
              Timestamp time, const std::function<bool(const Event&)>& visit);

  const LedgerIdentity identity_;
  const EventLogOptions options_;
  Pool pool_;
  Listeners listeners_;
  mutable std::mutex mutex_;
  std::condition_variable stop_asked_;
  Seq durable_ = 0;       // guarded by mutex_
  Timestamp last_time_;   // guarded by mutex_
  bool stopped_ = false;  // guarded by mutex_
  std::mutex telling_;    // listeners hear of rising seqs only
  std::thread asking_;
};

}  // namespace holdfast::store::postgres
