#include "model/generated_id.h"

#include <charconv>

namespace holdfast {
namespace {

/// Reads a decimal number without leading zeros and moves *text behind it.
bool take_number(std::string_view* text, uint64_t most, uint64_t* out) {
  constexpr ptrdiff_t kDigitsMax = 19;  // which 64 bits can take
  const char* const begin = text->data();
  const char* const end = begin + text->size();
  const char* at = begin;
  uint64_t value = 0;
  for (; at != end; ++at) {
    const auto digit = static_cast<unsigned char>(*at - '0');
    if (digit > 9) break;
    value = value * 10 + digit;
  }
  const ptrdiff_t digits = at - begin;
  if (digits == 0 || digits > kDigitsMax || value > most) return false;
  if (digits > 1 && *begin == '0') return false;
  text->remove_prefix(static_cast<size_t>(digits));
  *out = value;
  return true;
}

}  // namespace

std::optional<GeneratedId> parse_generated_id(std::string_view text) {
  if (!text.starts_with("h_")) return std::nullopt;
  text.remove_prefix(2);
  uint64_t incarnation = 0;
  GeneratedId id;
  if (!take_number(&text, UINT32_MAX, &incarnation) || !text.starts_with('_')) return std::nullopt;
  text.remove_prefix(1);
  if (!take_number(&text, INT64_MAX, &id.number) || !text.empty()) return std::nullopt;
  id.incarnation = static_cast<uint32_t>(incarnation);
  return id;
}

char* print_generated_id(GeneratedId id, char* at) {
  char* const end = at + kGeneratedIdBytesMax;
  *at++ = 'h';
  *at++ = '_';
  at = std::to_chars(at, end, id.incarnation).ptr;
  *at++ = '_';
  return std::to_chars(at, end, id.number).ptr;
}

}  // namespace holdfast
