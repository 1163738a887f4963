// Questions to a shared ledger: each answered on a desk, from one snapshot taken after it was
// asked, so that it reflects every answer given before.
//
// Used by SharedExecutor. do_work() is confined to one thread, run by the executor's or by hand;
// what waits meanwhile is answered together from the next snapshot.
#pragma once

#include <vector>

#include "engine/inbox.h"
#include "engine/metrics.h"
#include "ledger/ledger.h"
#include "store/shared_store.h"

namespace holdfast::engine {

class SharedReads {
 public:
  struct Parts {
    store::SharedReader& reader;
    Inbox& inbox;
    EngineMetrics& metrics;
    const ledger::LedgerOptions& rules;
  };
  explicit SharedReads(Parts parts) : parts_(parts) {}

  /// Answers what waits. False: nothing did.
  bool do_work();

 private:
  Status answer_from_snapshot(const std::vector<const Query*>& queries,
                              std::vector<QueryResult>* results);
  Result<QueryResult> answer_list(const Query& query, const StoredLedger& ledger);
  Result<QueryResult> answer_discrepancies(const Query& query, const StoredLedger& ledger);
  Result<std::vector<QueryResult>> answer_on_desk(const std::vector<Query>& queries,
                                                  const RowNames& names, StoredRows rows,
                                                  const StoredLedger& ledger);

  Parts parts_;
  StoredSettings settings_;  ///< of the present snapshot
  Timestamp now_;            ///< of it
};

}  // namespace holdfast::engine
