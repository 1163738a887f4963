#include "json/check.h"

#include <cstdint>

#include <fmt/format.h>
#include <simdjson.h>

#include "base/hash.h"
#include "json/fields.h"
#include "model/limits.h"

namespace holdfast::json {
namespace {

constexpr bool is_plain(char c) { return c > ' ' && c < 0x7f; }

bool all_plain(std::string_view text) {
  for (const char c : text) {
    if (!is_plain(c)) return false;
  }
  return true;
}

// The code point at `at` of valid UTF-8, and its length.
uint32_t code_point(std::string_view text, size_t at, size_t* length) {
  const auto byte = [&](size_t i) { return static_cast<uint32_t>(static_cast<uint8_t>(text[i])); };
  const uint32_t lead = byte(at);
  if (lead < 0x80) return *length = 1, lead;
  if (lead < 0xe0) return *length = 2, (lead & 0x1f) << 6 | (byte(at + 1) & 0x3f);
  if (lead < 0xf0) {
    *length = 3;
    return (lead & 0x0f) << 12 | (byte(at + 1) & 0x3f) << 6 | (byte(at + 2) & 0x3f);
  }
  *length = 4;
  return (lead & 0x07) << 18 | (byte(at + 1) & 0x3f) << 12 | (byte(at + 2) & 0x3f) << 6 |
         (byte(at + 3) & 0x3f);
}

// Unicode's White_Space, and the byte order mark, which nobody sees either.
constexpr bool is_white_space(uint32_t c) {
  return c == ' ' || (c >= 0x09 && c <= 0x0d) || c == 0x85 || c == 0xa0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f ||
         c == 0x205f || c == 0x3000 || c == 0xfeff;
}
constexpr bool is_control(uint32_t c) { return c < 0x20 || (c >= 0x7f && c <= 0x9f); }

enum class Flaw { kNone, kNotUtf8, kControl, kWhiteSpaceAtEnd };

Flaw flaw_of(std::string_view text) {
  if (all_plain(text)) return Flaw::kNone;
  if (!is_utf8(text)) return Flaw::kNotUtf8;
  bool space = false;
  for (size_t at = 0, length = 0; at < text.size(); at += length) {
    const uint32_t c = code_point(text, at, &length);
    if (is_control(c)) return Flaw::kControl;
    space = is_white_space(c);
    if (at == 0 && space) return Flaw::kWhiteSpaceAtEnd;
  }
  return space ? Flaw::kWhiteSpaceAtEnd : Flaw::kNone;
}

}  // namespace

bool is_utf8(std::string_view text) { return simdjson::validate_utf8(text.data(), text.size()); }

Status check_name(std::string_view name, std::string_view what, std::string_view pointer) {
  const auto bad = [&](std::string_view why) -> Status {
    return fail(ErrorCode::kInvalidName, fmt::format("`{}` {}", what, why), std::string(pointer));
  };
  if (name.empty()) return bad("must not be empty");
  if (name.size() > limits::kNameBytesMax) {
    return bad(fmt::format("must have at most {} bytes; it has {}", limits::kNameBytesMax,
                           name.size()));
  }
  switch (flaw_of(name)) {
    case Flaw::kNone: return {};
    case Flaw::kNotUtf8: return bad("must be valid UTF-8");
    case Flaw::kControl: return bad("must not contain control characters");
    case Flaw::kWhiteSpaceAtEnd: return bad("must not begin or end with white space: trim it");
  }
  return {};
}

/// The ids that bound keys choose are kept with "~" and eight digits behind them.
static std::string_view without_scope(std::string_view id) {
  constexpr size_t kDigits = 8;
  if (id.size() <= kDigits || id[id.size() - kDigits - 1] != '~') return id;
  for (const char c : id.substr(id.size() - kDigits)) {
    if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) return id;
  }
  return id.substr(0, id.size() - kDigits - 1);
}

Status check_hold_id(std::string_view id, std::string_view pointer) {
  id = without_scope(id);
  bool good = !id.empty() && id.size() <= limits::kHoldIdBytesMax;
  for (const char c : id) {
    good = good && ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                    c == '_' || c == '-');
  }
  if (good) return {};
  return fail(ErrorCode::kInvalidName,
              fmt::format("a hold's id must be 1 to {} of A-Z a-z 0-9 _ -", limits::kHoldIdBytesMax),
              std::string(pointer));
}

Status check_idempotency_key(std::string_view key, std::string_view pointer) {
  const Flaw flaw = flaw_of(key);
  if (!key.empty() && key.size() <= limits::kKeyBytesMax && flaw != Flaw::kNotUtf8 &&
      flaw != Flaw::kControl) {
    return {};
  }
  return fail(ErrorCode::kInvalidValue,
              fmt::format("an idempotency key must be 1 to {} bytes of UTF-8 without control "
                          "characters",
                          limits::kKeyBytesMax),
              std::string(pointer));
}

Result<std::string> key_of_header(std::string_view header) {
  std::string key;
  if (!header.empty() && header.front() == '"') {
    // A structured-field string (RFC 8941, 3.3.3): `\"` and `\\` are its only escapes.
    size_t at = 1;
    while (at < header.size() && header[at] != '"') {
      if (header[at] == '\\') ++at;
      if (at < header.size()) key.push_back(header[at++]);
    }
    if (at + 1 != header.size()) {
      return fail(ErrorCode::kInvalidValue,
                  "the Idempotency-Key header begins with a double quote but does not end with one");
    }
  } else {
    key = header;
  }
  HF_TRY(check_idempotency_key(key));
  return key;
}

uint64_t fingerprint_of(std::string_view method, std::string_view path, std::string_view body) {
  const uint64_t print = hash64(body, hash64(path, hash64(method)));
  return print != 0 ? print : 1;
}

}  // namespace holdfast::json
