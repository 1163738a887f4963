// What many nodes decide over: rows under one lock, and the log, in one transaction per group.
// Knows columns, bytes and names, no stock rule.
//
// Used by engine/shared_executor. Implementations: postgres/. A group is confined to one thread at a
// time; snapshots (each made by its own reader) are independent of it.
//
// The order is the contract: begin() waits for the lock and reads only in later statements, so what a
// group loads is what is true until its commit(); nobody else writes meanwhile.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/outcome.h"
#include "model/stored_rows.h"

namespace holdfast::store {

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

  /// Takes the lock, waits for it, then loads. Rows of SKUs whose token is still that of `known` come
  /// with empty `row`. With `due_any` the 64 holds due first of any SKU come too, and with `due_max`
  /// more of them, instead: a sweep. On an error nothing is held and every cached row must be dropped.
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

  /// Keys outside the window and holds closed for kClosedKept, at most `max` of each, in a
  /// transaction of its own. Returns how many.
  virtual Result<size_t> purge(Timestamp keys_before, Timestamp holds_before, size_t max) = 0;
  /// How often a connection was made: another number, and every cached row must be dropped.
  virtual uint64_t connections() const = 0;
};

/// What a page of a list is filtered by and goes on from.
struct PageRequest {
  const Query* query = nullptr;
  size_t limit = 100;
};
/// Names of a page's rows, in order, and the cursor behind each (what a page that ends there gives).
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
  /// The newest discrepancies before `before` (0 = all), newest first, at most `limit`.
  virtual Result<std::vector<DiscrepancyView>> discrepancies(Seq before, size_t limit) = 0;
  /// Ends the snapshot.
  virtual void end() = 0;
};

}  // namespace holdfast::store
