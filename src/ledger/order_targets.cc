#include "ledger/order_targets.h"

#include <algorithm>
#include <numeric>

namespace holdfast::ledger {
namespace {

bool has_place(Counter counter) {
  return counter == Counter::kFulfilled || counter == Counter::kReturned;
}

template <typename Visit>
void for_each_source(const Order& order, const OrderSku& part, Visit visit) {
  std::vector<SourceId> sources;
  const auto add = [&](SourceId source) {
    if (std::find(sources.begin(), sources.end(), source) == sources.end()) {
      sources.push_back(source);
    }
  };
  for (const SnapshotLine& line : part.snapshots) add(line.source);
  for (const Tally& tally : part.tallies) add(tally.source);
  for (const Document& document : order.documents) add(document.source);
  for (SourceId source : sources) visit(source);
}

struct Place {
  LocationId location;
  Account state;
  bool operator==(const Place&) const = default;
};

/// Every place (and state) any source named for the counter, in order of location and state.
std::vector<Place> places_of(const Order& order, const OrderSku& part, Counter counter) {
  std::vector<Place> places;
  const auto add = [&](LocationId location, Account state) {
    if (std::find(places.begin(), places.end(), Place{location, state}) == places.end()) {
      places.push_back({location, state});
    }
  };
  for (const Tally& tally : part.tallies) {
    if (tally.counter == counter) add(tally.location, tally.state);
  }
  for (const Document& document : order.documents) {
    if (document.counter != counter || document.voided) continue;
    for (const Document::Line& line : document.lines) {
      if (line.sku == part.sku) add(line.location, line.state);
    }
  }
  std::sort(places.begin(), places.end(), [](const Place& a, const Place& b) {
    return std::pair(a.location, a.state) < std::pair(b.location, b.state);
  });
  return places;
}

int64_t totals_of(const OrderSku& part, SourceId source, Counter counter, LocationId location,
                  Account state) {
  int64_t sum = 0;
  const auto field = [&](const SnapshotLine& line) -> const SnapshotLine::Field* {
    if (counter == Counter::kCancelled) return &line.cancelled;
    if (counter == Counter::kWrittenOff) return &line.written_off;
    return nullptr;
  };
  // A line's total may be told by a snapshot and by an event of its own: the larger one stands.
  for (const Tally& tally : part.tallies) {
    if (tally.source != source || tally.counter != counter || !tally.is_total) continue;
    if (has_place(counter) && (tally.location != location || tally.state != state)) continue;
    int64_t value = tally.value;
    for (const SnapshotLine& line : part.snapshots) {
      if (line.source != source || line.line != tally.line) continue;
      if (const auto* told = field(line)) value = std::max(value, told->value);
    }
    sum += value;
  }
  for (const SnapshotLine& line : part.snapshots) {
    const auto* told = line.source == source ? field(line) : nullptr;
    if (told == nullptr) continue;
    const bool counted = std::any_of(
        part.tallies.begin(), part.tallies.end(), [&](const Tally& tally) {
          return tally.source == source && tally.counter == counter && tally.is_total &&
                 tally.line == line.line;
        });
    if (!counted) sum += told->value;
  }
  return sum;
}

/// Largest over the sources.
int64_t largest(const Order& order, const OrderSku& part, Counter counter,
                LocationId location = kNoId, Account state = Account::kNone) {
  int64_t most = 0;
  for_each_source(order, part, [&](SourceId source) {
    most = std::max(most, told_by(order, part, source, counter, location, state));
  });
  return most;
}

/// Returned units at one place, all states: the largest of the sources' sums.
int64_t returned_at(const Order& order, const OrderSku& part, LocationId location) {
  int64_t most = 0;
  for_each_source(order, part, [&](SourceId source) {
    int64_t sum = 0;
    for (Account state : {Account::kAvailable, Account::kDamaged, Account::kQualityControl}) {
      sum += told_by(order, part, source, Counter::kReturned, location, state);
    }
    most = std::max(most, sum);
  });
  return most;
}

/// Fills in what was returned, at most `bound` in all. Where sources disagree about the state, a unit that
/// any of them calls damaged is not sold again.
void add_returns(const Order& order, const OrderSku& part, int64_t bound, OrderTarget* target) {
  std::vector<LocationId> locations;
  for (const Place& place : places_of(order, part, Counter::kReturned)) {
    if (locations.empty() || locations.back() != place.location) {
      locations.push_back(place.location);
    }
  }
  for (LocationId location : locations) {
    int64_t left = std::min(returned_at(order, part, location), bound);
    bound -= left;
    target->returned += left;
    for (Account state : {Account::kDamaged, Account::kQualityControl, Account::kAvailable}) {
      const int64_t told =
          state == Account::kAvailable
              ? left
              : std::min(left, largest(order, part, Counter::kReturned, location, state));
      if (told == 0) continue;
      left -= told;
      target->places.push_back({Counter::kReturned, state, location, told});
    }
  }
}

}  // namespace

bool newer(const Version& incoming, const Version& kept) {
  if (!incoming.has_value()) return !kept.has_value();
  if (!kept.has_value()) return true;
  return incoming.value > kept.value;
}

int64_t snapshot_ordered(const OrderSku& part) {
  int64_t most = 0;
  for (const SnapshotLine& first : part.snapshots) {
    int64_t sum = 0;
    for (const SnapshotLine& line : part.snapshots) {
      if (line.source == first.source) sum += line.ordered.value + line.fallen;
    }
    most = std::max(most, sum);
  }
  return most;
}

bool commits_replaced(const OrderSku& part) {
  if (part.held_total == 0) return false;
  for (const SnapshotLine& line : part.snapshots) {
    const Version& version = line.ordered.version;
    if (line.ordered.told && version.kind == Version::Kind::kTime &&
        version.value > part.last_commit.us) {
      return true;
    }
  }
  return false;
}

bool ordered_known(const OrderSku& part) {
  if (part.held_total > 0) return true;
  return std::any_of(part.snapshots.begin(), part.snapshots.end(),
                     [](const SnapshotLine& line) { return line.ordered.told; });
}

int64_t deltas_of(const Order& order, const OrderSku& part, SourceId source, Counter counter,
                  LocationId location, Account state) {
  int64_t sum = 0;
  const auto here = [&](LocationId at, Account in) {
    return !has_place(counter) || (at == location && in == state);
  };
  for (const Tally& tally : part.tallies) {
    if (tally.source == source && tally.counter == counter && !tally.is_total &&
        here(tally.location, tally.state)) {
      sum += tally.value;
    }
  }
  for (const Document& document : order.documents) {
    if (document.source != source || document.counter != counter || document.voided) continue;
    for (const Document::Line& line : document.lines) {
      if (line.sku == part.sku && here(line.location, line.state)) sum += line.quantity;
    }
  }
  return std::max<int64_t>(sum, 0);
}

int64_t told_by(const Order& order, const OrderSku& part, SourceId source, Counter counter,
                LocationId location, Account state) {
  int64_t told = std::max(deltas_of(order, part, source, counter, location, state),
                          totals_of(part, source, counter, location, state));
  if (counter == Counter::kWrittenOff) {
    for (const SnapshotLine& line : part.snapshots) {
      if (line.source == source) told += line.fallen;
    }
  }
  return told;
}

OrderTarget target_of(const Order& order, const OrderSku& part, int64_t more_committed) {
  OrderTarget target;
  const int64_t snapshot = snapshot_ordered(part);
  const bool replaced = commits_replaced(part);
  const int64_t commits = replaced ? std::min(part.held_total, snapshot) : part.held_total;
  target.ordered = std::max(snapshot, commits + more_committed);
  const bool known = ordered_known(part) || more_committed > 0;

  for (const Place& place : places_of(order, part, Counter::kFulfilled)) {
    const int64_t told = largest(order, part, Counter::kFulfilled, place.location, place.state);
    if (told == 0) continue;
    target.fulfilled += told;
    target.places.push_back({Counter::kFulfilled, place.state, place.location, told});
  }
  target.surplus = known ? std::max<int64_t>(0, target.fulfilled - target.ordered) : 0;

  int64_t owed = std::max<int64_t>(0, target.ordered - target.fulfilled);
  target.written_off = std::min(owed, largest(order, part, Counter::kWrittenOff));
  owed -= target.written_off;
  target.cancelled = std::min(owed, largest(order, part, Counter::kCancelled));
  owed -= target.cancelled;
  if (order.cancelled) {
    (order.no_restock ? target.written_off : target.cancelled) += owed;
    owed = 0;
  }
  target.committed = owed;
  add_returns(order, part, known ? target.ordered : INT64_MAX, &target);
  return target;
}

}  // namespace holdfast::ledger
