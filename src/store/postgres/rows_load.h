// Statements that load rows by name, and what they give. Each is read under the lock of a group, or
// in a snapshot: these know no difference.
//
// Used by group and reader. Stateless.
#pragma once

#include <vector>

#include "model/stored_rows.h"
#include "store/postgres/connection.h"
#include "store/shared_store.h"

namespace holdfast::store::postgres {

inline constexpr Statement kLockLedger{"lock_ledger", "SELECT 1 FROM ledger FOR UPDATE"};
/// With the time of a group: the only clock of a decision.
inline constexpr Statement kReadLedger{
    "read_ledger",
    "SELECT id, incarnation, last_seq, last_time, settings, settle, sku_seq_base, skus_born,"
    " forgotten_holds, open_holds, open_orders, keys, greatest(clock_timestamp(), last_time)"
    " FROM ledger"};

/// Adds what loads `names` to the connection's next run: take_rows() reads the answers from `first`
/// on. `due_max`: holds of any SKU that are due first.
void add_loads(Connection* connection, const RowNames& names, const std::vector<KnownRow>& known,
               size_t due_max, const SharedGuards& guards);
StoredRows take_rows(const std::vector<Rows>& answers, size_t first, const RowNames& names);

/// The SKU statement of add_loads() in the statement that takes the lock: what a group must not do.
void add_lock_that_reads(Connection* connection, const RowNames& names,
                         const std::vector<KnownRow>& known, const SharedGuards& guards);
std::vector<StoredSku> take_skus(const Rows& rows);

StoredLedger ledger_of(const Row& row, Timestamp* time);

}  // namespace holdfast::store::postgres
