// What a schedule runs in: one model database, the time, and who is stepped next. Everything that is
// drawn comes from one seed.
//
// Used by the schedules. Confined to one thread.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "base/random.h"
#include "base/time.h"
#include "tests/schedules/database.h"
#include "tests/schedules/fiber.h"

namespace holdfast::schedules {

/// The guards that are not the store's: switched off by tests alone.
struct MoreGuards {
  bool settle_locks = true;       ///< a lost COMMIT is settled under the lock
  bool connections_told = true;   ///< the writer hears that a connection is another one
};

/// How likely what is, in thousandths, each time it could happen.
struct FaultRates {
  unsigned cut = 0;             ///< a connection breaks before a statement arrives, or before its answer
  unsigned commit_lost = 0;     ///< COMMIT never arrives
  unsigned commit_late = 0;     ///< COMMIT is carried out later, its answer is lost
  unsigned pause = 0;           ///< a node stands still
  unsigned kill = 0;            ///< a node is killed, and started again as another one
  unsigned terminate = 0;       ///< a backend is ended by an administrator
  unsigned split = 0;           ///< a node's packets go nowhere for a while
  unsigned fail_over = 0;       ///< the primary fails over
  bool loses_commits = false;   ///< … to a standby that lacks the newest commits
};

/// The time of one node: it moves on by itself once the node is dead, so that its code comes to an end.
class NodeClock final : public Clock {
 public:
  explicit NodeClock(const Database& database) : database_(database) {}
  Timestamp wall() const override { return database_.now(); }
  Duration boot() const override { return database_.now().us + ahead_; }
  void jump(Duration by) { ahead_ += by; }

 private:
  const Database& database_;
  Duration ahead_ = 0;
};

/// A fiber that waits: for a condition, or for a time.
struct Task {
  std::unique_ptr<Fiber> fiber;
  std::function<bool()> ready;  ///< null = now
  Timestamp wake_at;            ///< ready or not; none = never
  Timestamp stopped_until;      ///< SIGSTOP
};

class Cluster {
 public:
  Cluster(uint64_t seed, FaultRates rates);

  Database& database() { return database_; }
  Random& random() { return random_; }
  const FaultRates& rates() const { return rates_; }
  Timestamp now() const { return database_.now(); }
  /// Once in a while: `thousandths` of the times it is asked, while faults happen at all.
  bool happens(unsigned thousandths);
  void set_rates(const FaultRates& rates) { rates_ = rates; }
  /// Faults stop: what is under way comes to its end.
  void calm() { calm_ = true; }

  // ---- from a fiber ----
  /// Others may run now.
  void step(Task& task);
  /// Until it is so, at most that long. Returns whether it is.
  bool wait(Task& task, std::function<bool()> ready, Duration at_most);

  // ---- from outside ----
  /// Runs one task that may run, drawn, or lets the time go on. `next` = when the caller wants to be
  /// back at the latest. False: nothing will ever happen.
  bool run_one(const std::vector<Task*>& tasks, Timestamp next);

 private:
  bool may_run(const Task& task) const;

  SeededRandom random_;
  FaultRates rates_;
  bool calm_ = false;
  Database database_;
};

}  // namespace holdfast::schedules
