#include "tests/schedules/model_store.h"

#include <utility>

namespace holdfast::schedules {
namespace {

using store::CommitOutcome;
using store::GroupStart;
using store::GroupWrite;
using store::KnownRow;

constexpr Duration kAnswerMax = 10 * kSecond;  // SessionOptions::answer_max
constexpr Duration kRetryPause = 50 * kMillisecond;
/// client_connection_check_interval, and what the kernel adds.
constexpr uint64_t kNoticedWithin = kSecond;
constexpr uint64_t kCommitLateBy = 3 * kSecond;

}  // namespace

ModelStore::ModelStore(Cluster& cluster, Task& task, NodeClock& clock, Guards guards,
                       std::function<void()> wake)
    : cluster_(cluster), task_(task), clock_(clock), guards_(guards), wake_(std::move(wake)) {}

// ---- the way to the server ---------------------------------------------------------------------

void ModelStore::lose() {
  cluster_.database().abandon(session_,
                              static_cast<Duration>(cluster_.random().below(kNoticedWithin)));
  session_ = 0;
}

void ModelStore::die() {
  dead_ = true;
  if (session_ != 0) lose();
}

/// Before an error goes up: whoever gets it tries again after a pause, which is of this time, not ours.
void ModelStore::pause() {
  wake_();
  if (dead_) {
    clock_.jump(kRetryPause);
  } else {
    cluster_.wait(task_, [] { return false; }, kRetryPause);
  }
}

std::unexpected<Error> ModelStore::failed(const std::string& why) {
  pause();
  return fail(ErrorCode::kOverloaded, why);
}

bool ModelStore::connect() {
  if (dead_) return false;
  if (session_ != 0 && cluster_.database().alive(session_)) return true;
  cluster_.step(task_);
  if (dead_ || cluster_.now() < split_until_) return false;
  session_ = cluster_.database().connect();
  if (session_ == 0) return false;
  ++connections_;
  return true;
}

/// Statements are sent; others do what they do before these arrive. False: they never do.
bool ModelStore::reach() {
  cluster_.step(task_);
  if (!dead_ && cluster_.now() < split_until_) {
    cluster_.wait(task_, [this] { return dead_ || cluster_.now() >= split_until_; }, kAnswerMax);
  }
  if (dead_) return false;
  if (cluster_.now() < split_until_ || cluster_.happens(cluster_.rates().cut)) lose();
  if (!cluster_.database().alive(session_)) session_ = 0;
  return session_ != 0;
}

/// The server has done them; the answer is on its way.
bool ModelStore::answered() { return reach(); }

/// The row is ours once this returns true.
bool ModelStore::lock() {
  Database& database = cluster_.database();
  database.lock(session_);
  const auto decided = [this, &database] { return dead_ || !database.waits(session_); };
  if (!decided()) cluster_.wait(task_, decided, kAnswerMax);
  if (dead_) return false;
  if (database.waits(session_)) lose();
  if (!database.alive(session_)) session_ = 0;
  return database.holds_lock(session_);
}

// ---- a group -----------------------------------------------------------------------------------

Result<GroupStart> ModelStore::begin(const RowNames& names, const std::vector<KnownRow>& known,
                                     size_t due_max) {
  if (!connect() || !reach()) return failed("the connection was lost");
  Database& database = cluster_.database();
  database.begin(session_);
  const Snapshot before = database.snapshot();  // of the statement that locks
  if (!lock()) return failed("the lock was not to be had");
  const Snapshot after = database.snapshot();  // of every later one
  GroupStart start;
  start.ledger = after->ledger;
  start.time = std::max(database.now(), start.ledger.last_time);
  start.rows = load_rows(*after, names, known, due_max, database.now(), guards_.store);
  if (!guards_.store.later_statement) {
    start.rows.skus = load_skus(*before, names, known, guards_.store);
  }
  if (!answered()) return failed("the answer was lost");
  return start;
}

Result<StoredRows> ModelStore::load(const RowNames& names, const std::vector<KnownRow>& known) {
  if (!reach()) return failed("the connection was lost");
  StoredRows rows = load_rows(*cluster_.database().snapshot(), names, known, 0,
                              cluster_.database().now(), guards_.store);
  if (!answered()) return failed("the answer was lost");
  return rows;
}

Result<std::vector<std::string>> ModelStore::unsettled_skus(uint64_t settle, size_t max) {
  if (!reach()) return failed("the connection was lost");
  return load_unsettled(*cluster_.database().snapshot(), settle, max);
}

CommitOutcome ModelStore::commit(const GroupWrite& write, Error* error) {
  *error = {ErrorCode::kOverloaded, "the connection was lost", {}};
  if (!reach()) {  // COMMIT was sent with the writes: who is cut off cannot know
    pause();
    return CommitOutcome::kUnknown;
  }
  Database& database = cluster_.database();
  if (const Status written = database.write(session_, write, guards_.store); !written) {
    *error = written.error();
    database.rollback(session_);
    pause();
    return CommitOutcome::kNotCommitted;
  }
  if (cluster_.happens(cluster_.rates().commit_lost)) {
    lose();
  } else if (cluster_.happens(cluster_.rates().commit_late)) {
    database.commit_later(session_,
                          static_cast<Duration>(cluster_.random().below(kCommitLateBy)));
    session_ = 0;
  } else {
    database.commit(session_);
    if (answered()) return CommitOutcome::kCommitted;
  }
  pause();
  return CommitOutcome::kUnknown;
}

void ModelStore::rollback() {
  wake_();
  if (session_ == 0 || dead_) return;
  if (cluster_.database().alive(session_)) cluster_.database().rollback(session_);
}

CommitOutcome ModelStore::settle(uint64_t owner, uint64_t group) {
  const auto unknown = [this] {
    pause();
    return CommitOutcome::kUnknown;
  };
  if (!connect() || !reach()) return unknown();
  Database& database = cluster_.database();
  database.begin(session_);
  if (guards_.more.settle_locks && !lock()) return unknown();
  const Snapshot seen = database.snapshot();
  const auto found = seen->last_groups.find(owner);
  database.rollback(session_);
  if (!answered()) return unknown();
  return found != seen->last_groups.end() && found->second == group ? CommitOutcome::kCommitted
                                                                    : CommitOutcome::kNotCommitted;
}

Result<size_t> ModelStore::purge(Duration keys_kept, Duration holds_kept, size_t max) {
  if (!connect() || !reach()) return failed("the connection was lost");
  Database& database = cluster_.database();
  database.begin(session_);
  if (!lock()) return failed("the lock was not to be had");
  const size_t gone = database.purge(session_, keys_kept, holds_kept, max);
  database.commit(session_);
  return gone;
}

}  // namespace holdfast::schedules
