// A snapshot's version as its sender tells it: RFC 3339 or an integer, one kind per source; compared only
// within that source.
#pragma once

#include <compare>
#include <cstdint>

namespace holdfast {

struct Version {
  enum class Kind : uint8_t { kNone = 0, kTime = 1, kInteger = 2 };
  Kind kind = Kind::kNone;
  int64_t value = 0;  ///< microseconds since the epoch, or the integer

  constexpr bool has_value() const { return kind != Kind::kNone; }
  constexpr bool operator==(const Version&) const = default;
};

}  // namespace holdfast
