// The tables of a shared ledger in memory, and what the statements of store/postgres read and write of
// them: the same rows for the same names, the same refusals.
//
// Part of the model of PostgreSQL. A value of Tables is one committed state; copies share their rows, so
// that a snapshot costs little. Knows nothing of sessions, locks or time: database.h does.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "model/stored_rows.h"
#include "store/shared_store.h"

namespace holdfast::schedules {

template <typename T>
using Row = std::shared_ptr<const T>;

struct Tables {
  StoredLedger ledger;
  std::map<std::string, Row<StoredSku>> skus;
  std::map<std::string, Row<StoredHold>> holds;
  std::map<std::pair<std::string, std::string>, Row<StoredOrder>> orders;         // order, channel
  std::map<std::pair<std::string, uint8_t>, Row<StoredReference>> references;     // reference, kind
  std::map<uint32_t, StoredNamed> locations, channels, sources;                   // number
  std::map<Hash128, StoredKey> keys;
  std::vector<Row<StoredEvent>> events;   // seq 1 is events[0]
  std::map<uint64_t, uint64_t> last_groups;  // node → group
};

/// What the loading statements give, as they stand in store/postgres/rows_load. `now` is the server's
/// clock; rows come in the order of their names.
StoredRows load_rows(const Tables& tables, const RowNames& names,
                     const std::vector<store::KnownRow>& known, size_t due_max, Timestamp now,
                     const store::SharedGuards& guards);
/// The SKU statement alone.
std::vector<StoredSku> load_skus(const Tables& tables, const RowNames& names,
                                 const std::vector<store::KnownRow>& known,
                                 const store::SharedGuards& guards);
std::vector<std::string> load_unsettled(const Tables& tables, uint64_t settle, size_t max);

/// What the writing statements do. An error: a statement failed, *tables is of no use any more.
Status write_group(Tables* tables, const store::GroupWrite& write, const store::SharedGuards& guards);

/// Keys and closed holds older than that leave, at most `max` of each. How many.
size_t purge_rows(Tables* tables, Timestamp now, Duration keys_kept, Duration holds_kept, size_t max);

}  // namespace holdfast::schedules
