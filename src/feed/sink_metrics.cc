#include "feed/sink_metrics.h"

#include <utility>

namespace holdfast::feed {

SinkMetrics::SinkMetrics(telemetry::Metrics* metrics, const std::string& sink, bool compares) {
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
  if (!compares) return;
  for (size_t i = 0; i < kComparedStates; ++i) {
    const std::string state(name_of(static_cast<ComparedState>(i)));
    compared_[i] = &metrics->gauge("holdfast_feed_compared",
                                   "SKUs and places, by how the channel's number stands to ours.",
                                   {{"sink", sink}, {"state", state}});
  }
  for (size_t i = 0; i < kObservationResults; ++i) {
    const std::string result(name_of(static_cast<ObservationResult>(i)));
    observed_[i] = &metrics->counter("holdfast_feed_observations_total",
                                     "Numbers of the channel's that came in, by what they came to.",
                                     {{"sink", sink}, {"result", result}});
  }
}

void SinkMetrics::fall_silent() {
  if (lag_events_ == nullptr) return;
  for (telemetry::Gauge* gauge : {lag_events_, lag_ms_, in_flight_, parked_, dead_letters_, up_})
    gauge->set(0);
  for (telemetry::Gauge* gauge : compared_) {
    if (gauge != nullptr) gauge->set(0);
  }
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
  if (!status.comparison || compared_[0] == nullptr) return;
  for (size_t i = 0; i < kComparedStates; ++i) {
    compared_[i]->set(static_cast<int64_t>(status.comparison->rows[i]));
  }
  for (size_t i = 0; i < kObservationResults; ++i) {
    const uint64_t seen = status.comparison->results[i];
    observed_[i]->add(seen - std::exchange(observed_told_[i], seen));
  }
}

}  // namespace holdfast::feed
