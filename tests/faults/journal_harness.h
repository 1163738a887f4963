// A small journal on a failing file system, and the one question asked of it after every fault: is
// exactly the acknowledged prefix there, plus at most an unacknowledged tail?
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "io/memory_file_system.h"
#include "store/journal/journal.h"

namespace holdfast::store {

inline constexpr const char* kDirectory = "/data";
inline constexpr const char* kFirstSegment = "/data/segment-0000000001.log";

/// What a writer tried and what it was told.
struct Attempt {
  std::vector<std::string> tried;  ///< keys in the order in which they were flushed
  size_t acknowledged = 0;         ///< how many of them flush_group and durable_seq confirmed
  std::optional<Error> error;      ///< of the first call that failed
};

JournalOptions small_options(JournalGuards guards = {});

/// Opens the journal and writes `keys`, one group each of `events` events; stops at the first
/// error. `helper` does the helper's work after each (spare ahead of need, durable.mark); without
/// it spares are made when they are needed and nothing is marked, as in a ledger's first second.
Attempt write_groups(io::MemoryFileSystem& files, const std::vector<std::string>& keys,
                     JournalGuards guards = {}, bool helper = false, size_t events = 1);

/// Keys of all commands after opening, or the error.
Result<std::vector<std::string>> reopen(io::MemoryFileSystem& files, JournalGuards guards = {});

/// Empty if `keys` is what may be there after `attempt`; else what is wrong.
std::string check_prefix(const Attempt& attempt, const std::vector<std::string>& keys);

/// Opens after a crash, checks the prefix, cuts the power at once (what was served must stay),
/// writes another group, checks again. Empty = all is well.
std::string check_recovery(io::MemoryFileSystem& files, const Attempt& attempt,
                           JournalGuards guards = {});

/// Opens what a killed process left (its page cache and its names are still there), writes another
/// group and cuts the power: nothing acknowledged before or after may rest on what only the killed
/// process knew.
std::string check_goes_on(io::MemoryFileSystem& files, const Attempt& attempt, bool helper);

/// Calls `check` with a copy of `files` after each power cut that keeps another subset of the
/// unsynced sectors and another prefix of the name changes. Above `exhaustive_max` sectors:
/// `samples` subsets by seed, with all, none and each single one missing among them. Returns the
/// first complaint.
std::string for_each_power_cut(const io::MemoryFileSystem& files,
                               const std::function<std::string(io::MemoryFileSystem&)>& check,
                               size_t exhaustive_max = 8, size_t samples = 300);

std::vector<std::string> numbered_keys(size_t count, const std::string& prefix = "key-");

}  // namespace holdfast::store
