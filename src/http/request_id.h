// The id of one request: the client's own where it is well-formed (X-Request-Id), else a made one.
// It is in the answer's head, in the problem of a refusal and in the log. A value without memory of
// its own.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/random.h"

namespace holdfast::http {

class RequestId {
 public:
  static constexpr size_t kBytesMax = 64;

  RequestId() = default;
  /// REQUIRES: text.size() <= kBytesMax.
  explicit RequestId(std::string_view text);

  /// 1 to 64 of A-Z a-z 0-9 . _ - : what can stand in a head, a log and a file's name as it is.
  static bool well_formed(std::string_view text);
  std::string_view text() const { return {bytes_.data(), size_}; }

 private:
  uint8_t size_ = 0;
  std::array<char, kBytesMax> bytes_;
};

/// Makes ids: 12 random hex digits of this maker, '-', a number that counts. Confined to one
/// thread.
class RequestIds {
 public:
  explicit RequestIds(Random& random);
  /// `given` where it is well-formed, else the next one.
  RequestId take(std::string_view given);

 private:
  static constexpr size_t kPrefix = 13;
  std::array<char, kPrefix + 16> next_;  ///< the prefix, then room for the number
  uint64_t count_ = 0;
};

}  // namespace holdfast::http
