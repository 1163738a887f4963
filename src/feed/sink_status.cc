#include "feed/sink_status.h"

#include <algorithm>

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

std::string_view name_of(ComparedState state) {
  switch (state) {
    case ComparedState::kEqual:
      return "equal";
    case ComparedState::kPending:
      return "pending";
    case ComparedState::kDrift:
      return "drift";
    case ComparedState::kUnobserved:
      return "unobserved";
    case ComparedState::kUntracked:
      return "untracked";
    case ComparedState::kUnread:
      return "unread";
  }
  return "unknown";
}

std::optional<ComparedState> compared_state_named(std::string_view name) {
  for (size_t i = 0; i < kComparedStates; ++i) {
    const auto state = static_cast<ComparedState>(i);
    if (name == name_of(state)) return state;
  }
  return std::nullopt;
}

std::string_view name_of(ObservationResult result) {
  switch (result) {
    case ObservationResult::kEqual:
      return "equal";
    case ObservationResult::kEcho:
      return "echo";
    case ObservationResult::kDrift:
      return "drift";
    case ObservationResult::kStale:
      return "stale";
    case ObservationResult::kOther:
      return "other";
  }
  return "unknown";
}

std::optional<int64_t> ComparedRow::difference() const {
  if (!ours || !theirs) return std::nullopt;
  return std::max<int64_t>(0, *theirs) - *ours;
}

}  // namespace holdfast::feed
