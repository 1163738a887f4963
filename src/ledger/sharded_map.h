// ShardedMap: 1,024 small hash maps that grow one at a time, so that no growth stalls the sequencer for
// more than a millisecond (one map of 14M entries was measured to stall 2.4 s).
//
// Confined to one thread. `Hash` must spread over all 64 bits: the upper ones choose the shard.
#pragma once

#include <algorithm>
#include <array>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <memory>
#include <numeric>
#include <utility>
#include <vector>

#include "base/hash.h"

namespace holdfast::ledger {

/// xxHash with a seed of this ledger's, so that nobody can prepare names that collide.
struct TextHash {
  using is_avalanching = void;
  using is_transparent = void;
  uint64_t seed = 0;
  size_t operator()(std::string_view text) const { return hash64(text, seed); }
};

template <typename Key, typename Value, typename Hash, typename Equal = std::equal_to<>>
class ShardedMap {
 public:
  explicit ShardedMap(Hash hash = {}) : hash_(hash) {
    shards_.reserve(kShards);
    for (size_t i = 0; i < kShards; ++i) shards_.emplace_back(0, ShardHash{hash});
  }

  template <typename Lookup>
  Value* find(const Lookup& key) {
    const size_t hash = hash_(key);
    Shard& shard = shard_of(hash);
    const auto it = shard.find(Hashed<Lookup>{key, hash});
    return it == shard.end() ? nullptr : &it->second;
  }
  template <typename Lookup>
  const Value* find(const Lookup& key) const {
    return const_cast<ShardedMap*>(this)->find(key);
  }
  /// Inserts, or replaces the value.
  void put(const Key& key, Value value) {
    Shard& shard = shard_of(hash_(key));
    if (shard.insert_or_assign(key, std::move(value)).second) ++size_;
  }
  /// put() of many, of the keys `key_of(from)` … `key_of(to − 1)` and their numbers, in this order. A
  /// shard at a time, which so stays in the cache: a map of millions, filled in the order they came,
  /// waits for memory with each of them.
  template <typename KeyOf>
  void put_numbers(uint64_t from, uint64_t to, KeyOf key_of) {
    std::array<size_t, kShards> sizes{};
    for (uint64_t number = from; number < to; ++number) ++sizes[hash_(key_of(number)) >> 54];
    for (size_t i = 0; i < kShards; ++i) shards_[i].reserve(shards_[i].size() + sizes[i]);
    constexpr uint64_t kAtOnce = 1 << 20;
    std::vector<std::pair<Key, uint64_t>> sorted;
    for (; from < to; from += std::min(kAtOnce, to - from)) {
      put_sorted(from, std::min(to, from + kAtOnce), key_of, &sorted);
    }
  }
  void erase(const Key& key) { size_ -= shard_of(hash_(key)).erase(key); }
  size_t size() const { return size_; }

 private:
  template <typename KeyOf>
  void put_sorted(uint64_t from, uint64_t to, KeyOf key_of,
                  std::vector<std::pair<Key, uint64_t>>* sorted) {
    std::array<size_t, kShards + 1> begins{};
    for (uint64_t number = from; number < to; ++number)
      ++begins[(hash_(key_of(number)) >> 54) + 1];
    std::partial_sum(begins.begin(), begins.end(), begins.begin());
    sorted->resize(to - from);
    std::array<size_t, kShards + 1> next = begins;
    for (uint64_t number = from; number < to; ++number) {
      const Key& key = key_of(number);
      (*sorted)[next[hash_(key) >> 54]++] = {key, number};
    }
    for (size_t i = 0; i < kShards; ++i) {
      for (size_t at = begins[i]; at < begins[i + 1]; ++at) {
        const auto& [key, number] = (*sorted)[at];
        if (shards_[i].insert_or_assign(key, number).second) ++size_;
      }
    }
  }

  /// A key on its way to its shard, hashed once.
  template <typename Lookup>
  struct Hashed {
    const Lookup& key;
    size_t hash;
  };
  struct ShardHash {
    using is_avalanching = void;
    using is_transparent = void;
    Hash hash;
    size_t operator()(const Key& key) const { return hash(key); }
    template <typename Lookup>
    size_t operator()(const Hashed<Lookup>& hashed) const { return hashed.hash; }
  };
  struct ShardEqual {
    using is_transparent = void;
    bool operator()(const Key& a, const Key& b) const { return Equal{}(a, b); }
    template <typename Lookup>
    bool operator()(const Hashed<Lookup>& a, const Key& b) const { return Equal{}(a.key, b); }
    template <typename Lookup>
    bool operator()(const Key& a, const Hashed<Lookup>& b) const { return Equal{}(a, b.key); }
  };
  using Shard = boost::unordered_flat_map<Key, Value, ShardHash, ShardEqual>;
  static constexpr size_t kShards = 1024;
  Shard& shard_of(size_t hash) { return shards_[hash >> 54]; }

  Hash hash_;
  std::vector<Shard> shards_;
  size_t size_ = 0;
};

}  // namespace holdfast::ledger
