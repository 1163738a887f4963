// One session of PostgreSQL: statements prepared when they are first used, sent together and
// answered in one round trip.
//
//   connection.add(kBegin);
//   connection.add(kReadSku, Parameters().array(names));
//   HF_ASSIGN(answers, connection.run());      // one Rows for each statement, in order
//
// Every session: READ COMMITTED; a statement that takes too long and a transaction that stands
// still are ended by the server; a wait that takes too long here closes the connection. No cancel
// is ever sent: it could end a COMMIT that waits for its standby. PgBouncer must pool whole
// sessions, not transactions.
//
// Errors say what to do next by their code: kOverloaded: nothing was committed, try again on a
// usable() connection; kOutcomeUnknown: only from commit(); kConfigInvalid: address, password or
// rights; kWrongVersion: a table or column is missing; kStorageFull: the server's disk; kCorrupt:
// the server's data; kInternal: a defect, with SQLSTATE. None carries a password.
//
// Confined to one thread at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "store/postgres/parameters.h"
#include "store/postgres/result_rows.h"
#include "store/postgres/url.h"

struct pg_conn;  // libpq's

namespace holdfast::store::postgres {

/// A statement and the name it is prepared under. Both live for ever; one name, one text.
struct Statement {
  const char* name;
  const char* sql;
};

inline constexpr Statement kBegin{"begin", "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"};
/// A snapshot: what later statements read is what was committed when the first of them ran.
inline constexpr Statement kBeginSnapshot{"begin_snapshot",
                                          "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"};
inline constexpr Statement kCommit{"commit", "COMMIT"};
inline constexpr Statement kRollback{"rollback", "ROLLBACK"};

struct SessionOptions {
  Duration statement_max = 5 * kSecond;  ///< the server ends a statement (not COMMIT) after this
  Duration lock_wait_max = 5 * kSecond;  ///< … or its wait for one lock
  Duration idle_in_transaction_max = kSecond;  ///< … and a session whose transaction stands still
  Duration answer_max = 10 * kSecond;          ///< run() and commit() wait so long for answers
  /// Refuse a primary whose commits no quorum of standbys confirms (start.h): after a failover the
  /// new one may have other settings.
  bool replicated = false;
  std::string name = "holdfast";  ///< in pg_stat_activity
};

class Connection {
 public:
  /// Blocks until there is a session, at most connect_timeout for each host.
  static Result<std::unique_ptr<Connection>> open(const Url& url,
                                                  const SessionOptions& options = {});
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Queues a statement for the next run().
  void add(const Statement& statement, Parameters parameters = {});
  /// Sends what was added and waits for all answers. At the first error the statements behind it
  /// are not run, and a transaction that is open stays so, failed: rollback().
  Result<std::vector<Rows>> run();
  /// One statement alone; REQUIRES nothing added before.
  Result<Rows> run(const Statement& statement, Parameters parameters = {});

  /// run() with COMMIT behind what was added. kOutcomeUnknown: COMMIT may have happened or may yet,
  /// and this connection is closed. Any other error: it was not committed and never can be.
  Result<std::vector<Rows>> commit();
  /// Ends the transaction if one is open. A connection that cannot do it is closed.
  void rollback();

  /// Statements without parameters, as text; for migrations and settings. The first column of the
  /// first row.
  Result<std::string> execute(const std::string& statements);

  /// False: the session is gone, or a transaction was left in it that could not be ended. Open
  /// another one.
  bool usable() const;
  bool in_transaction() const;
  /// 150004 = 15.4.
  int server_version() const;
  /// SQLSTATE of the last error the server gave, else empty.
  const std::string& sqlstate() const { return sqlstate_; }

 private:
  using Clock = std::chrono::steady_clock;
  struct Queued {
    const char* name;
    bool prepares;
  };

  Connection(pg_conn* session, const SessionOptions& options);
  Status set_up();
  void prepare_once(const Statement& statement, const Parameters& parameters);
  Status send_all(Clock::time_point until);
  Status wait_for_answer(Clock::time_point until);
  Status wait_for_socket(bool to_write, Clock::time_point until);
  Status take_answer(const Queued& queued, Clock::time_point until, std::vector<Rows>* rows);
  Status finish_pipeline(Clock::time_point until);
  Result<std::vector<Rows>> run_queued();
  Error lost(std::string_view why);
  Error refused(const pg_result* result);
  void close();
  static void notice(void* self, const pg_result* result);

  pg_conn* session_;
  SessionOptions options_;
  std::vector<Queued> queue_;
  std::set<std::string_view> prepared_;
  std::string send_error_;
  std::string sqlstate_;
  std::string warning_;  ///< the last one of this run
  bool sent_ = false;    ///< whether anything of this run may have reached the server
};

}  // namespace holdfast::store::postgres
