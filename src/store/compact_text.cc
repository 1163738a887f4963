#include "store/compact_text.h"

#include <array>
#include <cstring>

namespace holdfast::store {
namespace {

constexpr size_t kUuidChars = 36;
constexpr bool is_dash(size_t at) { return at == 8 || at == 13 || at == 18 || at == 23; }

constexpr std::array<int8_t, 256> kHexValues = [] {
  std::array<int8_t, 256> values{};
  values.fill(-1);
  for (int i = 0; i < 10; ++i) values[static_cast<size_t>('0' + i)] = static_cast<int8_t>(i);
  for (int i = 0; i < 6; ++i) values[static_cast<size_t>('a' + i)] = static_cast<int8_t>(10 + i);
  return values;
}();

}  // namespace

bool pack_uuid(std::string_view text, char packed[16]) {
  if (text.size() != kUuidChars) return false;
  const char* const chars = text.data();
  for (const size_t at : {8, 13, 18, 23}) {
    if (chars[at] != '-') return false;
  }
  constexpr uint8_t kPairs[16] = {0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34};
  int signs = 0;  // negative once any character was no digit
  for (size_t i = 0; i < sizeof kPairs; ++i) {
    const int high = kHexValues[static_cast<uint8_t>(chars[kPairs[i]])];
    const int low = kHexValues[static_cast<uint8_t>(chars[kPairs[i] + 1])];
    signs |= high | low;
    packed[i] = static_cast<char>(high * 16 + low);
  }
  return signs >= 0;
}

std::string_view unpack_uuid(std::string_view packed, TextArena* arena) {
  static constexpr char kDigits[] = "0123456789abcdef";
  char* text = arena->take(kUuidChars);
  size_t at = 0;
  for (const char byte : packed) {
    if (is_dash(at)) text[at++] = '-';
    text[at++] = kDigits[static_cast<uint8_t>(byte) >> 4];
    text[at++] = kDigits[static_cast<uint8_t>(byte) & 15];
  }
  return {text, kUuidChars};
}

std::string_view hold_id(GeneratedId id, TextArena* arena) {
  char text[kGeneratedIdBytesMax];
  const auto size = static_cast<size_t>(print_generated_id(id, text) - text);
  char* room = arena->take(size);
  std::memcpy(room, text, size);
  return {room, size};
}

}  // namespace holdfast::store
