// DeskMaker: a desk for a group or a question: lays out what was loaded, and loads what turns out
// to be missing until nothing is.
//
// Used by SharedWriter and SharedReads. Confined to one thread.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "ledger/ledger.h"
#include "model/stored_rows.h"

namespace holdfast::engine {

/// Appends what a second load brought; rows that are there already stay as they are.
void add_rows(StoredRows* to, StoredRows more);
/// Appends the names.
void add_names(RowNames* to, const RowNames& more);

class DeskMaker {
 public:
  using Load = std::function<Result<StoredRows>(const RowNames&)>;

  /// `load` reads from the same lock or snapshot as `rows`.
  DeskMaker(const ledger::LedgerOptions& rules, const StoredLedger& ledger,
            const StoredSettings& settings, StoredRows rows, Load load)
      : rules_(rules),
        ledger_(ledger),
        settings_(settings),
        rows_(std::move(rows)),
        load_(std::move(load)) {}

  /// A fresh desk. kCorrupt: rows that cannot be understood.
  Result<std::unique_ptr<ledger::Ledger>> make();
  /// Loads every open hold, order and reference of these SKUs: the next desk has them.
  Status load_whole(const std::vector<std::string>& skus);
  /// SKUs of which everything is on the desk.
  const std::set<std::string>& whole() const { return whole_; }

 private:
  const ledger::LedgerOptions& rules_;
  const StoredLedger& ledger_;
  const StoredSettings& settings_;
  StoredRows rows_;
  Load load_;
  std::set<std::string> whole_;
};

}  // namespace holdfast::engine
