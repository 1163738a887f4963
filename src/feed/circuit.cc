#include "feed/circuit.h"

#include <algorithm>
#include <set>
#include <string_view>

namespace holdfast::feed {

size_t Circuit::allowed(size_t window, Duration now) {
  if (now < paused_until_) return 0;
  if (state_ == CircuitState::kClosed) return window;
  if (state_ == CircuitState::kOpen && now >= probe_at_) state_ = CircuitState::kHalfOpen;
  return state_ == CircuitState::kHalfOpen ? 1 : 0;
}

std::optional<Duration> Circuit::opens_at() const {
  if (state_ == CircuitState::kOpen) return std::max(probe_at_, paused_until_);
  if (paused_until_ > 0) return paused_until_;
  return std::nullopt;
}

void Circuit::throttled(Duration retry_after, Duration now) {
  const Duration wait = std::clamp(retry_after, policy_.probe_first, kHour);
  paused_until_ = std::max(paused_until_, now + wait);
}

void Circuit::succeeded(const std::string& sku) {
  unreachable_in_row_ = 0;
  if (state_ != CircuitState::kClosed) {
    state_ = CircuitState::kClosed;
    opened_in_row_ = 0;
    outcomes_.clear();
  }
  remember(sku, true);
}

bool Circuit::failed(const std::string& sku, bool unreachable, Duration retry_after, size_t parked,
                     Duration now) {
  unreachable_in_row_ = unreachable ? unreachable_in_row_ + 1 : 0;
  // Answers to what was in flight when the circuit opened say nothing new: no second backoff for
  // them.
  if (state_ == CircuitState::kOpen) return true;
  remember(sku, false);
  if (state_ == CircuitState::kClosed && !sink_at_fault(parked)) return false;
  open(retry_after, now);
  return true;
}

bool Circuit::sink_at_fault(size_t parked) const {
  if (unreachable_in_row_ >= policy_.unreachable || parked > policy_.parked_max) return true;
  // A few SKUs that always fail must not open it again after each probe that closed it: where
  // anything succeeds, only a full window says enough.
  std::set<std::string_view> failing;
  size_t failures = 0;
  for (const Outcome& outcome : outcomes_) {
    if (outcome.ok) continue;
    ++failures;
    failing.insert(outcome.sku);
  }
  const bool conclusive = failures == outcomes_.size() || outcomes_.size() >= policy_.outcomes;
  return conclusive && failing.size() >= policy_.failing_skus && failures * 2 >= outcomes_.size();
}

void Circuit::open(Duration retry_after, Duration now) {
  const uint32_t doublings = std::min<uint32_t>(opened_in_row_++, 20);
  const Duration base = std::min(policy_.probe_first << doublings, policy_.probe_max);
  // Half of it is jitter, so that eight sinks behind one dead host do not probe in step.
  const Duration wait = base / 2 + static_cast<Duration>(random_.below(base / 2 + 1));
  state_ = CircuitState::kOpen;
  probe_at_ = now + std::max(wait, std::min(retry_after, kHour));
}

void Circuit::remember(const std::string& sku, bool ok) {
  outcomes_.push_back({sku, ok});
  if (outcomes_.size() > policy_.outcomes) outcomes_.pop_front();
}

}  // namespace holdfast::feed
