#include "engine/row_cache.h"

#include <set>
#include <utility>

namespace holdfast::engine {

std::vector<store::KnownRow> RowCache::known(const RowNames& names) const {
  std::vector<store::KnownRow> known;
  std::set<std::string_view> told;
  for (const auto* list : {&names.skus, &names.bare_skus, &names.whole_skus, &names.merged_skus}) {
    for (const std::string& name : *list) {
      const auto found = by_name_.find(name);
      if (found == by_name_.end() || !told.insert(name).second) continue;
      known.push_back({name, found->second->token});
    }
  }
  return known;
}

bool RowCache::complete(StoredRows* rows) {
  for (StoredSku& sku : rows->skus) {
    if (!sku.row.empty()) {
      put(sku);
      continue;
    }
    const auto found = by_name_.find(sku.sku);
    if (found == by_name_.end()) return false;
    sku = *found->second;
    rows_.splice(rows_.begin(), rows_, found->second);
  }
  return true;
}

void RowCache::put(const StoredSku& sku) {
  if (const auto found = by_name_.find(sku.sku); found != by_name_.end()) drop(found->second);
  rows_.push_front(sku);
  rows_.front().places.clear();
  by_name_[sku.sku] = rows_.begin();
  bytes_ += bytes_of(rows_.front());
  while (bytes_ > bytes_max_ && rows_.size() > 1) drop(std::prev(rows_.end()));
}

void RowCache::drop(Rows::iterator row) {
  bytes_ -= bytes_of(*row);
  by_name_.erase(row->sku);
  rows_.erase(row);
}

void RowCache::clear() {
  rows_.clear();
  by_name_.clear();
  bytes_ = 0;
  settings_.reset();
}

}  // namespace holdfast::engine
