// A sink's numbers on the metrics page. Confined to the courier's thread; the registry outlives it.
#pragma once

#include <array>

#include "feed/sink_status.h"
#include "telemetry/metrics.h"

namespace holdfast::feed {

class SinkMetrics {
 public:
  /// `metrics` may be null: then nothing is told.
  SinkMetrics(telemetry::Metrics* metrics, const std::string& sink, bool compares);
  void update(const SinkStatus& status);
  /// The sink is served elsewhere from now on: what is true now is told there.
  void fall_silent();

 private:
  telemetry::Gauge* lag_events_ = nullptr;
  telemetry::Gauge* lag_ms_ = nullptr;
  telemetry::Gauge* in_flight_ = nullptr;
  telemetry::Gauge* parked_ = nullptr;
  telemetry::Gauge* dead_letters_ = nullptr;
  telemetry::Gauge* up_ = nullptr;
  telemetry::Counter* delivered_ = nullptr;
  telemetry::Counter* failed_ = nullptr;
  std::array<telemetry::Gauge*, kComparedStates> compared_{};
  std::array<telemetry::Counter*, kObservationResults> observed_{};
  std::array<uint64_t, kObservationResults> observed_told_{};
  uint64_t delivered_told_ = 0;
  uint64_t failed_told_ = 0;
};

}  // namespace holdfast::feed
