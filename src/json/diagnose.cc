#include "json/diagnose.h"

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <string>

#include <fmt/format.h>

#include "json/check.h"
#include "json/fields.h"
#include "json/place.h"
#include "model/limits.h"

namespace holdfast::json {
namespace {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
constexpr bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  std::optional<Error> read() {
    const Place root;
    skip_space();
    if (at_ == text_.size()) {
      fail(root, "the body is empty: send a JSON value");
      return error_;
    }
    if (!value(root, 1)) return error_;
    skip_space();
    if (at_ != text_.size()) fail(root, "there is more after the JSON value");
    return error_ ? error_ : out_of_range_;
  }

 private:
  bool fail(const Place& place, std::string_view why) {
    error_ = Error{ErrorCode::kMalformedJson, fmt::format("{} (byte {})", why, at_),
                   place.pointer()};
    return false;
  }

  void skip_space() {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
  }
  bool next_is(char c) const { return at_ < text_.size() && text_[at_] == c; }

  bool value(const Place& place, size_t depth) {
    if (at_ == text_.size()) return fail(place, "the text ends where a value should be");
    switch (text_[at_]) {
      case '{': return object(place, depth);
      case '[': return array(place, depth);
      case '"': return string(place, nullptr);
      case 't': return word(place, "true");
      case 'f': return word(place, "false");
      case 'n': return word(place, "null");
      default: return number(place);
    }
  }

  bool too_deep(const Place& place, size_t depth) {
    if (depth <= limits::kJsonDepthMax) return false;
    fail(place, fmt::format("nested deeper than {}", limits::kJsonDepthMax));
    return true;
  }

  bool object(const Place& place, size_t depth) {
    ++at_;
    skip_space();
    if (next_is('}')) return ++at_, true;  // empty: nests nothing
    if (too_deep(place, depth)) return false;
    while (true) {
      skip_space();
      if (!next_is('"')) return fail(place, "a field name in double quotes should be here");
      std::string_view name;
      if (!string(place, &name)) return false;
      skip_space();
      if (!next_is(':')) return fail(place, "a `:` should follow the field name");
      ++at_;
      skip_space();
      if (!value(place.member(name), depth + 1)) return false;
      skip_space();
      if (next_is('}')) return ++at_, true;
      if (!next_is(',')) return fail(place, "a `,` or `}` should be here");
      ++at_;
    }
  }

  bool array(const Place& place, size_t depth) {
    ++at_;
    skip_space();
    if (next_is(']')) return ++at_, true;  // empty: nests nothing
    if (too_deep(place, depth)) return false;
    for (size_t i = 0;; ++i) {
      skip_space();
      if (!value(place.element(i), depth + 1)) return false;
      skip_space();
      if (next_is(']')) return ++at_, true;
      if (!next_is(',')) return fail(place, "a `,` or `]` should be here");
      ++at_;
    }
  }

  bool word(const Place& place, std::string_view expected) {
    if (text_.substr(at_, expected.size()) != expected) {
      return fail(place, "not a JSON value: text needs double quotes");
    }
    at_ += expected.size();
    return true;
  }

  // Names with escapes keep them in the pointer: good enough to find the place.
  bool string(const Place& place, std::string_view* raw) {
    const size_t start = ++at_;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '"') {
        if (raw != nullptr) *raw = text_.substr(start, at_ - start);
        ++at_;
        return true;
      }
      if (static_cast<uint8_t>(c) < 0x20) {
        return fail(place, "a control character inside text must be written as \\u00XX");
      }
      if (c == '\\' && !escape(place)) return false;
      if (c != '\\') ++at_;
    }
    return fail(place, "text without its closing double quote");
  }

  bool hex4(uint32_t* out) {
    if (at_ + 4 > text_.size()) return false;
    uint32_t code = 0;
    for (size_t i = at_; i < at_ + 4; ++i) {
      const char c = text_[i];
      if (!is_hex(c)) return false;
      code = code * 16 + static_cast<uint32_t>(is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    at_ += 4;
    *out = code;
    return true;
  }

  bool escape(const Place& place) {
    constexpr std::string_view kSimple = "\"\\/bfnrt";
    ++at_;
    if (at_ < text_.size() && kSimple.find(text_[at_]) != kSimple.npos) return ++at_, true;
    if (!next_is('u')) return fail(place, "an unknown escape after `\\`");
    ++at_;
    uint32_t code = 0;
    if (!hex4(&code)) return fail(place, "four hexadecimal digits should follow `\\u`");
    if (code >= 0xdc00 && code <= 0xdfff) return fail(place, "half a surrogate pair");
    if (code < 0xd800 || code > 0xdbff) return true;
    uint32_t low = 0;
    if (text_.substr(at_, 2) != "\\u") return fail(place, "half a surrogate pair");
    at_ += 2;
    if (!hex4(&low) || low < 0xdc00 || low > 0xdfff) return fail(place, "half a surrogate pair");
    return true;
  }

  bool number(const Place& place) {
    const size_t start = at_;
    if (next_is('-')) ++at_;
    if (at_ == text_.size() || !is_digit(text_[at_])) {
      at_ = start;
      return fail(place, "not a JSON value");
    }
    if (next_is('0')) {
      ++at_;
      if (at_ < text_.size() && is_digit(text_[at_])) {
        return fail(place, "a number must not begin with 0");
      }
    } else {
      while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
    }
    bool whole = true;
    if (next_is('.')) {
      whole = false;
      ++at_;
      if (!digits()) return fail(place, "a digit should follow the decimal point");
    }
    if (next_is('e') || next_is('E')) {
      whole = false;
      ++at_;
      if (next_is('+') || next_is('-')) ++at_;
      if (!digits()) return fail(place, "a digit should be in the exponent");
    }
    note_range(place, std::string(text_.substr(start, at_ - start)), whole);
    return true;
  }

  bool digits() {
    const size_t start = at_;
    while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
    return at_ > start;
  }

  // Grammar comes first: a number out of range is only reported if nothing else is wrong.
  void note_range(const Place& place, const std::string& digits, bool whole) {
    if (out_of_range_) return;
    errno = 0;
    bool fits = true;
    if (!whole) {
      fits = std::isfinite(std::strtod(digits.c_str(), nullptr));
    } else if (digits[0] == '-') {
      std::strtoll(digits.c_str(), nullptr, 10);
      fits = errno != ERANGE;
    } else {
      std::strtoull(digits.c_str(), nullptr, 10);
      fits = errno != ERANGE;
    }
    if (fits) return;
    out_of_range_ = Error{ErrorCode::kInvalidValue,
                          fmt::format("the number {} is out of range", in_quotes(digits)),
                          place.pointer()};
  }

  std::string_view text_;
  size_t at_ = 0;
  std::optional<Error> error_;
  std::optional<Error> out_of_range_;
};

size_t first_invalid_utf8(std::string_view text) {
  // Bisect on prefixes that end between characters: cold path, but bodies may be large.
  size_t good = 0;
  size_t bad = text.size();
  while (bad - good > 64) {
    size_t middle = good + (bad - good) / 2;
    while (middle > good && (static_cast<uint8_t>(text[middle]) & 0xc0) == 0x80) --middle;
    if (middle == good) break;
    if (is_utf8(text.substr(good, middle - good))) {
      good = middle;
    } else {
      bad = middle;
    }
  }
  for (size_t end = good + 1; end <= bad; ++end) {
    if (is_utf8(text.substr(good, end - good))) good = end;
  }
  return good;
}

}  // namespace

std::optional<Error> diagnose(std::string_view text) {
  if (!is_utf8(text)) {
    return Error{ErrorCode::kMalformedJson,
                 fmt::format("not valid UTF-8 (byte {})", first_invalid_utf8(text)), ""};
  }
  return Reader(text).read();
}

}  // namespace holdfast::json
