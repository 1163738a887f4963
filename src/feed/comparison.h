// Ours and theirs, side by side: the numbers a channel shows, as last observed, against those the
// ledger has for it. An observation that repeats a number told since the last confirmed one is an
// echo; any other that differs is drift.
//
// Written by one courier's thread, read by http; thread-safe. At most kComparedSkusMax SKUs.
#pragma once

#include <array>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "feed/cursor_record.h"
#include "model/observed_level.h"

namespace holdfast::feed {

class Comparison {
 public:
  /// Begins with what was observed and told before; nothing of ours is read yet.
  explicit Comparison(const SavedSink& saved);

  // ---- the courier ----
  /// `all`: SKUs that were never observed are compared too, as kUnobserved.
  void keep_all(bool all);
  /// Whether read() of that SKU would be kept.
  bool wants(const std::string& sku) const;
  /// Whether told() of any SKU would be: what nobody reads back need not be remembered.
  bool observes() const;
  /// What the ledger says now.
  void read(const std::string& sku, const ChannelNumbers& ours);
  /// The record to keep; nullopt beyond what can be.
  std::optional<CursorRecord> told(const std::string& sku, const ChannelNumbers& numbers,
                                   Timestamp at);
  struct Seen {
    ObservationResult result = ObservationResult::kStale;
    std::optional<CursorRecord> record;
    bool unread = false;  ///< ours is to be read
  };
  Seen observed(const ObservedLevel& level);
  /// SKUs whose number of ours was not read since the start.
  std::vector<std::string> unread() const;
  bool drifts(const std::string& sku) const;
  /// Whether `numbers` are nowhere lower than what the channel has, and somewhere higher: than what
  /// it was told last, or, `against_theirs` and where it was told nothing, than what it shows.
  bool raises(const std::string& sku, const ChannelNumbers& numbers, bool against_theirs) const;
  /// How often its numbers were told again because they drifted, since they agreed.
  uint32_t enforced(const std::string& sku) const;
  void count_enforced(const std::string& sku);

  // ---- anybody ----
  ComparisonCounts counts() const;
  /// Rows of SKUs after `after`, by SKU; whole SKUs, about `limit` rows. `state`: only those.
  std::vector<ComparedRow> page(const std::string& after, size_t limit,
                                std::optional<ComparedState> state, std::string* next) const;
  /// False when something of ours was still unread after `timeout`.
  bool wait_until_read(Duration timeout) const;

 private:
  struct Entry : SavedSink::Compared {
    bool read = false;
    ChannelNumbers ours;
    uint32_t enforced = 0;
  };
  using Entries = std::map<std::string, Entry, std::less<>>;

  static ComparedRow row_of(const std::string& sku, const Entry& entry,
                            const std::string& location);
  static std::vector<ComparedRow> rows_of(const std::string& sku, const Entry& entry);
  static void confirm(Entry& entry, const std::string& location, int64_t number, Timestamp at);
  Entry* find_or_make(const std::string& sku);
  void count(const std::string& sku, const Entry& entry, int by);

  mutable std::mutex mutex_;  ///< guards what follows
  mutable std::condition_variable all_read_;
  Entries entries_;
  bool keep_all_ = false;
  bool observes_ = false;  ///< the channel's numbers come in at all
  ComparisonCounts counts_;
};

}  // namespace holdfast::feed
