// Puts sealed groups into segments, one write and one flush each; seals a segment when the next
// group does not fit and goes on in the spare.
//
// Used by Journal's flush_group. Confined to the flusher, but for the spare, which the helper
// offers.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "io/file_system.h"
#include "store/group_view.h"
#include "store/journal/format.h"
#include "store/journal/guards.h"
#include "store/journal/log_index.h"
#include "store/journal/log_scan.h"

namespace holdfast::store {

class LogWriter {
 public:
  /// Gives the number of the next segment once it is ready; waits for it. kNoSpace: it cannot be
  /// made.
  using NextSegment = std::function<Status(uint64_t number)>;

  LogWriter(io::FileSystem& files, std::string directory, LedgerIdentity identity, LogEnd end,
            JournalGuards guards, NextSegment next_segment);

  struct Written {
    GroupAt at;
    Hash128 hash;
    bool is_durable = true;  ///< false only with the guard one_unsynced_group off
  };
  /// Writes and flushes. On return the group is durable. kNoSpace: there is no next segment yet,
  /// nothing was written, and the same group may be given again. Any other error is final.
  Result<Written> write(const GroupView& group);
  /// The segment groups go to now.
  uint64_t segment() const { return end_.segment; }
  /// Behind the last group written, in that segment. REQUIRES: write() succeeded before.
  uint64_t bytes_left() const { return segment_bytes_ - end_.offset; }

 private:
  Status open_segment(uint64_t number);
  Status make_room(size_t extent);
  Status put(const std::string& extent);
  Status write_and_flush(const std::string& extent);

  io::FileSystem& files_;
  const std::string directory_;
  const LedgerIdentity identity_;
  const JournalGuards guards_;
  NextSegment next_segment_;
  LogEnd end_;
  std::unique_ptr<io::File> file_;
  uint64_t segment_bytes_ = 0;
  bool owes_sync_ = false;  // only with the guard one_unsynced_group off
};

}  // namespace holdfast::store
