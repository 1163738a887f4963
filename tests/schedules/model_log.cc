#include "tests/schedules/model_log.h"

#include "store/event_codec.h"
#include "store/text_arena.h"

namespace holdfast::schedules {
namespace {

/// What the views of a batch point into.
struct Memory {
  Snapshot tables;
  store::TextArena arena;
  std::string none;
};

}  // namespace

Result<store::LogBatch> decode_log(const Snapshot& tables, Seq from, size_t bytes_max) {
  auto memory = std::make_shared<Memory>();
  memory->tables = tables;
  store::LogBatch batch;
  batch.last_seq = from - 1;
  size_t bytes = 0;
  while (batch.last_seq < tables->events.size() && (bytes == 0 || bytes < bytes_max)) {
    const StoredEvent& first = *tables->events[batch.last_seq];
    store::PayloadReader reader(first.record, batch.last_seq + 1, first.event->recorded_at,
                                &memory->arena);
    store::LoggedCommand& command = batch.commands.emplace_back();
    if (first.record.empty() || !reader.next(&command) || !reader.ok()) {
      return fail(ErrorCode::kCorrupt, "no command at seq " + std::to_string(batch.last_seq + 1));
    }
    bytes += first.record.size();
    batch.last_seq = command.last_seq();
  }
  for (store::LoggedCommand& command : batch.commands) {
    if (command.head.shortages != nullptr) command.head.shortages = &command.shortages;
  }
  batch.at_end = batch.last_seq >= tables->events.size();
  batch.bytes = std::shared_ptr<const std::string>(memory, &memory->none);
  return batch;
}

Result<store::LogBatch> ModelLog::read(Seq after, size_t bytes_max) {
  return decode_log(database_.snapshot(), after + 1, bytes_max);
}

Result<store::LogBatch> ModelLog::read_command(Seq seq) {
  const Snapshot tables = database_.snapshot();
  if (seq == 0 || seq > tables->events.size()) {
    return fail(ErrorCode::kCursorInvalid, "seq is not in the log");
  }
  return decode_log(tables, tables->events[seq - 1]->event->command_seq, 1);
}

Status ModelLog::walk_sku(const std::string& sku, Seq before_seq,
                          const std::function<bool(const Event&)>& visit) {
  const Snapshot tables = database_.snapshot();
  Seq seq = tables->events.size();
  if (before_seq != 0 && before_seq <= seq) seq = before_seq - 1;
  for (; seq > 0; --seq) {
    const Event& event = tables->events[seq - 1]->event.get();
    if (event.sku == sku && !visit(event)) break;
  }
  return {};
}

}  // namespace holdfast::schedules
