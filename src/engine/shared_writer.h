// The one writer of a node: groups what arrived, decides each group on a desk under the shared
// lock, and answers once it is committed (docs/internals/many-nodes.md, "One group").
//
// Made by SharedExecutor; do_work() is run by its thread, or by hand. Never holds the lock between
// two turns.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/time.h"
#include "engine/desk_maker.h"
#include "engine/inbox.h"
#include "engine/metrics.h"
#include "engine/releaser.h"
#include "engine/row_cache.h"
#include "ledger/ledger.h"
#include "store/event_log.h"
#include "store/record_keeper.h"
#include "store/shared_store.h"

namespace holdfast::engine {

struct SharedWriterOptions {
  size_t group_commands_max = 2'048;
  size_t group_bytes_max = 4 << 20;
  size_t cache_bytes_max = 64 << 20;
  Duration retry_for =
      5 * kSecond;                 ///< a group that could not be committed is decided again so long
  Duration sweep_every = kSecond;  ///< holds that are due of SKUs nobody names
  Duration purge_every = 30 * kSecond;  ///< keys and holds whose time is over
  uint64_t owner = 0;                   ///< random, of this process; never 0
};

class SharedWriter {
 public:
  struct Parts {
    store::SharedStore& store;
    store::EventLog& log;  ///< read for counts of the past
    Inbox& inbox;
    Releaser& releaser;
    EngineMetrics& metrics;
    const Clock& clock;
    const ledger::LedgerOptions& rules;
    /// A group of this node was committed: its events are there up to that seq.
    std::function<void(Seq, Timestamp)> on_committed;
  };
  SharedWriter(Parts parts, SharedWriterOptions options);

  /// One group, or one chore that is due. False: there is nothing to do.
  bool do_work();
  /// Until there may be.
  void wait();
  /// Everything that was accepted is answered.
  bool idle() const { return backlog_.empty() && parts_.inbox.unanswered() == 0; }
  /// The writer is to end: a group that cannot be committed is answered at once.
  void stop_retrying() { stopping_.store(true); }

 private:
  struct Group;
  enum class Attempt : uint8_t { kDone, kAgain, kUnknown };

  // which commands
  void take();
  size_t commands_of_next() const;
  std::vector<Command*> next_commands(size_t count);
  // one group
  void run(size_t commands);
  Attempt attempt(size_t commands, Error* error);
  Status begin(const RowNames& names, size_t due_max, Group* group);
  Attempt decide_on_desks(Group* group, Error* error);
  Status decide(Group* group, ledger::Ledger& desk);
  Attempt finish(Group* group, ledger::Ledger& desk, Error* error);
  store::CommitOutcome settle(const store::GroupWrite& write);
  void committed(const store::GroupWrite& write);
  Result<StoredRows> load(const RowNames& names);
  Result<const StoredSettings*> settings(uint64_t version);
  void forget_cache();
  // answers
  void keep_outcomes(Group* group);
  void answer_all(size_t commands, ErrorCode code, const std::string& why);
  void release_finished();
  // chores
  bool chores();
  bool chore(bool settles);
  void purge();

  Parts parts_;
  const SharedWriterOptions options_;
  ledger::Ledger names_;  ///< empty: tells which rows commands touch
  RowCache cache_;
  uint64_t connections_ = 0;
  uint64_t group_ = 0;
  std::vector<Submission> backlog_;
  Duration swept_ = 0, purged_ = 0;
  bool settle_due_ = true;             ///< availability may follow from a setting
  bool others_raised_settle_ = false;  ///< seen by the last sweep
  bool more_due_ = false;              ///< the last sweep did not take all
  std::atomic<bool> stopping_{false};
};

}  // namespace holdfast::engine
