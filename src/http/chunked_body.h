// Takes a chunked body apart as its bytes arrive. Used by Connection; no I/O.
//
// Strict: sizes of 1-8 hexadecimal digits, CRLF everywhere, extensions and trailers checked by the guard
// and dropped.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "http/framing_guard.h"

namespace holdfast::http {

class ChunkedBody {
 public:
  /// Takes what it can use from the front of `bytes` and returns how much; appends data to *body. Stops
  /// at the end of the body, at a refusal, or when all is taken.
  size_t take(std::string_view bytes, size_t body_max, std::string* body);

  bool done() const { return state_ == State::kDone; }
  const std::optional<Refusal>& refusal() const { return refusal_; }
  void reset() { *this = ChunkedBody(); }

 private:
  enum class State : uint8_t { kSizeLine, kData, kDataEnd, kTrailers, kDone };
  void end_line();
  void read_size();
  void read_trailer();
  bool take_line_byte(char c, size_t line_max);

  State state_ = State::kSizeLine;
  std::string line_;
  size_t left_ = 0;            ///< of this chunk's data
  size_t trailer_bytes_ = 0;
  std::optional<Refusal> refusal_;
};

}  // namespace holdfast::http
