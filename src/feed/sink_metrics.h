// A sink's numbers on the metrics page. Confined to the courier's thread; the registry outlives it.
#pragma once

#include "feed/sink_status.h"
#include "telemetry/metrics.h"

namespace holdfast::feed {

class SinkMetrics {
 public:
  /// `metrics` may be null: then nothing is told.
  SinkMetrics(telemetry::Metrics* metrics, const std::string& sink);
  void update(const SinkStatus& status);

 private:
  telemetry::Gauge* lag_events_ = nullptr;
  telemetry::Gauge* lag_ms_ = nullptr;
  telemetry::Gauge* in_flight_ = nullptr;
  telemetry::Gauge* parked_ = nullptr;
  telemetry::Gauge* dead_letters_ = nullptr;
  telemetry::Gauge* up_ = nullptr;
  telemetry::Counter* delivered_ = nullptr;
  telemetry::Counter* failed_ = nullptr;
  uint64_t delivered_told_ = 0;
  uint64_t failed_told_ = 0;
};

}  // namespace holdfast::feed
