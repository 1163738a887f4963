// Reading a log, whatever keeps its groups: batches for the feed, one command, replay, and the history of
// a SKU by its chains. Sees only what is durable.
//
// Used by journal and memory. Thread-safe; blocks on the source's reads.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "store/event_store.h"
#include "store/group_view.h"
#include "store/sku_chains.h"

namespace holdfast::store {

class LogReader {
 public:
  /// Both outlive the reader.
  LogReader(GroupSource& groups, const SkuChains& chains) : groups_(groups), chains_(chains) {}

  Result<LogBatch> read(Seq after, size_t bytes_max) const;
  Result<LogBatch> read_command(Seq seq) const;
  Status replay(Seq after, LogVisitor& visitor) const;
  Status walk_sku(const std::string& sku, Seq before_seq,
                  const std::function<bool(const Event&)>& visit) const;
  Status walk_late_facts(const std::string& sku, Seq after_seq, Timestamp time,
                         const std::function<bool(const Event&)>& visit) const;
  Result<std::vector<PlaceBalances>> balances_after(const std::string& sku, Seq seq) const;

 private:
  GroupSource& groups_;
  const SkuChains& chains_;
};

}  // namespace holdfast::store
