// The two small files beside the segments: who the ledger is, and a seq known to be durable.
// Used by Journal. Confined to one thread each.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/hash.h"
#include "base/result.h"
#include "io/file_system.h"
#include "store/event_store.h"

namespace holdfast::store {

/// Writes bytes under a temporary name, flushes, renames, flushes the directory.
Status write_whole_file(io::FileSystem& files, const std::string& directory,
                        const std::string& name, std::string_view bytes);
Result<std::string> read_whole_file(io::FileSystem& files, const std::string& path);

/// nullopt: there is none. kWrongVersion, kCorrupt.
Result<std::optional<LedgerIdentity>> read_identity(io::FileSystem& files,
                                                    const std::string& directory);
Status write_identity(io::FileSystem& files, const std::string& directory,
                      const LedgerIdentity& identity);

/// There while Journal::truncate_at is at work: holds the seq behind which it cuts. A directory
/// with it is cut again before anything else.
inline constexpr const char* kUnfinishedCutName = "cut.unfinished";
/// kCorrupt with the remedy when a cut was begun and not finished.
Status refuse_unfinished_cut(io::FileSystem& files, const std::string& directory);

/// There while restore_log is at work. A directory with it is no ledger yet.
inline constexpr const char* kUnfinishedRestoreName = "restore.unfinished";
/// kCorrupt with the remedy when a restore was begun and not finished.
Status refuse_unfinished_restore(io::FileSystem& files, const std::string& directory);

/// There from a restore or a cut on until `holdfast resume`: sinks and sources start paused.
inline constexpr const char* kResumeAwaitedName = "resume.awaited";

/// A group known to be durable: the log must reach it, with this hash.
struct MarkedPoint {
  Seq seq = 0;
  Hash128 chain_hash;
};

class DurableMark {
 public:
  static constexpr const char* kName = "durable.mark";

  /// Opens or makes the file and reads the better of its slots. Full disk and no file: works
  /// without.
  static Result<DurableMark> open(io::FileSystem& files, const std::string& directory);
  /// Reads it where there is one and makes nothing; write() does nothing then.
  static Result<DurableMark> read(io::FileSystem& files, const std::string& directory);
  /// nullopt: nothing was marked yet.
  const std::optional<MarkedPoint>& point() const { return point_; }
  /// Writes the other slot and flushes it.
  Status write(const MarkedPoint& point);
  /// Writes no more: after a failed flush nothing is known about the file, and a mark only checks.
  void give_up() { file_.reset(); }

 private:
  Status load(io::File& file);

  std::unique_ptr<io::File> file_;
  std::optional<MarkedPoint> point_;
  uint64_t counter_ = 0;
};

}  // namespace holdfast::store
