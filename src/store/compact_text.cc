#include "store/compact_text.h"

#include <array>
#include <charconv>
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

template <typename Number>
bool parse_number(std::string_view digits, Number* out) {
  if (digits.empty() || (digits.size() > 1 && digits[0] == '0')) return false;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), *out);
  return error == std::errc{} && end == digits.data() + digits.size();
}

}  // namespace

bool pack_uuid(std::string_view text, char packed[16]) {
  if (text.size() != kUuidChars) return false;
  size_t out = 0;
  for (size_t at = 0; at < kUuidChars;) {
    if (is_dash(at)) {
      if (text[at] != '-') return false;
      ++at;
      continue;
    }
    const int high = kHexValues[static_cast<uint8_t>(text[at])];
    const int low = kHexValues[static_cast<uint8_t>(text[at + 1])];
    if (high < 0 || low < 0) return false;
    packed[out++] = static_cast<char>(high * 16 + low);
    at += 2;
  }
  return true;
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

std::optional<GeneratedId> parse_hold_id(std::string_view text) {
  if (!text.starts_with("h_")) return std::nullopt;
  const size_t dash = text.find('_', 2);
  if (dash == std::string_view::npos) return std::nullopt;
  GeneratedId id;
  if (!parse_number(text.substr(2, dash - 2), &id.incarnation)) return std::nullopt;
  if (!parse_number(text.substr(dash + 1), &id.number)) return std::nullopt;
  if (id.number > INT64_MAX) return std::nullopt;
  return id;
}

std::string_view hold_id(GeneratedId id, TextArena* arena) {
  constexpr size_t kLongest = 40;  // "h_", ten digits, "_", twenty digits, and some
  char text[kLongest];
  text[0] = 'h';
  text[1] = '_';
  char* at = std::to_chars(text + 2, text + 12, id.incarnation).ptr;
  *at++ = '_';
  at = std::to_chars(at, text + kLongest, id.number).ptr;
  const auto size = static_cast<size_t>(at - text);
  char* room = arena->take(size);
  std::memcpy(room, text, size);
  return {room, size};
}

}  // namespace holdfast::store
