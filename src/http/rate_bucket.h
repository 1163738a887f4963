// A token bucket: so many requests a second, and some more at once. Lock-free, thread-safe.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "base/time.h"

namespace holdfast::http {

struct RateLimit {
  int64_t per_second = 0;  ///< 0 = no limit; the bucket holds two seconds' worth
};

/// Kept as the time at which the bucket would be full again (GCRA): one number, no timer.
class RateBucket {
 public:
  explicit RateBucket(RateLimit limit)
      : step_(limit.per_second > 0 ? std::max<Duration>(1, kSecond / limit.per_second) : 0) {}

  /// Takes a token at `now` (of Clock::boot()); false when there is none.
  bool take(Duration now) {
    if (step_ == 0) return true;
    Duration full = full_at_.load(std::memory_order_relaxed);
    while (true) {
      const Duration next = std::max(full, now) + step_;
      if (next - now > kDepth) return false;
      if (full_at_.compare_exchange_weak(full, next, std::memory_order_relaxed)) return true;
    }
  }
  bool limits() const { return step_ != 0; }

 private:
  static constexpr Duration kDepth = 2 * kSecond;
  const Duration step_;
  std::atomic<Duration> full_at_{0};
};

}  // namespace holdfast::http
