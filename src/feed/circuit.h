// Decides whether failures are a SKU's fault or the sink's. While the sink is at fault the circuit
// is open: nothing is sent but one probe now and then, and failures are not held against what was
// sent.
//
// Used by both couriers. Confined to one thread; time is given (monotonic microseconds).
#pragma once

#include <deque>
#include <optional>
#include <string>

#include "base/random.h"
#include "base/time.h"
#include "feed/settings.h"
#include "feed/sink_status.h"

namespace holdfast::feed {

class Circuit {
 public:
  Circuit(CircuitPolicy policy, Random& random) : policy_(policy), random_(random) {}

  CircuitState state() const { return state_; }
  /// How many deliveries may be in flight at `now`, of a window of `window`. Turns half-open when
  /// the time of a probe has come.
  size_t allowed(size_t window, Duration now);
  /// When something may be sent again: an open circuit's next probe, the end of a pause; else
  /// nothing.
  std::optional<Duration> opens_at() const;

  void succeeded(const std::string& sku);
  /// The receiver asked for a pause (429): nothing is sent for so long, and nobody is to blame.
  void throttled(Duration retry_after, Duration now);
  /// Returns true if this failure opened the circuit (or kept it open): it is the sink's fault.
  bool failed(const std::string& sku, bool unreachable, Duration retry_after, size_t parked,
              Duration now);

 private:
  bool sink_at_fault(size_t parked) const;
  void open(Duration retry_after, Duration now);
  void remember(const std::string& sku, bool ok);

  struct Outcome {
    std::string sku;
    bool ok;
  };
  CircuitPolicy policy_;
  Random& random_;
  CircuitState state_ = CircuitState::kClosed;
  std::deque<Outcome> outcomes_;
  size_t unreachable_in_row_ = 0;
  uint32_t opened_in_row_ = 0;
  Duration probe_at_ = 0;
  Duration paused_until_ = 0;
};

}  // namespace holdfast::feed
