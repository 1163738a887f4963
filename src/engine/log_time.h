// The log's own time: the only clock decisions use. One reading per group, written in its header.
//
// Used by the sequencer. Confined to its thread. Follows boot time (suspend included) from the last
// group's time, slewed toward the wall clock by at most 0.05 %; never stepped while running, never
// backwards (docs/internals/executor.md, failing schedule A7).
#pragma once

#include "base/result.h"
#include "base/time.h"

namespace holdfast::engine {

inline constexpr Duration kClockBehindMax = 5 * kMinute;
inline constexpr Duration kClockAheadMax = 30 * kDay;
inline constexpr int64_t kSlewDivisor = 2'000;  ///< 1 / 2,000 = 0.05 %

class LogTime {
 public:
  /// Starts at the later of the wall clock and `last_group` (none: an empty log). kClockRefused when the
  /// wall clock is more than 5 min before or 30 days after it, unless `accept_clock`.
  static Result<LogTime> start(const Clock& clock, Timestamp last_group, bool accept_clock);

  /// Now. Never less than any earlier reading.
  Timestamp now();
  /// How far the log is ahead of the wall clock at the last reading, microseconds.
  Duration offset() const { return offset_; }

 private:
  LogTime(const Clock& clock, Timestamp start);

  const Clock* clock_;
  Duration boot_;               ///< boot time of the last reading
  Timestamp time_;              ///< the last reading
  Duration slew_credit_ = 0;    ///< elapsed time not yet used for slewing, below kSlewDivisor
  Duration offset_ = 0;
};

}  // namespace holdfast::engine
