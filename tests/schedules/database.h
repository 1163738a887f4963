// A model of PostgreSQL as a shared ledger uses it: sessions, one row that is locked, READ COMMITTED
// snapshots, and how all of it ends when connections do. docs/internals/many-nodes.md says which rules
// matter; model_test.cc holds this one against a real server.
//
// * `SELECT … FOR UPDATE` of the ledger row queues, first come, first served; who waits too long fails.
// * A statement sees what was committed when it began. One that waited for the row then sees the row as
//   it is, and everything else as it was before the wait.
// * A transaction's writes are seen by nobody until COMMIT, and by nobody ever after ROLLBACK.
// * The server learns late that a client is gone: its backend keeps the lock until then, and a COMMIT
//   that has arrived is carried out.
// * A session whose transaction stands still is ended.
// * A failover ends every session, and may lose the newest commits.
//
// Used by the schedules. Confined to one thread; time is the caller's.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <vector>

#include "base/result.h"
#include "tests/schedules/tables.h"

namespace holdfast::schedules {

using Snapshot = std::shared_ptr<const Tables>;

struct DatabaseOptions {
  Duration lock_wait_max = 5 * kSecond;
  Duration idle_in_transaction_max = kSecond;
};

class Database {
 public:
  using Session = uint64_t;  ///< 0 = none

  explicit Database(Timestamp now, DatabaseOptions options = {});

  // ---- sessions ----
  /// 0 while the server is down.
  Session connect();
  bool alive(Session session) const { return sessions_.contains(session); }
  /// Ended at once, its transaction rolled back: pg_terminate_backend, or an orderly goodbye.
  void terminate(Session session);
  /// The client is gone; the server notices `after` that long, and keeps the lock or the place in the
  /// queue until then.
  void abandon(Session session, Duration after);

  // ---- statements. REQUIRES: the session is alive ----
  void begin(Session session);
  /// Takes the row or queues for it: ask holds_lock().
  void lock(Session session);
  bool holds_lock(Session session) const;
  bool waits(Session session) const;
  /// What a statement that begins now sees.
  Snapshot snapshot() const { return committed_; }
  /// Writes of the transaction. REQUIRES: it holds the lock. An error: only rollback is left.
  Status write(Session session, const store::GroupWrite& write, const store::SharedGuards& guards);
  size_t purge(Session session, Duration keys_kept, Duration holds_kept, size_t max);
  void commit(Session session);
  /// COMMIT has arrived, the client is gone, and it is carried out `after` that long: a wait for a
  /// standby, a slow flush. Until then the lock is kept.
  void commit_later(Session session, Duration after);
  void rollback(Session session);

  // ---- the server ----
  /// Every session ends; a COMMIT under way may be kept. The newest `lost` commits never were. Nobody
  /// connects for `down`.
  void fail_over(size_t lost, bool keep_pending, Duration down);
  /// What is committed now no failover loses.
  void keep_all() { past_.clear(); }
  void set_time(Timestamp now);
  Timestamp now() const { return now_; }
  /// When something happens next by itself; none where nothing does.
  Timestamp next_event() const;
  uint64_t timeline() const { return timeline_; }

 private:
  struct Backend {
    bool in_transaction = false;
    bool waiting = false;
    Timestamp since;       ///< it stands still, or waits
    Timestamp ends_at;     ///< none = its client is there
    Timestamp commits_at;  ///< none = no COMMIT under way
    std::shared_ptr<Tables> draft;
  };
  Backend& at(Session session);
  Timestamp event_of(const Backend& backend) const;
  void happen(Session session);
  void end(Session session);
  void release(Session session);
  void install(std::shared_ptr<Tables> draft);

  const DatabaseOptions options_;
  Timestamp now_;
  Timestamp up_at_;
  uint64_t timeline_ = 1;
  Session last_session_ = 0;
  std::map<Session, Backend> sessions_;
  Session holder_ = 0;
  std::deque<Session> queue_;
  Snapshot committed_;
  std::deque<Snapshot> past_;  ///< before the newest commits, oldest first
};

}  // namespace holdfast::schedules
