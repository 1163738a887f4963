// What the engine counts: references into the registry, made once, cheap to write.
//
// Used by the engine's roles; app gives the registry, /metrics shows it. Thread-safe; lives as long as the
// registry.
#pragma once

#include <array>

#include "model/outcome.h"
#include "telemetry/metrics.h"

namespace holdfast::engine {

struct EngineMetrics {
  explicit EngineMetrics(telemetry::Metrics& registry);

  telemetry::Counter& answer(OutcomeStatus status) { return *answers[static_cast<size_t>(status)]; }

  telemetry::Counter& groups;              ///< flushed
  telemetry::Counter& groups_overlapped;   ///< of them, flushed while the next was decided
  telemetry::Counter& events;              ///< made durable since start
  telemetry::Histogram& group_commands;    ///< logged commands per group
  telemetry::Histogram& flush;             ///< one flush, microseconds
  std::array<telemetry::Counter*, 6> answers;  ///< by OutcomeStatus
  telemetry::Counter& replayed;            ///< answers of a repeated key
  telemetry::Counter& queries;
  telemetry::Counter& refused;             ///< submissions refused: queue full or draining
  telemetry::Counter& holds_expired;       ///< lines of SKUs nobody touched
  telemetry::Counter& bases_prepared;      ///< counts of the past: walks by the helper
  telemetry::Counter& bases_inline;        ///< … and by the sequencer
  telemetry::Counter& snapshots;
  telemetry::Counter& snapshots_failed;
  telemetry::Gauge& queue_commands;        ///< taken by the sequencer in its last turn
  telemetry::Gauge& idempotency_keys;
  telemetry::Gauge& open_holds;
  telemetry::Gauge& durable_seq;
  telemetry::Gauge& snapshot_seq;
  telemetry::Gauge& clock_offset_us;       ///< log time ahead of the wall clock
  telemetry::Gauge& storage_full;
  telemetry::Gauge& failed;                ///< a flush failed: the engine answers no more
};

}  // namespace holdfast::engine
