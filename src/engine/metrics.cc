#include "engine/metrics.h"

#include <string>

namespace holdfast::engine {
namespace {

std::array<telemetry::Counter*, 6> answer_counters(telemetry::Metrics& registry) {
  std::array<telemetry::Counter*, 6> counters{};
  for (size_t i = 0; i < counters.size(); ++i) {
    const std::string status(name_of(static_cast<OutcomeStatus>(i)));
    counters[i] = &registry.counter("holdfast_engine_answers_total", "Commands answered, by status.",
                                    {{"status", status}});
  }
  return counters;
}

}  // namespace

EngineMetrics::EngineMetrics(telemetry::Metrics& registry)
    : groups(registry.counter("holdfast_engine_groups_total", "Groups flushed.")),
      groups_overlapped(registry.counter("holdfast_engine_groups_overlapped_total",
                                         "Groups flushed while the next was decided.")),
      events(registry.counter("holdfast_engine_events_total", "Events made durable.")),
      group_commands(registry.histogram("holdfast_engine_group_commands",
                                        "Logged commands per group.", {}, 1)),
      flush(registry.histogram("holdfast_engine_flush_seconds", "Time of one flush.")),
      answers(answer_counters(registry)),
      replayed(registry.counter("holdfast_engine_replayed_total", "Answers of a repeated key.")),
      queries(registry.counter("holdfast_engine_queries_total", "Reads of present state.")),
      refused(registry.counter("holdfast_engine_overloaded_total",
                               "Submissions refused: queue full or draining.")),
      holds_expired(registry.counter("holdfast_engine_hold_lines_expired_total",
                                     "Hold lines expired that no command touched.")),
      bases_prepared(registry.counter("holdfast_engine_count_bases_total",
                                      "Counts of the past prepared from history.")),
      bases_inline(registry.counter("holdfast_engine_count_bases_inline_total",
                                    "Counts of the past prepared on the sequencer.")),
      snapshots(registry.counter("holdfast_engine_snapshots_total", "Snapshots made durable.")),
      snapshots_failed(registry.counter("holdfast_engine_snapshots_failed_total",
                                        "Snapshots that could not be written.")),
      queue_commands(registry.gauge("holdfast_engine_queue_commands",
                                    "Commands the sequencer took in its last turn.")),
      idempotency_keys(
          registry.gauge("holdfast_engine_idempotency_keys", "Live idempotency keys.")),
      open_holds(registry.gauge("holdfast_engine_open_holds", "Open holds.")),
      durable_seq(registry.gauge("holdfast_engine_durable_seq", "Last durable event.")),
      snapshot_seq(registry.gauge("holdfast_engine_snapshot_seq", "Event of the newest snapshot.")),
      clock_offset_us(registry.gauge("holdfast_engine_clock_offset_seconds",
                                     "Log time ahead of the wall clock.", {}, 1e-6)),
      storage_full(registry.gauge("holdfast_engine_storage_full",
                                  "1 while holds, orders and facts are answered 507.")),
      failed(registry.gauge("holdfast_engine_failed", "1 after a failed flush.")) {}

}  // namespace holdfast::engine
