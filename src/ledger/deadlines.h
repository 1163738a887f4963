// When open holds end: over all and by SKU, so that what is due of one SKU is found without walking
// past the holds that are not, however many there are.
//
// Kept by Applier. Confined to one thread. A hold is listed once under each SKU it has units of.
#pragma once

#include <compare>
#include <cstdint>
#include <deque>
#include <memory>
#include <set>

#include "base/time.h"
#include "model/event.h"

namespace holdfast::ledger {

struct Deadline {
  Timestamp at;
  Seq first_seq;
  uint32_t hold;
  auto operator<=>(const Deadline&) const = default;
};

class Deadlines {
 public:
  bool empty() const { return heads_.empty(); }
  /// The earliest of all. REQUIRES: !empty().
  const Deadline& first() const { return heads_.begin()->deadline; }
  /// The earliest of one SKU; null when none of its units is held.
  const Deadline* first_of(uint32_t sku) const {
    const OfSku* own = sku < by_sku_.size() ? by_sku_[sku].get() : nullptr;
    return own == nullptr || own->empty() ? nullptr : &*own->begin();
  }
  /// Calls `visit` with every hold of the SKU that ends at or before `time`, the earliest first.
  template <typename Visit>
  void each_until(uint32_t sku, Timestamp time, Visit visit) const {
    if (first_of(sku) == nullptr) return;
    for (const Deadline& deadline : *by_sku_[sku]) {
      if (deadline.at > time) return;
      visit(deadline.hold);
    }
  }

  /// Lists it under the SKU; once, however often it is told.
  void add(uint32_t sku, const Deadline& deadline) {
    while (by_sku_.size() <= sku) by_sku_.emplace_back();
    if (!by_sku_[sku]) by_sku_[sku] = std::make_unique<OfSku>();
    OfSku& own = *by_sku_[sku];
    const bool leads = own.empty() || deadline < *own.begin();
    if (leads && !own.empty()) heads_.erase({*own.begin(), sku});
    own.emplace_hint(own.end(), deadline);  // most end after all that are there
    if (leads) heads_.insert({deadline, sku});
  }
  void remove(uint32_t sku, const Deadline& deadline) {
    OfSku& own = *by_sku_[sku];
    const bool leads = !own.empty() && deadline == *own.begin();
    if (leads) heads_.erase({deadline, sku});
    own.erase(deadline);
    if (leads && !own.empty()) heads_.insert({*own.begin(), sku});
  }

 private:
  using OfSku = std::set<Deadline>;
  struct Head {
    Deadline deadline;
    uint32_t sku;
    auto operator<=>(const Head&) const = default;
  };
  std::deque<std::unique_ptr<OfSku>> by_sku_;  ///< made with a SKU's first hold
  std::set<Head> heads_;                       ///< the earliest of each SKU that has any
};

}  // namespace holdfast::ledger
