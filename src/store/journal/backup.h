// Backup and restore of a data directory as a whole. docs/backup-and-restore.md, journal-format.md
// "Restoring".
//
// Used by app. Blocks on the disk; stateless.
#pragma once

#include <functional>
#include <string>

#include "base/result.h"
#include "io/file_system.h"
#include "store/journal/copy.h"

namespace holdfast::store {

/// Written last into a backup: without it there is none.
inline constexpr const char* kBackupName = "backup.json";
/// The server's configuration as it was then; for people, never restored.
inline constexpr const char* kBackupConfigName = "holdfast.toml";

struct BackupOptions {
  /// Asked when another process has the directory open: a seq that is durable there now.
  std::function<Result<Seq>(const LedgerIdentity&)> ask_holder;
  std::function<void(uint64_t bytes)> on_bytes;  ///< of groups copied so far; may be empty
};

/// Copies the ledger in `from` to `to`, a new or empty directory: everything that was durable at
/// some moment after the call, and what feed, intake and others keep, as of before that moment, so
/// that no cursor names more than the log has. The caller finishes it with kBackupName. kIo: `from`
/// holds no ledger, `to` is not empty.
Result<LogCopy> backup_directory(io::FileSystem& files, const std::string& from,
                                 const std::string& to, const BackupOptions& options);

struct RestoreOptions {
  Seq seq = 0;                     ///< what lies beyond is given up
  uint32_t incarnation_above = 0;  ///< the new one is beyond it, and beyond the backup's
  std::function<void(uint64_t bytes)> on_bytes;
};

/// Makes a data directory of a finished backup: the log up to the last group that ends at or before
/// `options.seq`, then `ledger.restored` in the next incarnation; sinks and sources are to start
/// paused. `to` is a new or empty directory that no process has open; a crash in between leaves one
/// that is refused. Returns what was kept; its identity is the backup's. kIo, kInUse, kCorrupt,
/// kCursorInvalid.
Result<LogCopy> restore_directory(io::FileSystem& files, const std::string& from,
                                  const std::string& to, const RestoreOptions& options);

}  // namespace holdfast::store
