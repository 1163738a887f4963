// What operators see of a sink: `GET /v1/sinks`, `holdfast sink`, the dashboard. Plain values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.h"
#include "feed/settings.h"
#include "model/event.h"

namespace holdfast::feed {

enum class SinkState {
  kActive,
  kPaused,    ///< by an operator
  kDisabled,  ///< the receiver answered 410 Gone, or the log cannot be read; `resume` tries again
};
enum class CircuitState { kClosed, kOpen, kHalfOpen };

std::string_view name_of(SinkState state);
std::string_view name_of(CircuitState state);
std::string_view name_of(DeliverMode mode);

struct SinkStatus {
  std::string name;
  DeliverMode deliver = DeliverMode::kEvents;
  SinkState state = SinkState::kActive;
  CircuitState circuit = CircuitState::kClosed;
  Seq cursor = 0;           ///< everything up to it was taken, is parked, or is a dead letter
  uint64_t lag_events = 0;  ///< durable events behind the cursor
  Duration lag = 0;         ///< age of the oldest event not yet taken; 0 = none
  size_t in_flight = 0;
  size_t waiting = 0;  ///< events read and not yet sent, or dirty SKUs
  size_t parked = 0;   ///< SKUs
  size_t dead_letters = 0;
  bool observing = false;  ///< nothing is told until the sink is activated
  size_t observed = 0;     ///< SKUs whose number would have been told
  uint64_t delivered = 0;  ///< since start
  uint64_t failed = 0;     ///< attempts, since start
  std::string last_error;  ///< empty = none since the last success
};

/// What a stock sink that only observes would have told of a SKU last.
struct Observation {
  std::string sku;
  Seq seq = 0;  ///< the number is as of it
  int64_t available_to_sell = 0;
  Timestamp at;
};

/// A delivery that was given up. Durable.
struct DeadLetter {
  Seq seq = 0;
  std::string sku;
  uint64_t sku_seq = 0;
  uint32_t attempts = 0;
  std::string reason;
  Timestamp at;
};

}  // namespace holdfast::feed
