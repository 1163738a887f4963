// Hashes and checksums: xxHash for tables and state, CRC32C (ISA-L) for bytes on disk.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace holdfast {

/// 128 bits; arithmetic is modulo 2^128, so a sum of row hashes can be kept incrementally.
struct Hash128 {
  uint64_t low = 0;
  uint64_t high = 0;
  constexpr auto operator<=>(const Hash128&) const = default;
  Hash128& operator+=(const Hash128& other);
  Hash128& operator-=(const Hash128& other);
};

uint64_t hash64(std::string_view bytes, uint64_t seed = 0);
Hash128 hash128(std::string_view bytes, uint64_t seed = 0);

/// CRC-32C (Castagnoli), iSCSI convention: "123456789" → 0xe3069283. `seed` continues an earlier one.
uint32_t crc32c(const void* data, size_t size, uint32_t seed = 0);

}  // namespace holdfast
