// Brings a data directory back to what was acknowledged: journal-format.md, "Recovery, step by
// step". Used by Journal::open. Confined to one thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "store/journal/directory_files.h"
#include "store/journal/journal.h"
#include "store/journal/log_index.h"
#include "store/journal/log_scan.h"
#include "store/sku_chains.h"

namespace holdfast::store {

struct Recovered {
  LogEnd end;
  Recovery report;
  std::vector<Restore> restored;  ///< the `ledger.restored` events
};

/// What the log must reach, by what others remember of it.
struct KnownDurable {
  std::optional<MarkedPoint> mark;
  Seq cursor_seq = 0;
};

/// Removes what a process that is gone left under temporary names.
Status remove_temporaries(io::FileSystem& files, const std::string& directory);

/// Flushes the last segments and has all of them read from the device from now on.
Status get_past_the_cache(io::FileSystem& files, const std::string& directory,
                          const std::vector<uint64_t>& numbers);

/// REQUIRES: the lock is held. Fills index and chains. Reads only: a torn tail is reported, and
/// stays until cut_torn_tail().
Result<Recovered> recover_log(io::FileSystem& files, const std::string& directory,
                              const LedgerIdentity& identity, const JournalGuards& guards,
                              const KnownDurable& known, LogIndex& index, SkuChains& chains);

/// Zeroes and flushes the torn tail, if there is one, so that the next group starts on zeros.
/// REQUIRES: everything that could name an event of it was asked (mark, cursors, snapshots).
Status cut_torn_tail(io::FileSystem& files, const Recovery& report);

/// Unmasks and decodes the group a scan gave; adds its events to `chains`. Null when malformed. A
/// `ledger.restored` among them is added to *restored, if that is given.
std::shared_ptr<GroupView> decode_scanned(const ScannedGroup& group, SkuChains& chains,
                                          std::vector<Restore>* restored = nullptr);

/// Overwrites what is not zero in [offset, offset + bytes) of a segment with zeros and flushes it.
Status zero_range(io::FileSystem& files, const std::string& path, uint64_t offset, uint64_t bytes);

}  // namespace holdfast::store
