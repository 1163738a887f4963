// feed.log: what every sink has taken, durable within 200 ms and off the write path. A crash
// repeats deliveries, it never skips one: a record is only ever about deliveries that were
// answered.
//
// Used by Feed (open, flush) and the courier threads (append). Thread-safe.
//
// Each flush is one frame of io::RecordFile: records as `u8 type, text sink, fields`, all lists and
// sums in order, so what follows a parked SKU or a dead letter cannot be there without it.
// Rewritten as the sum of all sinks when it has grown to four times that.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/result.h"
#include "feed/cursor_record.h"
#include "io/record_file.h"
#include "store/event_log.h"

namespace holdfast::feed {

class CursorFile {
 public:
  /// Makes the file when absent. kCorrupt when it does not verify.
  static Result<std::unique_ptr<CursorFile>> open(io::FileSystem& files, const std::string& path,
                                                  const std::string& ledger_id);

  /// What is remembered of a sink, appended records included.
  SavedSink saved(const std::string& sink) const;
  std::vector<std::string> sinks() const;
  /// The highest cursor of any sink in this incarnation; 0 = none. The log was durable that far.
  Seq highest_cursor(uint32_t incarnation) const;

  /// Takes effect at the next flush(). Returns the number of the last record, for durable().
  uint64_t append(const std::string& sink, const std::vector<CursorRecord>& records);
  /// Makes everything appended before the call durable. After an error it is all tried again, as a
  /// whole new file, by the next call.
  Status flush();
  /// Records up to this number are durable.
  uint64_t durable() const;
  bool dirty() const;
  uint64_t bytes() const;

 private:
  CursorFile() = default;
  std::string encode_all() const;

  static constexpr uint64_t kCompactBytesMin = 1 << 20;

  std::mutex flush_mutex_;  ///< one flush at a time; guards file_
  std::unique_ptr<io::RecordFile> file_;
  uint64_t compacted_bytes_ = 0;
  bool rewrite_ = false;

  mutable std::mutex mutex_;  ///< guards the rest
  std::map<std::string, SavedSink> sinks_;
  std::string pending_;
  uint64_t appended_ = 0;
  uint64_t durable_ = 0;
  uint64_t file_bytes_ = 0;
};

}  // namespace holdfast::feed
