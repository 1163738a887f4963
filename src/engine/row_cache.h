// RowCache: rows of SKUs that this node read or wrote, with the token each had then, and the
// settings. A cached row is used only where the store says, under the lock, that its token is still
// the row's.
//
// Used by SharedWriter. Confined to one thread. Bounded in bytes: what was used longest ago leaves.
#pragma once

#include <cstddef>
#include <list>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "model/stored_rows.h"
#include "store/shared_store.h"

namespace holdfast::engine {

class RowCache {
 public:
  explicit RowCache(size_t bytes_max) : bytes_max_(bytes_max) {}

  /// Tokens of those of the names that are here.
  std::vector<store::KnownRow> known(const RowNames& names) const;
  /// Fills in what the store left empty, and keeps what it gave. False: it left empty what is not
  /// here (never, unless a store is wrong).
  bool complete(StoredRows* rows);
  void put(const StoredSku& sku);
  /// Any failed or unsettled transaction, and any new connection: nothing is known any more.
  void clear();

  /// The settings read at that version; null where they are others.
  const StoredSettings* settings(uint64_t version) const {
    return settings_ && settings_->version == version ? &*settings_ : nullptr;
  }
  void put_settings(StoredSettings settings) { settings_ = std::move(settings); }
  /// Whether `settle` is another than the last told.
  bool settle_raised(uint64_t settle) { return std::exchange(settle_, settle) != settle; }
  size_t bytes() const { return bytes_; }

 private:
  using Rows = std::list<StoredSku>;  ///< used last in front
  static size_t bytes_of(const StoredSku& sku) {
    return sizeof sku + 2 * sku.sku.size() + sku.row.size();
  }
  void drop(Rows::iterator row);

  const size_t bytes_max_;
  size_t bytes_ = 0;
  Rows rows_;
  std::unordered_map<std::string, Rows::iterator> by_name_;
  std::optional<StoredSettings> settings_;
  uint64_t settle_ = 0;
};

}  // namespace holdfast::engine
