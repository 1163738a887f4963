// Brings a data directory back to what was acknowledged: journal-format.md, "Recovery, step by step".
// Used by Journal::open. Confined to one thread.
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
};

/// REQUIRES: the lock is held. Fills index and chains; leaves the segments ready to be written.
Result<Recovered> recover_log(io::FileSystem& files, const std::string& directory,
                              const LedgerIdentity& identity, const JournalOptions& options,
                              const std::optional<MarkedPoint>& mark, LogIndex& index, SkuChains& chains);

/// Unmasks and decodes the group a scan gave; adds its events to `chains`. Null when malformed.
std::shared_ptr<GroupView> decode_scanned(const ScannedGroup& group, SkuChains& chains);

/// Overwrites what is not zero in [offset, offset + bytes) of a segment with zeros and flushes it.
Status zero_range(io::FileSystem& files, const std::string& path, uint64_t offset, uint64_t bytes);

}  // namespace holdfast::store
