// The writer's table of chains: for every SKU and every (sku, location) its newest event, running balances
// and skip marks. A function of the log alone: adding all its events again gives the same table.
//
// Used by journal and memory. Thread-safe: the sequencer adds, history readers look heads up as of the
// durable seq. About 64 B per SKU and 104 B per place; no table rehashes more than 1/1,024 at once.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "base/hash.h"
#include "store/chain_links.h"

namespace holdfast::store {

class SkuChains {
 public:
  explicit SkuChains(uint64_t hash_seed = 0) : hash_seed_(hash_seed) {}

  /// Notes the next event and returns its links.
  ChainLinks add(const Event& event, Timestamp log_time);
  /// The same for an event that is durable already (recovery): readers see it at once.
  ChainLinks add_durable(const Event& event, Timestamp log_time);
  /// What was added since the last call is one group, sealed now.
  void seal_group();
  /// The oldest sealed group is durable: its heads are what readers see.
  void group_durable();

  /// The newest durable event of the SKU; 0 = none.
  Seq durable_head(std::string_view sku) const;
  struct PlaceHead {
    std::string location;
    Seq last = 0;
  };
  /// The newest durable event of each place of the SKU, by location name.
  std::vector<PlaceHead> durable_places(std::string_view sku) const;

 private:
  static constexpr size_t kShards = 1024;
  static constexpr uint32_t kNoPlace = UINT32_MAX;

  struct SkuSlot {
    Seq last = 0;
    uint32_t count = 0;
    uint32_t first_place = kNoPlace;
    std::array<Seq, kSkipLevelsMax> marks{};
    std::array<int64_t, kSkipLevelsMax> min_occurred{};
  };
  struct PlaceSlot {
    Seq last = 0;
    uint32_t count = 0;
    uint32_t location = 0;
    uint32_t next = kNoPlace;
    std::array<Seq, kSkipLevelsMax> marks{};
    std::array<int64_t, kPlaceAccounts> balances{};
  };
  struct HashOfKey {
    size_t operator()(const Hash128& key) const { return key.low ^ key.high; }
  };
  struct HashOfPair {
    size_t operator()(uint64_t key) const { return key * 0x9e3779b97f4a7c15 ^ (key >> 29); }
  };
  /// Heads as they were before a group that is not durable yet.
  struct Before {
    boost::unordered_flat_map<uint32_t, Seq> skus;
    boost::unordered_flat_map<uint32_t, Seq> places;
  };

  ChainLinks add(const Event& event, Timestamp log_time, Before* pending);
  uint32_t sku_slot(std::string_view sku);
  const SkuSlot* find_sku(std::string_view sku, uint32_t* index) const;
  uint32_t place_slot(uint32_t sku_index, std::string_view location);
  uint32_t location_id(std::string_view location);
  void advance_sku(uint32_t index, Seq seq, int64_t occurred_us, ChainLinks* links);
  Seq advance_place(uint32_t index, Seq seq, Before* pending, Checkpoint* checkpoint);
  void move(uint32_t place, Account account, int64_t quantity);
  Seq durable_last(Seq last, uint32_t index, boost::unordered_flat_map<uint32_t, Seq> Before::* heads) const;

  const uint64_t hash_seed_;
  mutable std::mutex mutex_;
  std::array<boost::unordered_flat_map<Hash128, uint32_t, HashOfKey>, kShards> sku_index_;
  std::array<boost::unordered_flat_map<uint64_t, uint32_t, HashOfPair>, kShards> place_index_;
  std::deque<SkuSlot> skus_;
  std::deque<PlaceSlot> places_;
  std::vector<std::string> locations_;
  boost::unordered_flat_map<Hash128, uint32_t, HashOfKey> location_index_;
  // the name looked up last: a hot SKU is asked for again and again
  std::string last_sku_name_;
  uint32_t last_sku_ = kNoPlace;
  uint32_t last_location_ = kNoPlace;
  Before filling_;
  std::deque<Before> sealed_;  // oldest first; at most the one being flushed and the one to flush next
};

}  // namespace holdfast::store
