// Rows with the record of a command, decoded. A row begins with: the command's first seq, its time,
// the record.
//
// Used by event_log. Confined to one thread.
#pragma once

#include <memory>

#include "store/event_log.h"
#include "store/postgres/result_rows.h"
#include "store/text_arena.h"

namespace holdfast::store::postgres {

/// All commands of `rows`; views into memory that the batch keeps. `last_seq` and `at_end` are the
/// caller's. kCorrupt: a record does not decode.
Result<LogBatch> decode_commands(Rows rows);

/// One command of some Rows after another, each decoded once however many of its events are asked
/// for. The rows outlive it.
class CommandCursor {
 public:
  /// The event with `seq`; views live until the next call. Row: first seq, time, record, seq.
  Result<const Event*> event_of(const Row& row);

 private:
  TextArena arena_;
  LoggedCommand command_;
};

}  // namespace holdfast::store::postgres
