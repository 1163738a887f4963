#include "store/sku_chains.h"

#include <algorithm>
#include <limits>

namespace holdfast::store {
namespace {

// 64, 4,096, 262,144: how many events apart the marks of each level lie.
constexpr std::array<uint32_t, kSkipLevelsMax> kStrides = {
    kSkipBase, kSkipBase* kSkipBase, kSkipBase* kSkipBase* kSkipBase};

int levels_at(uint32_t count) {
  int levels = 0;
  while (levels < kSkipLevelsMax && count % kStrides[static_cast<size_t>(levels)] == 0) ++levels;
  return levels;
}

}  // namespace

ChainLinks SkuChains::add(const Event& event, Timestamp log_time) {
  return add(event, log_time, &filling_);
}

ChainLinks SkuChains::add_durable(const Event& event, Timestamp log_time) {
  return add(event, log_time, nullptr);
}

ChainLinks SkuChains::add(const Event& event, Timestamp log_time, Before* pending) {
  ChainLinks links;
  if (event.sku.empty()) return links;
  const std::lock_guard lock(mutex_);
  const uint32_t sku = sku_slot(event.sku);
  const int64_t occurred_us = event.occurred_at.has_value() ? event.occurred_at.us : log_time.us;
  if (pending != nullptr) pending->skus.try_emplace(sku, skus_[sku].last);
  advance_sku(sku, event.seq, occurred_us, &links);

  // A movement with only a `to_location` starts nowhere: the place it leaves is the empty one, untracked.
  uint32_t here = kNoPlace;
  uint32_t there = kNoPlace;
  if (!event.location.empty()) here = place_slot(sku, event.location);
  if (!event.to_location.empty()) there = place_slot(sku, event.to_location);
  if (here != kNoPlace) move(here, event.from, -event.quantity);
  if (there != kNoPlace || here != kNoPlace) {
    move(there != kNoPlace ? there : here, event.to, event.quantity);
  }
  if (here != kNoPlace) links.previous_here = advance_place(here, event.seq, pending, &links.here);
  if (there != kNoPlace && there != here) {
    links.previous_there = advance_place(there, event.seq, pending, &links.there);
  }
  return links;
}

void SkuChains::advance_sku(uint32_t index, Seq seq, int64_t occurred_us, ChainLinks* links) {
  SkuSlot& slot = skus_[index];
  links->previous = slot.last;
  slot.last = seq;
  ++slot.count;
  links->skips.levels = levels_at(slot.count);
  for (size_t level = 0; level < kSkipLevelsMax; ++level) {
    if (static_cast<int>(level) >= links->skips.levels) {
      slot.min_occurred[level] = std::min(slot.min_occurred[level], occurred_us);
      continue;
    }
    links->skips.by_level[level] = {slot.marks[level], {slot.min_occurred[level]}};
    slot.marks[level] = seq;
    slot.min_occurred[level] = std::numeric_limits<int64_t>::max();
  }
}

Seq SkuChains::advance_place(uint32_t index, Seq seq, Before* pending, Checkpoint* checkpoint) {
  PlaceSlot& slot = places_[index];
  if (pending != nullptr) pending->places.try_emplace(index, slot.last);
  const Seq previous = slot.last;
  slot.last = seq;
  ++slot.count;
  checkpoint->skips.levels = levels_at(slot.count);
  checkpoint->present = checkpoint->skips.levels > 0;
  if (!checkpoint->present) return previous;
  checkpoint->balances = slot.balances;
  for (size_t level = 0; level < static_cast<size_t>(checkpoint->skips.levels); ++level) {
    checkpoint->skips.by_level[level].target = slot.marks[level];
    slot.marks[level] = seq;
  }
  return previous;
}

void SkuChains::move(uint32_t place, Account account, int64_t quantity) {
  const int index = static_cast<int>(account) - static_cast<int>(Account::kAvailable);
  if (index < 0 || index >= kPlaceAccounts) return;
  // the ledger keeps balances within int64; wrapping here keeps a damaged log from being undefined
  int64_t& balance = places_[place].balances[static_cast<size_t>(index)];
  balance = static_cast<int64_t>(static_cast<uint64_t>(balance) + static_cast<uint64_t>(quantity));
}

void SkuChains::seal_group() {
  const std::lock_guard lock(mutex_);
  sealed_.push_back(std::move(filling_));
  filling_ = Before{};
}

void SkuChains::group_durable() {
  const std::lock_guard lock(mutex_);
  sealed_.pop_front();
}

// The head before every group that is not durable: the oldest of them remembers the oldest head.
Seq SkuChains::durable_last(Seq last, uint32_t index,
                            boost::unordered_flat_map<uint32_t, Seq> Before::* heads) const {
  for (const Before& group : sealed_) {
    const auto at = (group.*heads).find(index);
    if (at != (group.*heads).end()) return at->second;
  }
  const auto at = (filling_.*heads).find(index);
  return at != (filling_.*heads).end() ? at->second : last;
}

Seq SkuChains::durable_head(std::string_view sku) const {
  const std::lock_guard lock(mutex_);
  uint32_t index = 0;
  const SkuSlot* slot = find_sku(sku, &index);
  if (slot == nullptr) return 0;
  return durable_last(slot->last, index, &Before::skus);
}

std::vector<SkuChains::PlaceHead> SkuChains::durable_places(std::string_view sku) const {
  const std::lock_guard lock(mutex_);
  std::vector<PlaceHead> heads;
  uint32_t index = 0;
  const SkuSlot* slot = find_sku(sku, &index);
  if (slot == nullptr) return heads;
  for (uint32_t place = slot->first_place; place != kNoPlace; place = places_[place].next) {
    const Seq last = durable_last(places_[place].last, place, &Before::places);
    if (last != 0) heads.push_back({locations_[places_[place].location], last});
  }
  std::sort(heads.begin(), heads.end(),
            [](const PlaceHead& a, const PlaceHead& b) { return a.location < b.location; });
  return heads;
}

const SkuChains::SkuSlot* SkuChains::find_sku(std::string_view sku, uint32_t* index) const {
  const Hash128 key = hash128(sku, hash_seed_);
  const auto& shard = sku_index_[key.low % kShards];
  const auto at = shard.find(key);
  if (at == shard.end()) return nullptr;
  *index = at->second;
  return &skus_[at->second];
}

uint32_t SkuChains::sku_slot(std::string_view sku) {
  if (last_sku_ != kNoPlace && last_sku_name_ == sku) return last_sku_;
  const Hash128 key = hash128(sku, hash_seed_);
  const auto [at, is_new] =
      sku_index_[key.low % kShards].try_emplace(key, static_cast<uint32_t>(skus_.size()));
  if (is_new) {
    skus_.emplace_back().min_occurred.fill(std::numeric_limits<int64_t>::max());
  }
  last_sku_name_ = sku;
  last_sku_ = at->second;
  return last_sku_;
}

uint32_t SkuChains::place_slot(uint32_t sku_index, std::string_view location) {
  const uint32_t id = location_id(location);
  SkuSlot& sku = skus_[sku_index];
  if (sku.first_place != kNoPlace && places_[sku.first_place].location == id) return sku.first_place;
  const uint64_t key = (static_cast<uint64_t>(sku_index) << 32) | id;
  auto& shard = place_index_[HashOfPair{}(key) % kShards];
  const auto [at, is_new] = shard.try_emplace(key, static_cast<uint32_t>(places_.size()));
  if (is_new) {
    PlaceSlot& place = places_.emplace_back();
    place.location = id;
    place.next = sku.first_place;
    sku.first_place = at->second;
  }
  return at->second;
}

uint32_t SkuChains::location_id(std::string_view location) {
  if (last_location_ != kNoPlace && locations_[last_location_] == location) return last_location_;
  const auto [at, is_new] = location_index_.try_emplace(hash128(location, hash_seed_),
                                                        static_cast<uint32_t>(locations_.size()));
  if (is_new) locations_.emplace_back(location);
  last_location_ = at->second;
  return last_location_;
}

}  // namespace holdfast::store
