#include "http/request_id.h"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace holdfast::http {

RequestId::RequestId(std::string_view text) : size_(static_cast<uint8_t>(text.size())) {
  std::memcpy(bytes_.data(), text.data(), text.size());
}

bool RequestId::well_formed(std::string_view text) {
  return !text.empty() && text.size() <= kBytesMax && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  });
}

RequestIds::RequestIds(Random& random) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  uint64_t bits = random.next();
  for (size_t i = 0; i + 1 < kPrefix; ++i, bits >>= 4) next_[i] = kDigits[bits & 15];
  next_[kPrefix - 1] = '-';
}

RequestId RequestIds::take(std::string_view given) {
  if (RequestId::well_formed(given)) return RequestId(given);
  char* const number = next_.data() + kPrefix;
  const char* const end = std::to_chars(number, next_.data() + next_.size(), ++count_, 16).ptr;
  return RequestId({next_.data(), static_cast<size_t>(end - next_.data())});
}

}  // namespace holdfast::http
