// Proves a ledger from its bytes: hash chain, replay into fresh balances, zero sum per SKU, hold and order
// counters, snapshot = replay. For `holdfast verify`, on a data directory that no server holds.
//
// Stateless; takes as long as the log takes to read, and the memory of a second ledger.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/snapshot_port.h"
#include "ledger/ledger.h"
#include "store/event_store.h"

namespace holdfast::engine {

struct VerifyReport {
  struct Check {
    std::string name;    ///< "hash chain", "zero sum" …
    bool passed = false;
    std::string detail;  ///< what was compared, or the first thing that is wrong
  };
  std::vector<Check> checks;
  Seq last_seq = 0;
  uint64_t skus = 0;
  uint64_t commands = 0;
  std::string state_hash;  ///< 32 hex digits

  bool passed() const;
  /// One line per check, then the verdict.
  std::string text() const;
};

struct VerifyInput {
  store::EventStore& store;
  SnapshotPort* snapshots = nullptr;           ///< null: there are none to compare
  std::function<Status()> check_chain;         ///< reads the log again from the device; empty: not asked
  ledger::LedgerOptions options;               ///< as the server runs it
};

/// Never fails: what cannot be read is a check that did not pass.
VerifyReport verify(const VerifyInput& input);

}  // namespace holdfast::engine
