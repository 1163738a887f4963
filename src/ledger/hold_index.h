// Which hold an id names.
//
// Ids the ledger gives ("h_{incarnation}_{seq}") come in the order of their seq: they lie in one
// sorted array, so that a new hold costs neither hashing nor scattered memory. Ids that clients
// choose are hashed.
//
// Confined to one thread. A removed id leaves a gap that goes when everything older has gone; a
// hold lives two days and is remembered for a while, so gaps are bounded by the holds of that time.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "ledger/sharded_map.h"
#include "ledger/slab.h"
#include "model/event.h"

namespace holdfast::ledger {

/// "h_{incarnation}_{seq}".
std::string generated_hold_id(uint32_t incarnation, Seq seq);

class HoldIndex {
 public:
  explicit HoldIndex(TextHash hash) : chosen_(hash) {}

  /// kNoId when the id names none.
  uint32_t find(std::string_view id) const;
  /// `id` names `hold` from now on; for a chosen one, its text lives as long as the entry.
  void put(std::string_view id, uint32_t hold);
  void erase(std::string_view id);

 private:
  struct Generated {
    Seq seq = 0;
    uint32_t incarnation = 0;
    uint32_t hold = kNoId;  ///< kNoId = removed
  };
  static std::optional<Generated> parse(std::string_view id);
  size_t lower_bound(const Generated& wanted) const;
  bool is_at(size_t place, const Generated& wanted) const;

  std::deque<Generated> generated_;  ///< ascending in (seq, incarnation)
  ShardedMap<std::string_view, uint32_t, TextHash> chosen_;
};

}  // namespace holdfast::ledger
