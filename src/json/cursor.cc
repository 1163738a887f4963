#include "json/cursor.h"

#include <array>
#include <charconv>

namespace holdfast::json {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Decimal without sign, leading zeros or anything after it.
template <typename T>
bool read_decimal(std::string_view text, T* out) {
  if (text.empty() || (text.size() > 1 && text.front() == '0')) return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *out);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

std::optional<FeedCursor> decode_cursor(std::string_view text) {
  const size_t last = text.rfind('-');
  if (last == text.npos || last == 0) return std::nullopt;
  const size_t before = text.rfind('-', last - 1);
  const size_t start = before == text.npos ? 0 : before + 1;
  FeedCursor cursor;
  if (before != text.npos) cursor.ledger = text.substr(0, before);
  if (!read_decimal(text.substr(last + 1), &cursor.seq)) return std::nullopt;
  if (!read_decimal(text.substr(start, last - start), &cursor.incarnation)) return std::nullopt;
  return cursor;
}

std::string encode_page_cursor(std::string_view key) {
  std::string text;
  uint32_t bits = 0;
  int count = 0;
  for (const char c : key) {
    bits = bits << 8 | static_cast<uint8_t>(c);
    count += 8;
    while (count >= 6) {
      count -= 6;
      text.push_back(kAlphabet[bits >> count & 63]);
    }
  }
  if (count > 0) text.push_back(kAlphabet[bits << (6 - count) & 63]);
  return text;
}

std::optional<std::string> decode_page_cursor(std::string_view text) {
  if (text.size() % 4 == 1) return std::nullopt;
  std::string key;
  uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const size_t value = kAlphabet.find(c);
    if (value == kAlphabet.npos) return std::nullopt;
    bits = bits << 6 | static_cast<uint32_t>(value);
    count += 6;
    if (count >= 8) {
      count -= 8;
      key.push_back(static_cast<char>(bits >> count & 0xff));
    }
  }
  if ((bits & ((1U << count) - 1)) != 0) return std::nullopt;  // two texts for one key
  return key;
}

}  // namespace holdfast::json
