#include "http/chunked_body.h"

#include <algorithm>

namespace holdfast::http {

size_t ChunkedBody::take(std::string_view bytes, size_t body_max, std::string* body) {
  size_t taken = 0;
  while (taken < bytes.size() && !done() && !refusal_) {
    if (state_ == State::kData) {
      const size_t part = std::min(left_, bytes.size() - taken);
      if (body->size() + part > body_max) {
        refusal_ = Refusal{413, kBodyTooLarge};
        break;
      }
      body->append(bytes.substr(taken, part));
      taken += part;
      left_ -= part;
      if (left_ == 0) state_ = State::kDataEnd;
      continue;
    }
    const size_t line_max = state_ == State::kTrailers ? kTrailerBytesMax : 8 + kChunkExtensionBytesMax;
    if (take_line_byte(bytes[taken++], line_max)) end_line();
  }
  return taken;
}

/// Gathers a line; true when its CRLF has come. A LF without CR, or a CR without LF, is refused.
bool ChunkedBody::take_line_byte(char c, size_t line_max) {
  const bool after_cr = !line_.empty() && line_.back() == '\r';
  if (c == '\n') {
    if (after_cr) {
      line_.pop_back();
      return true;
    }
    refusal_ = Refusal{400, "a chunk line that ends in LF without CR"};
  } else if (after_cr) {
    refusal_ = Refusal{400, "a CR without LF in a chunk line"};
  } else if (line_.size() > line_max) {
    refusal_ = Refusal{400, "a chunk line that is too long"};
  } else {
    line_.push_back(c);
  }
  return false;
}

void ChunkedBody::end_line() {
  switch (state_) {
    case State::kSizeLine: read_size(); break;
    case State::kDataEnd:
      if (!line_.empty()) refusal_ = Refusal{400, "a chunk longer than its size"};
      state_ = State::kSizeLine;
      break;
    case State::kTrailers: read_trailer(); break;
    default: break;
  }
  line_.clear();
}

void ChunkedBody::read_size() {
  size_t size = 0;
  size_t digits = 0;
  for (; digits < line_.size(); ++digits) {
    const char c = line_[digits];
    int value = -1;
    if (c >= '0' && c <= '9') value = c - '0';
    if (c >= 'a' && c <= 'f') value = c - 'a' + 10;
    if (c >= 'A' && c <= 'F') value = c - 'A' + 10;
    if (value < 0) break;
    if (digits == 8) {
      refusal_ = Refusal{400, "a chunk size that is too long"};
      return;
    }
    size = size * 16 + static_cast<size_t>(value);
  }
  if (digits == 0) {
    refusal_ = Refusal{400, "a chunk size that is not hexadecimal"};
    return;
  }
  refusal_ = check_chunk_extension(std::string_view(line_).substr(digits));
  left_ = size;
  state_ = size == 0 ? State::kTrailers : State::kData;
}

void ChunkedBody::read_trailer() {
  if (line_.empty()) {
    state_ = State::kDone;
    return;
  }
  trailer_bytes_ += line_.size();
  if (trailer_bytes_ > kTrailerBytesMax)
    refusal_ = Refusal{400, "trailers that are too long"};
  else
    refusal_ = check_trailer(line_);
}

}  // namespace holdfast::http
