#include "base/hash.h"

#include <isa-l/crc.h>
#include <xxhash.h>

namespace holdfast {

Hash128& Hash128::operator+=(const Hash128& other) {
  low += other.low;
  high += other.high + (low < other.low ? 1 : 0);
  return *this;
}

Hash128& Hash128::operator-=(const Hash128& other) {
  const uint64_t borrow = low < other.low ? 1 : 0;
  low -= other.low;
  high -= other.high + borrow;
  return *this;
}

uint64_t hash64(std::string_view bytes, uint64_t seed) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

Hash128 hash128(std::string_view bytes, uint64_t seed) {
  const XXH128_hash_t h = XXH3_128bits_withSeed(bytes.data(), bytes.size(), seed);
  return {h.low64, h.high64};
}

uint32_t crc32c(const void* data, size_t size, uint32_t seed) {
  // ISA-L takes a non-const pointer but only reads, and an int length: long input goes in pieces.
  auto* bytes = static_cast<unsigned char*>(const_cast<void*>(data));
  uint32_t crc = ~seed;
  constexpr size_t kPiece = size_t{1} << 30;
  while (size > 0) {
    const size_t piece = size < kPiece ? size : kPiece;
    crc = crc32_iscsi(bytes, static_cast<int>(piece), crc);
    bytes += piece;
    size -= piece;
  }
  return ~crc;
}

}  // namespace holdfast
