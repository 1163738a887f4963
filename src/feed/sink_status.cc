#include "feed/sink_status.h"

namespace holdfast::feed {

std::string_view name_of(SinkState state) {
  switch (state) {
    case SinkState::kActive:
      return "active";
    case SinkState::kPaused:
      return "paused";
    case SinkState::kDisabled:
      return "disabled";
  }
  return "unknown";
}

std::string_view name_of(CircuitState state) {
  switch (state) {
    case CircuitState::kClosed:
      return "closed";
    case CircuitState::kOpen:
      return "open";
    case CircuitState::kHalfOpen:
      return "half-open";
  }
  return "unknown";
}

std::string_view name_of(DeliverMode mode) {
  return mode == DeliverMode::kStock ? "stock" : "events";
}

}  // namespace holdfast::feed
