// What many nodes decide over: rows under one lock, and the log, in one transaction per group.
// Knows columns, bytes and names, no stock rule.
//
// Used by engine/shared_executor. Implementations: postgres/. A group is confined to one thread at
// a time; snapshots (each made by its own reader) are independent of it.
//
// The order is the contract: begin() waits for the lock and reads only in later statements, so what
// a group loads is what is true until its commit(); nobody else writes meanwhile.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/outcome.h"
#include "model/stored_rows.h"

namespace holdfast::store {

/// The guards against selling twice on many nodes. Always on; a test switches each off to show that
/// its schedule then oversells. Run-time options, so that the code under test is the code that
/// ships; no setting, flag or environment variable reaches them.
struct SharedGuards {
  bool later_statement = true;  ///< what a group reads, it reads after the statement that locks
  bool token_check = true;      ///< a cached row is used only while its token is the table's
  bool owner_nonce = true;      ///< … and its token names who wrote it
  bool key_step = true;         ///< keys seen before are looked up under the lock
  bool row_counts = true;       ///< a row is written over only by who read it as it is
};

/// A SKU's row that the caller still has.
struct KnownRow {
  std::string sku;
  RowToken token;
};

/// What begin() found under the lock.
struct GroupStart {
  StoredLedger ledger;
  Timestamp time;  ///< greatest(clock of the store, last_time): the only clock of a decision
  StoredRows rows;
};

/// What commit() writes.
struct GroupWrite {
  StoredChanges changes;
  std::vector<StoredEvent> events;
  uint64_t owner = 0;  ///< the node's nonce, signed into every SKU row
  uint64_t group = 0;  ///< the node's number of this group: what a lost COMMIT is settled by
};

enum class CommitOutcome : uint8_t {
  kCommitted,
  kNotCommitted,  ///< and never can be: decide it again
  kUnknown,       ///< COMMIT was sent, no answer came: ask settle()
};

/// The writing half: one connection, one group at a time.
class SharedStore {
 public:
  virtual ~SharedStore() = default;

  /// Takes the lock, waits for it, then loads. Rows of SKUs whose token is still that of `known`
  /// come with empty `row`. The `due_max` holds of any SKU that are due first come too. On an error
  /// nothing is held and every cached row must be dropped.
  virtual Result<GroupStart> begin(const RowNames& names, const std::vector<KnownRow>& known,
                                   size_t due_max) = 0;
  /// More rows, under the lock of begin(). After an error the group is over.
  virtual Result<StoredRows> load(const RowNames& names, const std::vector<KnownRow>& known) = 0;
  /// SKUs whose levels were announced before `settle`, at most `max`. Under the lock.
  virtual Result<std::vector<std::string>> unsettled_skus(uint64_t settle, size_t max) = 0;
  /// Writes and commits. Ends the group whatever it returns; *error says why it was not committed.
  virtual CommitOutcome commit(const GroupWrite& write, Error* error) = 0;
  /// Ends the group without a trace.
  virtual void rollback() = 0;
  /// After kUnknown: locks the row on a new connection, then reads in a later statement which group
  /// of the node was written last. kUnknown again: no connection yet.
  virtual CommitOutcome settle(uint64_t owner, uint64_t group) = 0;

  /// Removes keys seen longer ago and holds closed longer ago than that, at most `max` of each, in
  /// a group of its own. Returns how many.
  virtual Result<size_t> purge(Duration keys_kept, Duration holds_kept, size_t max) = 0;
  /// How often a connection was made: another number, and every cached row must be dropped.
  virtual uint64_t connections() const = 0;
};

/// What a page of a list is filtered by and goes on from.
struct PageRequest {
  const Query* query = nullptr;
  size_t limit = 100;
};
/// Names of a page's rows, in order, and the cursor behind each (what a page that ends there
/// gives).
struct Page {
  struct Entry {
    std::string name;     ///< SKU, hold id or order
    std::string channel;  ///< orders
    std::string cursor;
  };
  std::vector<Entry> entries;
  bool last = true;
};

/// The reading half: one snapshot after another, each taken after it was asked for. Confined to the
/// thread that has it.
class SharedReader {
 public:
  virtual ~SharedReader() = default;
  /// A snapshot of now; `rows` as with SharedStore::begin, without keys and due holds.
  virtual Result<GroupStart> begin(const RowNames& names) = 0;
  virtual Result<StoredRows> load(const RowNames& names) = 0;
  /// A page of kStockPage, kHolds, kOrders or kShortfalls, in the snapshot of begin().
  virtual Result<Page> page(const PageRequest& request) = 0;
  /// The newest discrepancies the query asks for, oldest first, at most `limit`.
  virtual Result<std::vector<DiscrepancyView>> discrepancies(const PageRequest& request) = 0;
  /// Ends the snapshot.
  virtual void end() = 0;
};

}  // namespace holdfast::store
