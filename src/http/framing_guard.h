// The guard on HTTP/1.1 framing: reads a request's head from the raw bytes and refuses, by the table of
// docs/internals/http-framing.md, everything two servers could read differently.
//
// Used by Connection. Pure functions, no memory. It is the only reader of heads there is: what it hands on
// (method, target, fields, how the body is framed) is never parsed a second time, so there is no second
// opinion to smuggle between.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "model/limits.h"

namespace holdfast::http {

/// Why the connection is closed. `reason` is a literal.
struct Refusal {
  int status = 400;
  std::string_view reason;
};
inline constexpr std::string_view kBodyTooLarge =
    "the body is over the limit (1 MiB; 64 MiB at /v1/events and /v1/batch): split it";

struct HeadField {
  std::string_view name;   ///< as sent; compare with equals_ignoring_case()
  std::string_view value;  ///< without white space at the ends
};

/// A head that was accepted; views into the raw bytes.
struct Head {
  std::string_view method;
  std::string_view path;    ///< from the first '/' to '?', still percent-encoded
  std::string_view query;   ///< after '?', empty if none
  int minor = 1;            ///< HTTP/1.minor
  bool chunked = false;
  uint64_t content_length = 0;
  bool keep_alive = true;
  bool expects_continue = false;
  std::string_view request_id;  ///< of X-Request-Id, the first; as sent
  size_t field_count = 0;
  std::array<HeadField, limits::kHeadFieldsMax> fields;

  /// The first field of that name (given in lower case); empty if there is none.
  std::string_view field(std::string_view lower_name) const;
  bool has_body() const { return chunked || content_length > 0; }
};

/// Where the head ends, looked for as bytes arrive.
struct HeadEnd {
  enum class State : uint8_t { kIncomplete, kComplete, kRefused };
  State state = State::kIncomplete;
  size_t size = 0;      ///< complete: bytes of the head with its empty line
  Refusal refusal;
};
/// Looks for the empty line, from `*scanned` on, and moves `*scanned` forward. Refuses a bare LF, a request
/// line over kRequestLineBytesMax and a head over kHeadBytesMax as soon as they are seen.
HeadEnd find_head_end(std::string_view bytes, size_t* scanned);

/// Reads a complete head (what find_head_end() measured). nullopt = accepted, and *head is filled.
std::optional<Refusal> read_head(std::string_view raw, Head* head);

/// One trailer line without its CRLF: nullopt = drop it and go on.
std::optional<Refusal> check_trailer(std::string_view line);
/// What stands between a chunk's size and its CRLF: nullopt = ignore it.
std::optional<Refusal> check_chunk_extension(std::string_view extension);

inline constexpr size_t kChunkExtensionBytesMax = 256;
inline constexpr size_t kTrailerBytesMax = 4 << 10;

bool same_letters(std::string_view text, std::string_view lower);
/// ASCII only; `lower` is in lower case already. Most names differ in their length.
inline bool equals_ignoring_case(std::string_view text, std::string_view lower) {
  return text.size() == lower.size() && same_letters(text, lower);
}

}  // namespace holdfast::http
