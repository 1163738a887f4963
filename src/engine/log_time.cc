#include "engine/log_time.h"

#include <algorithm>

#include <fmt/format.h>

namespace holdfast::engine {

Result<LogTime> LogTime::start(const Clock& clock, Timestamp last_group, bool accept_clock) {
  const Timestamp wall = clock.wall();
  if (!last_group.has_value()) return LogTime(clock, wall);
  const Duration ahead = wall - last_group;
  if (!accept_clock && (ahead < -kClockBehindMax || ahead > kClockAheadMax)) {
    return fail(ErrorCode::kClockRefused,
                fmt::format("the wall clock says {} but the last group of the log was written at {}: "
                            "set the clock, or start with --accept-clock",
                            to_rfc3339(wall), to_rfc3339(last_group)));
  }
  return LogTime(clock, std::max(wall, last_group));
}

LogTime::LogTime(const Clock& clock, Timestamp start)
    : clock_(&clock), boot_(clock.boot()), time_(start), offset_(start - clock.wall()) {}

Timestamp LogTime::now() {
  const Duration boot = clock_->boot();
  const Duration elapsed = boot - boot_;
  if (elapsed <= 0) return time_;
  boot_ = boot;
  // Readings may be microseconds apart: what is too short to slew by is kept for the next one.
  const Duration credit = slew_credit_ + elapsed;
  const Duration slew_max = credit / kSlewDivisor;
  slew_credit_ = credit % kSlewDivisor;
  const Timestamp unslewed = time_ + elapsed;
  offset_ = unslewed - clock_->wall();
  // slew_max exceeds `elapsed` by at most the credit carried over (1 µs), so max() keeps it monotone.
  time_ = std::max(time_, unslewed - std::clamp(offset_, -slew_max, slew_max));
  return time_;
}

}  // namespace holdfast::engine
