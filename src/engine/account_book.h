// Walks a SKU's events backwards from known balances and keeps, place by place, what moved since
// the place's newest count.
//
// Used by History. Confined to one thread.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "model/event.h"
#include "model/explain.h"
#include "store/event_log.h"

namespace holdfast::engine {

class AccountBook {
 public:
  /// `balances`: of every place, after the newest event that will be undone.
  explicit AccountBook(const std::vector<store::PlaceBalances>& balances);

  /// Takes the next older event into account. Places whose count was met stay as they are.
  void undo(const Event& event);
  /// Every place's count was met: older events change nothing.
  bool complete() const { return open_ == 0; }
  /// `more`: there are older events that were not undone.
  std::vector<PlaceAccount> finish(bool more);

 private:
  void undo_at(std::string_view location, Account account, int64_t quantity, const Event& event);
  void note_count(const Event& event);

  std::map<std::string, PlaceAccount, std::less<>> places_;
  size_t open_ = 0;     ///< places whose count was not met yet
  Seq oldest_seq_ = 0;  ///< undone so far
};

}  // namespace holdfast::engine
