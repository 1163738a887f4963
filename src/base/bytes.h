// Bytes out and in: little-endian integers, LEB128 varints, length-prefixed text.
//
// ByteWriter appends to a buffer it does not own. ByteReader never reads past its end: once anything was
// short or malformed, ok() is false and every later read gives zero or empty. Confined to one thread.
#pragma once

#include <cstdint>
#include <bit>
#include <cstring>
#include <string>
#include <string_view>

#include "base/append.h"

namespace holdfast {

inline constexpr size_t kVarintBytesMax = 10;

/// Writes it at `at` and returns one past its end.
inline char* put_varint(char* at, uint64_t value) {
  for (; value >= 0x80; value >>= 7) *at++ = static_cast<char>(value | 0x80);
  *at++ = static_cast<char>(value);
  return at;
}
/// Small magnitudes of either sign become small numbers.
constexpr uint64_t zigzag(int64_t value) {
  return (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63);
}

class ByteWriter {
 public:
  explicit ByteWriter(std::string* out) : out_(out) {}

  void u8(uint8_t value) {
    append_filled(out_, 1, [value](char* at) {
      *at = static_cast<char>(value);
      return at + 1;
    });
  }
  void u32(uint32_t value) { raw(&value, sizeof value); }
  void u64(uint64_t value) { raw(&value, sizeof value); }
  void varint(uint64_t value) {
    if (value < 0x80) return u8(static_cast<uint8_t>(value));
    append_filled(out_, kVarintBytesMax, [value](char* at) { return put_varint(at, value); });
  }
  void svarint(int64_t value) { varint(zigzag(value)); }
  void text(std::string_view value) {
    append_filled(out_, kVarintBytesMax + value.size(),
                  [value](char* at) { return copy_to(put_varint(at, value.size()), value); });
  }
  void raw(const void* data, size_t size) {
    append_text(out_, {static_cast<const char*>(data), size});
  }
  size_t size() const { return out_->size(); }

 private:
  std::string* out_;
};

class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}

  bool ok() const { return ok_; }
  bool at_end() const { return rest_.empty(); }
  size_t remaining() const { return rest_.size(); }

  uint8_t u8() {
    uint8_t value = 0;
    raw(&value, sizeof value);
    return value;
  }
  uint32_t u32() {
    uint32_t value = 0;
    raw(&value, sizeof value);
    return value;
  }
  uint64_t u64() {
    uint64_t value = 0;
    raw(&value, sizeof value);
    return value;
  }
  uint64_t varint() {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      if (rest_.empty()) break;
      const auto byte = static_cast<uint8_t>(rest_.front());
      rest_.remove_prefix(1);
      if (shift == 63 && byte > 1) break;
      value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if ((byte & 0x80) == 0) return value;
    }
    ok_ = false;
    rest_ = {};
    return 0;
  }
  int64_t svarint() {
    const uint64_t value = varint();
    return static_cast<int64_t>((value >> 1) ^ (~(value & 1) + 1));
  }
  /// A view into the bytes given to the constructor.
  std::string_view text() {
    const uint64_t size = varint();
    return bytes(size);
  }
  std::string_view bytes(uint64_t size) {
    if (size > rest_.size()) {
      ok_ = false;
      rest_ = {};
      return {};
    }
    const std::string_view value = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return value;
  }
  void raw(void* out, size_t size) {
    const std::string_view value = bytes(size);
    if (value.size() == size) std::memcpy(out, value.data(), size);
  }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

static_assert(std::endian::native == std::endian::little, "the formats are little-endian");

}  // namespace holdfast
