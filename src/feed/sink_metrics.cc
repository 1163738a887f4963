#include "feed/sink_metrics.h"

namespace holdfast::feed {

SinkMetrics::SinkMetrics(telemetry::Metrics* metrics, const std::string& sink) {
  if (metrics == nullptr) return;
  const telemetry::Labels labels{{"sink", sink}};
  lag_events_ = &metrics->gauge("holdfast_feed_lag_events",
                                "Durable events behind the sink's cursor.", labels);
  lag_ms_ = &metrics->gauge("holdfast_feed_lag_seconds",
                            "Age of the oldest event the sink has not taken.", labels, 1e-3);
  in_flight_ = &metrics->gauge("holdfast_feed_in_flight", "Deliveries under way.", labels);
  parked_ =
      &metrics->gauge("holdfast_feed_parked_skus", "SKUs that wait for another attempt.", labels);
  dead_letters_ = &metrics->gauge("holdfast_feed_dead_letters", "Deliveries given up.", labels);
  up_ = &metrics->gauge("holdfast_feed_up", "1: active and its circuit closed.", labels);
  delivered_ = &metrics->counter("holdfast_feed_delivered_total", "Deliveries taken.", labels);
  failed_ = &metrics->counter("holdfast_feed_failed_total", "Attempts that failed.", labels);
}

void SinkMetrics::update(const SinkStatus& status) {
  if (lag_events_ == nullptr) return;
  const bool up = status.state == SinkState::kActive && status.circuit == CircuitState::kClosed;
  lag_events_->set(static_cast<int64_t>(status.lag_events));
  lag_ms_->set(status.lag / kMillisecond);
  in_flight_->set(static_cast<int64_t>(status.in_flight));
  parked_->set(static_cast<int64_t>(status.parked));
  dead_letters_->set(static_cast<int64_t>(status.dead_letters));
  up_->set(up ? 1 : 0);
  delivered_->add(status.delivered - delivered_told_);
  failed_->add(status.failed - failed_told_);
  delivered_told_ = status.delivered;
  failed_told_ = status.failed;
}

}  // namespace holdfast::feed
