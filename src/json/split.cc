#include "json/split.h"

#include <cstring>

#include <fmt/format.h>

namespace holdfast::json {
namespace {

constexpr std::string_view kSpace = " \t\n\r";

/// Position after the string that begins at `at` (on its opening quote), or npos.
size_t after_string(std::string_view text, size_t at) {
  size_t i = at + 1;
  while (i < text.size()) {
    if (text[i] == '"') return i + 1;
    i += text[i] == '\\' ? 2 : 1;
  }
  return text.npos;
}

std::unexpected<Error> broken(std::string_view why, size_t at) {
  return fail(ErrorCode::kMalformedJson, fmt::format("{} (byte {})", why, at));
}

}  // namespace

std::string_view trim(std::string_view text) {
  const size_t first = text.find_first_not_of(kSpace);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

Result<std::vector<std::string_view>> split_array(std::string_view body, size_t max) {
  const size_t open = body.find_first_not_of(kSpace);
  if (open == body.npos || body[open] != '[') return broken("an array is wanted", 0);

  std::vector<std::string_view> items;
  size_t depth = 1;
  size_t start = open + 1;
  size_t i = open + 1;
  const auto take = [&](size_t end) {
    const std::string_view item = trim(body.substr(start, end - start));
    if (item.empty()) return false;
    items.push_back(item);
    start = end + 1;
    return true;
  };
  while (i < body.size() && depth > 0) {
    switch (body[i]) {
      case '"':
        i = after_string(body, i);
        if (i == body.npos) return broken("text without its closing double quote", body.size());
        continue;
      case '{':
      case '[': ++depth; break;
      case '}':
      case ']': --depth; break;
      case ',':
        if (depth > 1) break;
        if (!take(i)) return broken("an item is missing before the `,`", i);
        if (items.size() > max) {
          return fail(ErrorCode::kTooManyLines,
                      fmt::format("more than {} items in one array: split it, or send NDJSON", max));
        }
        break;
      default: break;
    }
    ++i;
  }
  if (depth > 0) return broken("the array is not closed", body.size());
  const size_t close = i - 1;
  if (body[close] != ']') return broken("a `}` closes what is not open", close);
  if (!take(close)) {
    return broken(items.empty() ? "the array is empty: send at least one item"
                                : "an item is missing after the `,`",
                  close);
  }
  if (items.size() > max) {
    return fail(ErrorCode::kTooManyLines,
                fmt::format("more than {} items in one array: split it, or send NDJSON", max));
  }
  if (!trim(body.substr(i)).empty()) return broken("there is more after the array", i);
  return items;
}

}  // namespace holdfast::json
