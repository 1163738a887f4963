#include "ledger/idempotency.h"

#include <cstring>

namespace holdfast::ledger {

IdempotencyTable::IdempotencyTable(uint64_t seed, Duration window, uint64_t keys_max)
    : seed_(seed), window_(window), keys_max_(keys_max) {}

Hash128 IdempotencyTable::hash_of(std::string_view source, std::string_view key) const {
  // The scope's own hash seeds the key's, so that ("ab", "c") and ("a", "bc") differ.
  return hash128(key, hash64(source, seed_));
}

const SeenKey* IdempotencyTable::find(const Hash128& key, Timestamp now) const {
  const uint64_t* number = numbers_.find(key);
  if (number == nullptr) return nullptr;
  const SeenKey& seen = entry(*number);
  return seen.at + window_ < now ? nullptr : &seen;
}

void IdempotencyTable::add(const SeenKey& seen) {
  load(seen);
  numbers_.put(seen.key, end_ - 1);
}

void IdempotencyTable::find_loaded() {
  numbers_.put_numbers(begin_, end_,
                       [this](uint64_t number) -> const Hash128& { return entry(number).key; });
}

void IdempotencyTable::load(const SeenKey& seen) {
  if (end_ / kChunk - first_chunk_ == chunks_.size()) {
    chunks_.emplace_back().reserve(kChunk);
  }
  chunks_.back().push_back(seen);
  ++end_;
}

void IdempotencyTable::forget(Timestamp now, size_t max, uint64_t keep_from) {
  for (; max > 0 && begin_ < end_ && begin_ < keep_from; --max) {
    const SeenKey& oldest = entry(begin_);
    if (!(oldest.at + window_ < now)) return;
    // A key told again after its window has a younger entry, which stays.
    const uint64_t* number = numbers_.find(oldest.key);
    if (number != nullptr && *number == begin_) numbers_.erase(oldest.key);
    ++begin_;
    if (begin_ / kChunk > first_chunk_) {
      chunks_.pop_front();
      ++first_chunk_;
    }
  }
}

const SeenKey& IdempotencyTable::entry(uint64_t number) const {
  return chunks_[number / kChunk - first_chunk_][number % kChunk];
}

}  // namespace holdfast::ledger
