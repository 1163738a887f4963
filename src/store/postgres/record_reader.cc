#include "store/postgres/record_reader.h"

#include <string>

#include <fmt/format.h>

#include "store/event_codec.h"

namespace holdfast::store::postgres {
namespace {

struct Record {
  Seq first_seq = 0;
  Timestamp time;
  std::string_view bytes;
};

Record record_of(const Row& row) {
  Record record;
  row.get(0, &record.first_seq);
  row.get(1, &record.time);
  row.get(2, &record.bytes);
  return record;
}

Status decode(const Record& record, TextArena* arena, LoggedCommand* command) {
  PayloadReader reader(record.bytes, record.first_seq, record.time, arena);
  if (reader.next(command) && reader.ok()) return {};
  return fail(
      ErrorCode::kCorrupt,
      fmt::format("the record of seq {} in table event does not decode: restore the database from "
                  "its backup",
                  record.first_seq));
}

/// What the views of a batch point into.
struct BatchMemory {
  Rows rows;
  TextArena arena;
  std::string none;
};

}  // namespace

Result<LogBatch> decode_commands(Rows rows) {
  auto memory = std::make_shared<BatchMemory>();
  memory->rows = std::move(rows);
  LogBatch batch;
  batch.commands.resize(memory->rows.size());
  for (size_t i = 0; i < batch.commands.size(); ++i) {
    LoggedCommand& command = batch.commands[i];
    HF_TRY(decode(record_of(memory->rows[i]), &memory->arena, &command));
    if (command.head.shortages != nullptr) command.head.shortages = &command.shortages;
  }
  batch.bytes = std::shared_ptr<const std::string>(memory, &memory->none);
  return batch;
}

Result<const Event*> CommandCursor::event_of(const Row& row) {
  const Record record = record_of(row);
  const Seq seq = row.as<uint64_t>(3);
  if (command_.events.empty() || command_.first_seq() != record.first_seq) {
    arena_.clear();
    if (const Status decoded = decode(record, &arena_, &command_); !decoded) {
      command_.events.clear();
      return fail(decoded.error());
    }
  }
  if (seq < command_.first_seq() || seq > command_.last_seq()) {
    return fail(
        ErrorCode::kCorrupt,
        fmt::format(
            "seq {} in table event is not in the command it names: restore the database from "
            "its backup",
            seq));
  }
  return &command_.events[seq - command_.first_seq()];
}

}  // namespace holdfast::store::postgres
