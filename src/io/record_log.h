// A list of records that grows at its end: where state is kept that is written beside the log of
// events (cursors, API keys, parked deliveries). Whoever keeps such state knows this interface
// alone, so the same code runs over a file of one machine and over a table that many nodes share.
//
// Implementations: io/record_file.h (one process owns it), io/memory_records.h (tests),
// store/postgres. Each is confined to one thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "base/result.h"

namespace holdfast::io {

/// Is given every payload, oldest first.
using RecordVisitor = std::function<void(std::string_view payload)>;

class RecordLog {
 public:
  virtual ~RecordLog() = default;

  /// Durable on return. kBasisMoved (shared logs): somebody else appended since this was read, and
  /// nothing was written: catch_up() and decide again. kInUse (fenced logs): this writer is no
  /// longer the one that may. After any other error nothing is promised about this record; earlier
  /// ones stand.
  virtual Status append(std::string_view payload) = 0;
  /// The log now holds this one record. Errors as append(); the old content stands, or the new.
  virtual Status replace(std::string_view payload) = 0;
  /// What the log takes, about.
  virtual uint64_t bytes() const = 0;

  /// Others may append to it too: catch_up() now and then.
  virtual bool shared() const { return false; }
  /// Visits what others appended since. Where the log was replaced, `begin_anew` is called first:
  /// what was visited before no longer holds, and all of it follows. Nothing to do for a log that
  /// has one owner.
  virtual Status catch_up(const std::function<void()>& begin_anew) {
    (void)begin_anew;
    return {};
  }
};

/// Opens or makes one log and visits what is in it. The visitor is kept: catch_up() calls it too.
using OpenRecords = std::function<Result<std::unique_ptr<RecordLog>>(RecordVisitor visit)>;

}  // namespace holdfast::io
