// Copies of a ledger's log: out of a directory that may be in use (backup), and into a new one
// (restore).
//
// Used by app. Segments are only ever appended to and never recycled, so everything up to a seq
// that was durable can be read while a server goes on writing behind it. Every group is verified on
// the way. Blocks on the disk; stateless.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"
#include "io/file_system.h"
#include "store/event_store.h"

namespace holdfast::store {

struct LogCopy {
  LedgerIdentity identity;  ///< as it stood there; `restored` is left empty
  Seq last_seq = 0;         ///< of the last group copied
  uint64_t segments = 0;
  uint64_t bytes = 0;  ///< of groups
};

struct CopyOptions {
  Seq seq = 0;                ///< up to it …
  bool to_group_end = false;  ///< … and the rest of its group; else no group that goes beyond it
  bool room_to_write =
      false;  ///< the last segment gets all its bytes on the device, not only its content
  std::function<void(uint64_t bytes)> on_bytes;  ///< so many so far; may be empty
};

/// Copies identity, log, and the newest snapshot that is not beyond the copy. REQUIRES: `to` exists
/// and holds no ledger; `options.seq` is durable in `from`. Durable on return, the name of `to`
/// aside. kCorrupt: the log does not verify; kCursorInvalid: it ends before `seq`.
Result<LogCopy> copy_log(io::FileSystem& files, const std::string& from, const std::string& to,
                         const CopyOptions& options);

/// The last seq of a log that nobody writes, torn tail aside. REQUIRES: the lock is held.
Result<Seq> last_seq_of(io::FileSystem& files, const std::string& directory);

/// Copies a file that may be appended to meanwhile, or be replaced by another one of its name.
Status copy_file(io::FileSystem& files, const std::string& from, const std::string& to);

/// True for what the journal itself keeps in a data directory; other files are of feed, intake and
/// others.
bool is_journal_file(const std::string& name);
/// What a fresh file system puts into its top directory: no content of ours or of anybody's.
bool belongs_to_the_file_system(const std::string& name);

}  // namespace holdfast::store
