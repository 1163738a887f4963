// Appending to a string in one go: room for the most it can become, written in place, the rest given
// back. Logs, rows and answers are thousands of pieces of a few bytes each, and a call into the library
// for every one of them costs more than the bytes.
//
// Pure functions; the string is the caller's.
#pragma once

#include <cstring>
#include <string>
#include <string_view>

namespace holdfast {

/// `fill(char* at)` writes at most `most` bytes and returns one past the last.
template <typename Fill>
inline void append_filled(std::string* out, size_t most, Fill fill) {
  const size_t old = out->size();
  out->resize_and_overwrite(
      old + most, [&](char* text, size_t) { return static_cast<size_t>(fill(text + old) - text); });
}

/// For a fill(): copies the text and returns one past it.
inline char* copy_to(char* at, std::string_view text) {
  if (!text.empty()) std::memcpy(at, text.data(), text.size());  // an empty view may be null
  return at + text.size();
}

inline void append_text(std::string* out, std::string_view text) {
  append_filled(out, text.size(), [text](char* at) { return copy_to(at, text); });
}

}  // namespace holdfast
