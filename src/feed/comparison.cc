#include "feed/comparison.h"

#include <algorithm>
#include <chrono>

#include "model/limits.h"

namespace holdfast::feed {
namespace {

/// Channels tell times in whole seconds: what was told within the same one may be what they saw.
constexpr Duration kTimeResolution = kSecond;

std::optional<int64_t> number_at(const ChannelNumbers& numbers, const std::string& location) {
  if (location.empty()) return numbers.whole;
  for (const auto& [name, number] : numbers.locations) {
    if (name == location) return number;
  }
  return std::nullopt;
}

int64_t sold_down_to(int64_t theirs) { return std::max<int64_t>(0, theirs); }

}  // namespace

Comparison::Comparison(const SavedSink& saved) {
  for (const auto& [sku, compared] : saved.compared) {
    Entry* entry = find_or_make(sku);
    if (entry == nullptr) continue;
    count(sku, *entry, -1);
    static_cast<SavedSink::Compared&>(*entry) = compared;
    observes_ = observes_ || !compared.seen.empty();
    count(sku, *entry, +1);
  }
  counts_.left_out = 0;
}

void Comparison::keep_all(bool all) {
  std::lock_guard lock(mutex_);
  keep_all_ = all;
  if (all) return;
  for (auto at = entries_.begin(); at != entries_.end();) {
    const bool compared = !at->second.seen.empty() || !at->second.told.empty();
    if (!compared) count(at->first, at->second, -1);
    at = compared ? std::next(at) : entries_.erase(at);
  }
}

bool Comparison::wants(const std::string& sku) const {
  std::lock_guard lock(mutex_);
  return keep_all_ || entries_.contains(sku);
}

void Comparison::read(const std::string& sku, const ChannelNumbers& ours) {
  std::lock_guard lock(mutex_);
  const bool is_there = entries_.contains(sku);
  if (!is_there && (!keep_all_ || !ours.whole)) return;
  Entry* entry = find_or_make(sku);
  if (entry == nullptr) return;
  count(sku, *entry, -1);
  entry->ours = ours;
  entry->read = true;
  count(sku, *entry, +1);
  if (counts_.of(ComparedState::kUnread) == 0) all_read_.notify_all();
}

bool Comparison::observes() const {
  std::lock_guard lock(mutex_);
  return observes_;
}

std::optional<CursorRecord> Comparison::told(const std::string& sku, const ChannelNumbers& numbers,
                                             Timestamp at) {
  std::lock_guard lock(mutex_);
  Entry* entry = find_or_make(sku);
  if (entry == nullptr) return std::nullopt;
  count(sku, *entry, -1);
  entry->ours = numbers;
  entry->read = true;
  SavedSink::put(entry, NumbersTold{sku, at, numbers});
  count(sku, *entry, +1);
  return entry->told.back();
}

Comparison::Seen Comparison::observed(const ObservedLevel& level) {
  std::lock_guard lock(mutex_);
  Seen seen;
  const auto done = [&](ObservationResult result) {
    ++counts_.results[static_cast<size_t>(result)];
    seen.result = result;
    return seen;
  };
  Entry* entry = find_or_make(level.sku);
  if (entry == nullptr) return done(ObservationResult::kOther);
  LevelSeen now{level.sku, level.location, level.place, level.available, level.at, {}};
  for (const LevelSeen& other : entry->seen) {
    if (!SavedSink::supersedes(now, other)) continue;
    if (now.at < other.at) return done(ObservationResult::kStale);
    now.since = std::max(now.since, other.since);
  }
  count(level.sku, *entry, -1);
  observes_ = true;
  SavedSink::put(entry, now);
  const auto shown = row_of(level.sku, *entry, level.location).theirs;
  confirm(*entry, level.location, shown.value_or(0), level.at);
  const ComparedRow row = row_of(level.sku, *entry, level.location);
  if (row.state == ComparedState::kEqual) entry->enforced = 0;
  count(level.sku, *entry, +1);
  seen.record = entry->seen.back();
  seen.unread = !entry->read;
  switch (row.state) {
    case ComparedState::kEqual:
      return done(ObservationResult::kEqual);
    case ComparedState::kPending:
      return done(ObservationResult::kEcho);
    case ComparedState::kDrift:
      return done(ObservationResult::kDrift);
    default:
      return done(ObservationResult::kOther);
  }
}

/// The newest push of this number that the observation can have seen is confirmed by it; what was
/// told before that cannot come back.
void Comparison::confirm(Entry& entry, const std::string& location, int64_t number, Timestamp at) {
  const NumbersTold* confirmed = nullptr;
  for (const NumbersTold& told : entry.told) {
    if (number_at(told.numbers, location) != sold_down_to(number)) continue;
    const bool seen_after = told.at <= at + kTimeResolution;
    if (confirmed == nullptr || seen_after) confirmed = &told;
  }
  if (confirmed == nullptr) return;
  for (LevelSeen& seen : entry.seen) {
    if (seen.location == location) seen.since = std::max(seen.since, confirmed->at);
  }
}

std::vector<std::string> Comparison::unread() const {
  std::lock_guard lock(mutex_);
  std::vector<std::string> skus;
  for (const auto& [sku, entry] : entries_) {
    if (!entry.read) skus.push_back(sku);
  }
  return skus;
}

bool Comparison::drifts(const std::string& sku) const {
  std::lock_guard lock(mutex_);
  const auto found = entries_.find(sku);
  if (found == entries_.end()) return false;
  const auto rows = rows_of(sku, found->second);
  return std::any_of(rows.begin(), rows.end(),
                     [](const ComparedRow& row) { return row.state == ComparedState::kDrift; });
}

bool Comparison::raises(const std::string& sku, const ChannelNumbers& numbers,
                        bool against_theirs) const {
  std::lock_guard lock(mutex_);
  const auto found = entries_.find(sku);
  if (found == entries_.end()) return false;
  const Entry& entry = found->second;
  bool higher = false;
  bool lower = false;
  const auto compare = [&](std::optional<int64_t> has, std::optional<int64_t> number) {
    if (!has || !number) return;
    higher = higher || *number > *has;
    lower = lower || *number < *has;
  };
  if (entry.told.empty() || against_theirs) {
    for (const ComparedRow& row : rows_of(sku, entry)) {
      if (row.theirs) compare(sold_down_to(*row.theirs), number_at(numbers, row.location));
    }
  } else {
    const ChannelNumbers& last = entry.told.back().numbers;
    compare(last.whole, numbers.whole);
    for (const auto& [location, number] : numbers.locations) {
      compare(number_at(last, location), number);
    }
  }
  return higher && !lower;
}

uint32_t Comparison::enforced(const std::string& sku) const {
  std::lock_guard lock(mutex_);
  const auto found = entries_.find(sku);
  return found == entries_.end() ? 0 : found->second.enforced;
}

void Comparison::count_enforced(const std::string& sku) {
  std::lock_guard lock(mutex_);
  const auto found = entries_.find(sku);
  if (found != entries_.end()) ++found->second.enforced;
}

// ---- what is read ----

ComparisonCounts Comparison::counts() const {
  std::lock_guard lock(mutex_);
  return counts_;
}

std::vector<ComparedRow> Comparison::page(const std::string& after, size_t limit,
                                          std::optional<ComparedState> state,
                                          std::string* next) const {
  std::lock_guard lock(mutex_);
  std::vector<ComparedRow> page;
  next->clear();
  for (auto at = entries_.upper_bound(after); at != entries_.end(); ++at) {
    for (ComparedRow& row : rows_of(at->first, at->second)) {
      if (!state || row.state == *state) page.push_back(std::move(row));
    }
    if (page.size() < limit) continue;
    if (std::next(at) != entries_.end()) *next = at->first;
    break;
  }
  return page;
}

bool Comparison::wait_until_read(Duration timeout) const {
  std::unique_lock lock(mutex_);
  return all_read_.wait_for(lock, std::chrono::microseconds(timeout),
                            [&] { return counts_.of(ComparedState::kUnread) == 0; });
}

// ---- rows ----

ComparedRow Comparison::row_of(const std::string& sku, const Entry& entry,
                               const std::string& location) {
  ComparedRow row;
  row.sku = sku;
  row.location = location;
  row.ours = number_at(entry.ours, location);
  Timestamp since;
  for (const LevelSeen& seen : entry.seen) {
    if (seen.location != location) continue;
    row.theirs = row.theirs.value_or(0) + seen.available;
    row.observed_at = std::max(row.observed_at, seen.at);
    since = std::max(since, seen.since);
  }
  const auto was_told = [&](const NumbersTold& told) {
    return told.at >= since && number_at(told.numbers, location) == sold_down_to(*row.theirs);
  };
  if (!entry.read) {
    row.state = ComparedState::kUnread;
  } else if (!row.ours) {
    row.state = ComparedState::kUntracked;
  } else if (!row.theirs) {
    row.state = ComparedState::kUnobserved;
  } else if (sold_down_to(*row.theirs) == *row.ours) {
    row.state = ComparedState::kEqual;
  } else {
    const bool older = !entry.told.empty() && row.observed_at < entry.told.back().at;
    const bool echo = std::any_of(entry.told.begin(), entry.told.end(), was_told);
    row.state = older || echo ? ComparedState::kPending : ComparedState::kDrift;
  }
  return row;
}

/// A row for each place that is observed; where some are, for the others we sell from too.
std::vector<ComparedRow> Comparison::rows_of(const std::string& sku, const Entry& entry) {
  std::vector<std::string> places;
  bool by_location = false;
  for (const LevelSeen& seen : entry.seen) {
    by_location = by_location || !seen.location.empty();
    if (std::find(places.begin(), places.end(), seen.location) == places.end()) {
      places.push_back(seen.location);
    }
  }
  if (by_location) {
    for (const auto& [location, number] : entry.ours.locations) {
      if (number == 0) continue;  // we have none there, and they do not show any
      if (std::find(places.begin(), places.end(), location) == places.end()) {
        places.push_back(location);
      }
    }
  }
  if (places.empty()) places.emplace_back();
  std::sort(places.begin(), places.end());
  std::vector<ComparedRow> rows;
  for (const std::string& place : places) rows.push_back(row_of(sku, entry, place));
  return rows;
}

Comparison::Entry* Comparison::find_or_make(const std::string& sku) {
  const auto found = entries_.find(sku);
  if (found != entries_.end()) return &found->second;
  if (entries_.size() >= limits::kComparedSkusMax) {
    ++counts_.left_out;
    return nullptr;
  }
  Entry* made = &entries_[sku];
  count(sku, *made, +1);
  return made;
}

void Comparison::count(const std::string& sku, const Entry& entry, int by) {
  for (const ComparedRow& row : rows_of(sku, entry)) {
    counts_.rows[static_cast<size_t>(row.state)] += static_cast<uint64_t>(by);
  }
}

}  // namespace holdfast::feed
