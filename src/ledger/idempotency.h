// Which keys were seen within the window, and where the first answer stands in the log.
//
// A key is kept as a keyed 128-bit hash of its scope and text. Entries leave in the order they came, so
// that the window is never shortened silently: when the table is full, keyed commands are refused.
// Confined to one thread; filled by apply, so it is the same after a replay.
#pragma once

#include <cstdint>
#include <deque>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/time.h"
#include "ledger/sharded_map.h"
#include "model/event.h"

namespace holdfast::ledger {

struct SeenKey {
  Hash128 key;
  uint64_t fingerprint = 0;
  Seq first_seq = 0;
  Timestamp at;
};

class IdempotencyTable {
 public:
  IdempotencyTable(uint64_t seed, Duration window, uint64_t keys_max);

  Hash128 hash_of(std::string_view source, std::string_view key) const;
  /// Null when the key was not seen within the window that ends at `now`.
  const SeenKey* find(const Hash128& key, Timestamp now) const;
  void add(const SeenKey& entry);
  /// For loading: as add(), but found only once find_loaded() was called: with millions of them
  /// that waits far less for memory.
  void load(const SeenKey& entry);
  void find_loaded();
  /// Drops what is older than the window, at most `max`; entries from `keep_from` on stay (a snapshot
  /// has not had them yet).
  void forget(Timestamp now, size_t max, uint64_t keep_from);

  /// A desk has few of the keys there are: so many more count towards the bound.
  void count_elsewhere(uint64_t keys) { elsewhere_ = keys; }
  uint64_t size() const { return end_ - begin_ + elsewhere_; }
  bool full() const { return size() >= keys_max_; }
  Duration window() const { return window_; }

  // ---- snapshot: entries have consecutive numbers, oldest first ----
  uint64_t begin_number() const { return begin_; }
  uint64_t end_number() const { return end_; }
  const SeenKey& entry(uint64_t number) const;

 private:
  struct KeyHash {
    using is_avalanching = void;
    size_t operator()(const Hash128& key) const { return key.low; }
  };
  static constexpr uint64_t kChunk = 4096;

  uint64_t seed_;
  Duration window_;
  uint64_t keys_max_;
  ShardedMap<Hash128, uint64_t, KeyHash> numbers_;
  std::deque<std::vector<SeenKey>> chunks_;  ///< of kChunk entries, all but the last
  uint64_t begin_ = 0, end_ = 0;
  uint64_t elsewhere_ = 0;
  uint64_t first_chunk_ = 0;  ///< number of chunks_.front()'s first entry / kChunk
};

}  // namespace holdfast::ledger
