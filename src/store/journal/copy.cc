#include "store/journal/copy.h"

#include <algorithm>
#include <memory>

#include <fmt/format.h>

#include "store/journal/directory_files.h"
#include "store/journal/format.h"
#include "store/journal/log_scan.h"
#include "store/journal/snapshot_file.h"

namespace holdfast::store {
namespace {

constexpr size_t kStep = 256 << 10;
constexpr int kReadsMax = 1'000;

/// Writes the segments of the copy, one after the other.
class SegmentCopier {
 public:
  SegmentCopier(io::FileSystem& files, const std::string& from, const std::string& to)
      : files_(files), from_(from), to_(to) {}

  Status add(const ScannedGroup& group) {
    if (group.segment != number_) HF_TRY(begin(group.segment));
    HF_TRY(file_->write_at(group.offset, group.extent.data(), group.extent.size()));
    end_ = group.offset + group.extent.size();
    return {};
  }

  /// The segment in hand is whole: its size is the original's, zeros behind what was written.
  Status finish(bool room_to_write) {
    if (file_ == nullptr) return {};
    HF_TRY(file_->truncate(size_));
    const std::string zeros(kStep, '\0');
    for (uint64_t at = end_; room_to_write && at < size_; at += kStep)
      HF_TRY(file_->write_at(at, zeros.data(), std::min<uint64_t>(kStep, size_ - at)));
    HF_TRY(file_->sync_data());
    file_.reset();
    return {};
  }

  /// Begins segment `number` with the header of the original.
  Status begin(uint64_t number) {
    HF_TRY(finish(false));
    HF_ASSIGN(original, files_.open(from_ + "/" + segment_name(number), io::OpenMode::kRead));
    HF_ASSIGN(size, original->size());
    std::string header(kBlockBytes, '\0');
    HF_ASSIGN(got, original->read_at(0, header.data(), header.size()));
    HF_ASSIGN(file, files_.open(to_ + "/" + segment_name(number), io::OpenMode::kCreateNew));
    HF_TRY(file->write_at(0, header.data(), got));
    file_ = std::move(file);
    number_ = number;
    size_ = size;
    end_ = got;
    ++count_;
    return {};
  }
  /// A segment without a group.
  Status begin_empty(uint64_t number) {
    HF_TRY(begin(number));
    const std::string zeros(kBlockBytes, '\0');
    return file_->write_at(0, zeros.data(), zeros.size());
  }

  uint64_t count() const { return count_; }

 private:
  io::FileSystem& files_;
  const std::string from_, to_;
  std::unique_ptr<io::File> file_;
  uint64_t number_ = 0, size_ = 0, end_ = 0, count_ = 0;
};

/// Of a file that has its last content.
Status copy_finished_file(io::FileSystem& files, const std::string& from, const std::string& to) {
  HF_ASSIGN(original, files.open(from, io::OpenMode::kRead));
  HF_ASSIGN(copy, files.open(to, io::OpenMode::kCreateNew));
  std::string piece(kStep, '\0');
  for (uint64_t at = 0;; at += kStep) {
    HF_ASSIGN(got, original->read_at(at, piece.data(), kStep));
    HF_TRY(copy->write_at(at, piece.data(), got));
    if (got < kStep) return copy->sync_data();
  }
}

/// The newest one that verifies; it may be gone before it is copied: then there is none, and the
/// start of the copy replays.
Status copy_snapshot(io::FileSystem& files, const std::string& from, const std::string& to,
                     const LedgerIdentity& identity, Seq last_seq) {
  HF_ASSIGN(snapshots, list_snapshots(files, from));
  for (const Seq seq : snapshots) {
    if (seq > last_seq) continue;
    const std::string copy = to + "/" + snapshot_name(seq);
    const Status copied = copy_finished_file(files, from + "/" + snapshot_name(seq), copy);
    if (copied && verify_snapshot(files, copy, identity)) return {};
    if (!copied && copied.error().code == ErrorCode::kNoSpace) return copied;
    HF_ASSIGN(is_there, files.exists(copy));
    if (is_there) HF_TRY(files.remove(copy));
  }
  return {};
}

}  // namespace

Result<LogCopy> copy_log(io::FileSystem& files, const std::string& from, const std::string& to,
                         const CopyOptions& options) {
  HF_ASSIGN(identity, read_identity(files, from));
  if (!identity) return fail(ErrorCode::kIo, from + " holds no ledger");
  HF_ASSIGN(numbers, list_segments(files, from));
  LogScan scan(files, from, numbers, *identity, JournalGuards{});
  SegmentCopier segments(files, from, to);
  LogCopy copy;
  while (scan.end().last_seq < options.seq) {
    ScannedGroup group;
    HF_ASSIGN(outcome, scan.next(&group));
    if (outcome == ScanOutcome::kEnd || outcome == ScanOutcome::kTorn) {
      return fail(ErrorCode::kCursorInvalid,
                  fmt::format("the log in {} ends at seq {}, before seq {}", from,
                              scan.end().last_seq, options.seq));
    }
    const bool goes_beyond = outcome == ScanOutcome::kGroup && group.last_seq() > options.seq;
    if (goes_beyond && !options.to_group_end) break;
    HF_TRY(segments.add(group));
    copy.bytes += group.extent.size();
    if (outcome == ScanOutcome::kGroup) copy.last_seq = group.last_seq();
    if (options.on_bytes) options.on_bytes(copy.bytes);
  }
  if (segments.count() == 0 && !numbers.empty()) HF_TRY(segments.begin_empty(numbers.front()));
  HF_TRY(segments.finish(options.room_to_write));
  HF_TRY(copy_snapshot(files, from, to, *identity, copy.last_seq));
  HF_TRY(write_identity(files, to,
                        *identity));  // last: before it there is no ledger; flushes the names
  copy.identity = *identity;
  copy.segments = segments.count();
  return copy;
}

Result<Seq> last_seq_of(io::FileSystem& files, const std::string& directory) {
  HF_ASSIGN(identity, read_identity(files, directory));
  if (!identity) return fail(ErrorCode::kIo, directory + " holds no ledger");
  HF_TRY(refuse_unfinished_restore(files, directory));
  HF_TRY(refuse_unfinished_cut(files, directory));
  HF_ASSIGN(numbers, list_segments(files, directory));
  LogScan scan(files, directory, numbers, *identity, JournalGuards{});
  for (;;) {
    ScannedGroup group;
    HF_ASSIGN(outcome, scan.next(&group));
    if (outcome == ScanOutcome::kEnd || outcome == ScanOutcome::kTorn) return scan.end().last_seq;
  }
}

/// Two readings that are the same show no frame in the middle of being written.
Status copy_file(io::FileSystem& files, const std::string& from, const std::string& to) {
  HF_ASSIGN(bytes, read_whole_file(files, from));
  for (int reads = 1;; ++reads) {
    HF_ASSIGN(again, read_whole_file(files, from));
    if (again == bytes) break;
    if (reads == kReadsMax)
      return fail(ErrorCode::kIo, from + " changes faster than it can be read: try again");
    bytes = std::move(again);
  }
  HF_ASSIGN(file, files.open(to, io::OpenMode::kCreateNew));
  HF_TRY(file->write_at(0, bytes.data(), bytes.size()));
  return file->sync_data();
}

bool is_journal_file(const std::string& name) {
  return name == "LOCK" || name == "identity" || name == DurableMark::kName ||
         name.ends_with(".tmp") || name == kUnfinishedCutName || name == kUnfinishedRestoreName ||
         name == kResumeAwaitedName || name.starts_with("segment-") ||
         name.starts_with("snapshot-");
}

bool belongs_to_the_file_system(const std::string& name) { return name == "lost+found"; }

}  // namespace holdfast::store
