// A desk: a state with the rows of one group alone, laid out of what a shared store has, and what
// the group changed of them.
//
// Used by Ledger. Every rule decides on it as on the whole, because a group's names bring every row
// that its commands can touch (wanted.cc); what counts over rows that are not here comes as
// numbers. Confined to one thread.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/row_book.h"
#include "ledger/state.h"
#include "model/stored_rows.h"

namespace holdfast::ledger {

class Desk {
 public:
  Desk(State* state, RowBook* rows) : state_(*state), rows_(*rows) {}

  /// Lays out the rows. REQUIRES: an empty state. False when a row names what is not there, or
  /// bytes are not understood: *missing then has the SKUs to load besides, none = damaged.
  bool lay_out(const StoredLedger& ledger, const StoredSettings& settings, const StoredRows& rows,
               RowNames* missing);
  /// SKUs with a position below zero, now or during the group, but for those `whole` names: what
  /// they endanger is not all here.
  std::vector<std::string> lacking(const std::set<std::string>& whole) const;
  /// Everything that is to be written. `settle`: availability is to be looked at.
  StoredChanges changes(bool settle) const;
  /// The SKUs on the desk have been announced up to what the ledger's row says.
  void mark_settled();
  std::vector<SkuId>* below_zero() { return &below_zero_; }

 private:
  struct Known {
    uint64_t number = 0;
    uint64_t settled = 0;
    uint64_t epoch = 0;
    bool marked = false;  ///< to be written although nothing of it changed
  };
  void lay_settings(const StoredSettings& settings, const StoredRows& rows);
  bool lay_skus(std::vector<const StoredSku*> skus, RowNames* missing);
  void count();
  void note_below_zero();

  StoredSku stored_sku(SkuId id) const;
  StoredHold stored_hold(uint32_t id) const;
  StoredOrder stored_order(uint32_t id) const;
  StoredReference stored_reference(uint32_t id) const;
  StoredNamed stored_named(RowKind kind, uint32_t id) const;
  void counted(StoredChanges* changes) const;

  State& state_;
  RowBook& rows_;
  StoredLedger ledger_;       ///< as it was
  std::vector<Known> known_;  ///< by SKU, those that were laid out
  std::vector<std::string> hold_ids_;
  std::vector<int64_t> channel_holds_, source_holds_;  ///< as they were
  uint64_t keys_laid_ = 0;
  std::vector<SkuId> below_zero_;
};

}  // namespace holdfast::ledger
