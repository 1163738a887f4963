#include "engine/account_book.h"

#include <algorithm>
#include <utility>

#include "model/limits.h"

namespace holdfast::engine {
namespace {

constexpr size_t index_of(Account account) { return static_cast<size_t>(account) - 1; }

Moved& moved_by(PlaceAccount* place, EventType type) {
  for (Moved& moved : place->moved) {
    if (moved.type == type) return moved;
  }
  Moved& added = place->moved.emplace_back();
  added.type = type;
  return added;
}

bool counts_sellable(const Event& event) {
  return event.type == EventType::kStockCounted && event.has(Event::kAnchor) &&
         event.has(Event::kSellable);
}

}  // namespace

AccountBook::AccountBook(const std::vector<store::PlaceBalances>& balances) {
  for (const store::PlaceBalances& from : balances) {
    PlaceAccount& place = places_[from.location];
    place.location = from.location;
    for (size_t i = 0; i < place.now.size(); ++i) place.now[i] = from.balances[i + 1];
    place.opening = place.now;
  }
  open_ = places_.size();
}

void AccountBook::undo(const Event& event) {
  oldest_seq_ = event.seq;
  note_count(event);
  if (event.from == Account::kNone) return;
  const std::string_view there = event.to_location.empty() ? event.location : event.to_location;
  undo_at(event.location, event.from, -event.quantity, event);
  undo_at(there, event.to, event.quantity, event);
}

void AccountBook::undo_at(std::string_view location, Account account, int64_t quantity,
                          const Event& event) {
  if (account == Account::kNone || is_outside(account)) return;
  const auto found = places_.find(location);
  if (found == places_.end() || found->second.basis == PlaceAccount::Basis::kCount) return;
  PlaceAccount& place = found->second;
  Moved& moved = moved_by(&place, event.type);
  moved.change[index_of(account)] += quantity;
  place.opening[index_of(account)] -= quantity;
  if (std::exchange(moved.oldest_seq, event.seq) == event.seq) return;  // its other side
  ++moved.events;
  if (moved.seqs.size() < limits::kExplainSeqsMax) moved.seqs.push_back(event.seq);
}

// The opening is what the count left behind, so its own movement is not undone.
void AccountBook::note_count(const Event& event) {
  if (!counts_sellable(event)) return;
  const auto found = places_.find(event.location);
  if (found == places_.end() || found->second.basis == PlaceAccount::Basis::kCount) return;
  PlaceAccount& place = found->second;
  place.basis = PlaceAccount::Basis::kCount;
  place.basis_seq = event.seq;
  place.counted_at = event.occurred_at.has_value() ? event.occurred_at : event.recorded_at;
  --open_;
}

std::vector<PlaceAccount> AccountBook::finish(bool more) {
  std::vector<PlaceAccount> places;
  for (auto& [location, place] : places_) {
    if (more && place.basis == PlaceAccount::Basis::kNothing) {
      place.basis = PlaceAccount::Basis::kEarlier;
      place.basis_seq = oldest_seq_ - 1;
    }
    std::sort(place.moved.begin(), place.moved.end(),
              [](const Moved& a, const Moved& b) { return a.type < b.type; });
    places.push_back(std::move(place));
  }
  return places;
}

}  // namespace holdfast::engine
