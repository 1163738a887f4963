// Reads the segments of a log from the first block to the last and keeps the three outcomes apart:
// a group, the end (clean or torn), corruption (an Error). journal-format.md, "Reading".
//
// Used by recovery, verify and truncate_at. Confined to one thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "io/file_system.h"
#include "store/event_store.h"
#include "store/journal/format.h"
#include "store/journal/guards.h"

namespace holdfast::store {

struct ScannedGroup {
  GroupHeader header;
  std::string_view extent;  ///< as on disk; valid until the next call
  uint64_t segment = 0;
  uint64_t offset = 0;
  Hash128 hash;  ///< its chain hash
  Seq last_seq() const { return header.first_seq + header.events - 1; }
};

enum class ScanOutcome { kGroup, kSealed, kEnd, kTorn };

/// Where the log ends.
struct LogEnd {
  Seq last_seq = 0;
  Timestamp time;  ///< of the last group; none: the log is empty
  Hash128 hash;
  uint64_t segment = 1;    ///< where the next group goes, if there is room
  uint64_t offset = 0;     ///< 0: the segment has no header yet
  bool is_sealed = false;  ///< the next group goes to the segment after
};

class LogScan {
 public:
  /// `numbers`: of the segments there are, rising.
  LogScan(io::FileSystem& files, std::string directory, std::vector<uint64_t> numbers,
          LedgerIdentity identity, JournalGuards guards);

  /// kEnd and kTorn are the last; kCorrupt names file, offset and remedies.
  Result<ScanOutcome> next(ScannedGroup* group);
  /// Behind the last group returned; of a torn tail: where it starts.
  const LogEnd& end() const { return end_; }
  /// Bytes from end().offset on that a torn tail may have touched, in end().segment.
  uint64_t torn_bytes() const { return torn_bytes_; }

  std::unexpected<Error> corrupt(uint64_t segment, uint64_t offset, const std::string& what) const;
  /// The same of a group that was returned: what is left without it is named as the remedy.
  std::unexpected<Error> corrupt(const ScannedGroup& group, const std::string& what) const;

 private:
  Status load(uint64_t number);
  Result<ScanOutcome> next_segment();
  Status check_segment_header(const SegmentHeader& header) const;
  Result<ScanOutcome> read_group(size_t start, size_t at, ScannedGroup* group);
  Status check_group(const GroupHeader& header, size_t at) const;
  Result<ScanOutcome> read_headless();
  /// What lies at `group_at` is not a whole group: the end, a torn tail, or corruption. `start`: of
  /// its extent, header block included; `extent_end`: its largest possible.
  Result<ScanOutcome> classify(size_t start, size_t group_at, size_t extent_end,
                               const std::string& what);
  Status later_segments_are_empty();

  io::FileSystem& files_;
  const std::string directory_;
  const std::vector<uint64_t> numbers_;
  const LedgerIdentity identity_;
  const JournalGuards guards_;
  size_t index_ = 0;  // of the loaded segment in numbers_
  bool is_loaded_ = false;
  std::string bytes_;  // the loaded segment
  LogEnd end_;
  uint64_t torn_bytes_ = 0;
};

/// Numbers of the segments in a directory, rising, without a gap, from 1. kCorrupt names the
/// missing one.
Result<std::vector<uint64_t>> list_segments(io::FileSystem& files, const std::string& directory);
/// The same up to the first one that is missing.
Result<std::vector<uint64_t>> list_segments_to_gap(io::FileSystem& files,
                                                   const std::string& directory);

}  // namespace holdfast::store
