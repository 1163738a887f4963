// What operators see of a sink: `GET /v1/sinks`, `holdfast sink`, the dashboard. Plain values.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

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

/// What a channel is told about one SKU.
struct ChannelNumbers {
  std::optional<int64_t> whole;                            ///< available to sell; null: untracked
  std::vector<std::pair<std::string, int64_t>> locations;  ///< dealt out; the tracked ones
};

/// How a number that a channel shows stands to ours.
enum class ComparedState : uint8_t {
  kEqual,
  kPending,     ///< another one was told since; the channel has not shown it yet
  kDrift,       ///< it differs, and nothing we told explains it
  kUnobserved,  ///< theirs is not known
  kUntracked,   ///< ours is not known: never counted, or not sold there
  kUnread,      ///< ours is being read
};
inline constexpr size_t kComparedStates = 6;
/// What one observation came to.
enum class ObservationResult : uint8_t {
  kEqual,
  kEcho,  ///< a number told since the last confirmed one
  kDrift,
  kStale,  ///< older than what is known
  kOther,  ///< there is nothing to compare it with: untracked, or not read yet
};
inline constexpr size_t kObservationResults = 5;

std::string_view name_of(ComparedState state);
std::optional<ComparedState> compared_state_named(std::string_view name);
std::string_view name_of(ObservationResult result);

struct ComparedRow {
  std::string sku;
  std::string location;  ///< ours; empty: of the whole channel
  std::optional<int64_t> ours, theirs;
  ComparedState state = ComparedState::kUnread;
  Timestamp observed_at;
  /// Theirs − ours, what they oversold counting as 0; nullopt where one is unknown.
  std::optional<int64_t> difference() const;
};

struct ComparisonCounts {
  std::array<uint64_t, kComparedStates> rows{};         ///< by ComparedState, now
  std::array<uint64_t, kObservationResults> results{};  ///< by ObservationResult, since start
  uint64_t left_out = 0;  ///< observations of SKUs beyond kComparedSkusMax
  uint64_t of(ComparedState state) const { return rows[static_cast<size_t>(state)]; }
  uint64_t of(ObservationResult result) const { return results[static_cast<size_t>(result)]; }
};

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
  bool observing = false;                      ///< nothing is told until the sink is activated
  size_t observed = 0;                         ///< SKUs whose number would have been told
  std::optional<ComparisonCounts> comparison;  ///< stock sinks of one channel
  uint64_t delivered = 0;                      ///< since start
  uint64_t failed = 0;                         ///< attempts, since start
  std::string last_error;                      ///< empty = none since the last success
  /// Of many nodes: where the one listens that serves it; empty = nobody does at the moment.
  std::optional<std::string> served_by;
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
