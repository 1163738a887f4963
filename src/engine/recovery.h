// Start-up: the newest snapshot that matches the log, then the log after it.
//
// Used by LocalExecutor::start and verify, before any role runs. Stateless.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/snapshot_port.h"
#include "ledger/ledger.h"
#include "store/event_store.h"

namespace holdfast::engine {

/// What start-up found, for the banner.
struct RecoveryFacts {
  Seq last_seq = 0;
  Seq snapshot_seq = 0;  ///< 0: none was used
  uint64_t events_replayed = 0;
  Duration took = 0;
  std::vector<std::string> remarks;
};

struct Recovered {
  std::unique_ptr<ledger::Ledger> ledger;
  RecoveryFacts facts;
};

/// The state of everything durable. `snapshots` null: from the log alone. A snapshot that does not
/// load or does not hash to what it says is left aside for an older one, with a remark. Errors: the
/// store's.
Result<Recovered> recover(store::EventStore& store, SnapshotPort* snapshots,
                          const ledger::LedgerOptions& options, const Clock& clock);

/// Replays the log after `ledger.last_seq()`. Returns how many events.
Result<uint64_t> replay_log(store::EventStore& store, ledger::Ledger& ledger);

}  // namespace holdfast::engine
