// Points in time and spans of it, in microseconds; the clock interface everything below `app` is given.
//
// Timestamp is wall time since 1970-01-01T00:00:00Z. Log time (engine/log_time.h) is a Timestamp too.
// Text form is RFC 3339 with an offset (https://www.rfc-editor.org/rfc/rfc3339).
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace holdfast {

using Duration = int64_t;  ///< microseconds
inline constexpr Duration kMillisecond = 1'000;
inline constexpr Duration kSecond = 1'000'000;
inline constexpr Duration kMinute = 60 * kSecond;
inline constexpr Duration kHour = 60 * kMinute;
inline constexpr Duration kDay = 24 * kHour;

/// Microseconds since the epoch. kNone (the default) means "not given".
struct Timestamp {
  static constexpr int64_t kNoneUs = INT64_MIN;
  int64_t us = kNoneUs;

  constexpr bool has_value() const { return us != kNoneUs; }
  constexpr auto operator<=>(const Timestamp&) const = default;
};
constexpr Timestamp operator+(Timestamp t, Duration d) { return {t.us + d}; }
constexpr Timestamp operator-(Timestamp t, Duration d) { return {t.us - d}; }
constexpr Duration operator-(Timestamp a, Timestamp b) { return a.us - b.us; }

/// Parses RFC 3339 with a mandatory offset, year 1970-9999, fraction cut to microseconds; a leap second
/// (":60") reads as ":59". nullopt for anything else.
std::optional<Timestamp> parse_rfc3339(std::string_view text);

/// "2026-11-23T10:00:00Z"; with milliseconds or microseconds only where they are not zero.
std::string to_rfc3339(Timestamp time);
/// The same, appended.
void append_rfc3339(std::string* out, Timestamp time);

/// What time it is. Injected, so that tests and the simulator own it. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  /// Wall time; may jump.
  virtual Timestamp wall() const = 0;
  /// Microseconds since boot, suspend included (CLOCK_BOOTTIME); never goes back.
  virtual Duration boot() const = 0;
};

/// The operating system's clocks.
class SystemClock final : public Clock {
 public:
  Timestamp wall() const override;
  Duration boot() const override;
};

/// A clock that stands still until it is told otherwise. Confined to one thread.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Timestamp start = {1'763'884'800'000'000}) : wall_(start) {}
  Timestamp wall() const override { return wall_; }
  Duration boot() const override { return boot_; }
  /// Both clocks move on.
  void advance(Duration by) {
    wall_ = wall_ + by;
    boot_ += by;
  }
  /// Only the wall clock jumps.
  void jump_wall(Duration by) { wall_ = wall_ + by; }

 private:
  Timestamp wall_;
  Duration boot_ = kSecond;
};

}  // namespace holdfast
