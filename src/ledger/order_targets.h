// What an order comes to: a function of the set of what was told, never of its sequence.
//
// Used by deciding (what is still to be moved) and by queries. Pure functions.
#pragma once

#include <vector>

#include "ledger/state.h"

namespace holdfast::ledger {

/// Where one SKU of an order should stand.
struct OrderTarget {
  int64_t ordered = 0;
  int64_t fulfilled = 0;
  int64_t cancelled = 0;
  int64_t written_off = 0;
  int64_t returned = 0;
  int64_t committed = 0;       ///< still owed
  int64_t surplus = 0;         ///< shipped beyond what was ordered
  std::vector<Booked> places;  ///< fulfilled per place; returned per place and state
};

/// `more_committed`: as if that many units were committed by a hold now.
OrderTarget target_of(const Order& order, const OrderSku& part, int64_t more_committed = 0);

/// Sum of the newest snapshot's lines, the largest over the sources; edits without restock included.
int64_t snapshot_ordered(const OrderSku& part);
/// True when a snapshot's RFC 3339 version is later than the last commit: it replaces what holds committed.
bool commits_replaced(const OrderSku& part);
/// Whether the number of ordered units is known at all (by a snapshot or a commit).
bool ordered_known(const OrderSku& part);

/// What one source says of a counter at a place (fulfilled) or a place and state (returned): the larger of
/// its deltas and its totals. Location and state are ignored for cancelled and written off.
int64_t told_by(const Order& order, const OrderSku& part, SourceId source, Counter counter,
                LocationId location = kNoId, Account state = Account::kNone);
/// The deltas alone, documents included.
int64_t deltas_of(const Order& order, const OrderSku& part, SourceId source, Counter counter,
                  LocationId location = kNoId, Account state = Account::kNone);

/// Whether `incoming` says more about a field than what is kept; equal versions keep the larger value.
bool newer(const Version& incoming, const Version& kept);

}  // namespace holdfast::ledger
