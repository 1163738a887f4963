// Text and numbers: the leaves of everything printed.
#include <algorithm>
#include <array>
#include <charconv>

#include "json/check.h"
#include "json/print.h"
#include "json/writer.h"

namespace holdfast::json {
namespace {

// What may stand in a JSON string as it is. Bytes of multi-byte characters are looked at separately.
constexpr std::array<bool, 256> make_plain() {
  std::array<bool, 256> plain{};
  for (int c = 0x20; c < 0x80; ++c) plain[static_cast<size_t>(c)] = c != '"' && c != '\\';
  return plain;
}
constexpr std::array<bool, 256> kPlain = make_plain();

void append_escape(std::string* out, uint8_t c) {
  constexpr std::string_view kHex = "0123456789abcdef";
  switch (c) {
    case '"': out->append("\\\""); return;
    case '\\': out->append("\\\\"); return;
    case '\n': out->append("\\n"); return;
    case '\r': out->append("\\r"); return;
    case '\t': out->append("\\t"); return;
    default: break;
  }
  out->append("\\u00");
  out->push_back(kHex[c >> 4]);
  out->push_back(kHex[c & 15]);
}

/// Length of the valid UTF-8 sequence at the start of `text`; 0 if there is none.
size_t sequence_length(std::string_view text) {
  const auto lead = static_cast<uint8_t>(text.front());
  const size_t length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  if (length > text.size() || !is_utf8(text.substr(0, length))) return 0;
  return length;
}

void append_escaped(std::string* out, std::string_view text) {
  size_t at = 0;
  while (at < text.size()) {
    const auto c = static_cast<uint8_t>(text[at]);
    if (c >= 0x80) {
      const size_t length = sequence_length(text.substr(at));
      out->append(length > 0 ? text.substr(at, length) : std::string_view("\xef\xbf\xbd"));
      at += length > 0 ? length : 1;
      continue;
    }
    if (kPlain[c]) {
      out->push_back(text[at]);
    } else {
      append_escape(out, c);
    }
    ++at;
  }
}

}  // namespace

bool is_plain(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return kPlain[static_cast<uint8_t>(c)]; });
}

void print_text(std::string* out, std::string_view text) {
  put(out, '"');
  if (is_plain(text)) {
    put(out, text);
  } else {
    append_escaped(out, text);
  }
  put(out, '"');
}

void print_integer(std::string* out, int64_t value) {
  constexpr size_t kDigitsMax = 20;
  append_filled(out, kDigitsMax,
                [value](char* at) { return std::to_chars(at, at + kDigitsMax, value).ptr; });
}

}  // namespace holdfast::json
