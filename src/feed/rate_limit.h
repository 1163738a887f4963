// A token bucket of one: at most `rate` deliveries per second, evenly spaced. Confined to one
// thread.
#pragma once

#include <algorithm>
#include <optional>

#include "base/time.h"

namespace holdfast::feed {

class RateLimit {
 public:
  /// 0 = no limit.
  explicit RateLimit(double rate_per_s) : rate_(rate_per_s), tokens_(1) {}

  bool take(Duration now) {
    if (rate_ <= 0) return true;
    refill(now);
    if (tokens_ < 1) return false;
    tokens_ -= 1;
    return true;
  }
  /// True if take() would succeed.
  bool ready(Duration now) {
    if (rate_ <= 0) return true;
    refill(now);
    return tokens_ >= 1;
  }
  /// When the next token is there, as of the last take(); nullopt = now.
  std::optional<Duration> next() const {
    if (rate_ <= 0 || tokens_ >= 1) return std::nullopt;
    return filled_at_ + static_cast<Duration>((1 - tokens_) / rate_ * kSecond) + 1;
  }

 private:
  void refill(Duration now) {
    if (filled_at_ != 0) {
      const double elapsed_s = static_cast<double>(now - filled_at_) / kSecond;
      tokens_ = std::min(1.0, tokens_ + elapsed_s * rate_);
    }
    filled_at_ = now;
  }

  double rate_;
  double tokens_;  ///< at most one: a channel's limit is kept over every second, bursts included
  Duration filled_at_ = 0;
};

}  // namespace holdfast::feed
