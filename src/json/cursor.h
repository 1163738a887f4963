// Cursors as clients see them: opaque text that carries where it points and in which incarnation.
//
// Used by http and feed. Pure functions, thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "model/event.h"

namespace holdfast::json {

/// A position in the feed: everything up to and including `seq` is behind it.
struct FeedCursor {
  uint32_t incarnation = 0;
  Seq seq = 0;
  std::string ledger = {};  ///< of an event id; empty where the text names none
  bool operator==(const FeedCursor&) const = default;
};
/// An event id `{ledger}-{incarnation}-{seq}`, or its last two parts alone; nullopt for anything else.
std::optional<FeedCursor> decode_cursor(std::string_view text);

/// A page's continuation key as base64url without padding, for `next_cursor` of lists.
std::string encode_page_cursor(std::string_view key);
/// nullopt for what encode_page_cursor() cannot have made.
std::optional<std::string> decode_page_cursor(std::string_view text);

}  // namespace holdfast::json
