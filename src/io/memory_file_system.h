// A file system in memory that fails on purpose: page cache and device apart at sectors of 512
// bytes, power cuts that keep any subset of what was not flushed, kills that keep the cache, errors
// at any call.
//
// Used by tests and the simulator. Thread-safe. Deterministic: it does what it is told, nothing by
// chance. A kill or a power cut makes every open file and lock useless, as the end of a process
// does.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "io/file_system.h"

namespace holdfast::io {

class MemoryFileSystem final : public FileSystem {
 public:
  static constexpr size_t kSectorBytes = 512;

  MemoryFileSystem();
  ~MemoryFileSystem() override;

  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override;
  Status make_directories(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& directory) override;
  Result<bool> exists(const std::string& path) override;
  Status rename(const std::string& from, const std::string& to) override;
  Status remove(const std::string& path) override;
  Status sync_directory(const std::string& path) override;
  Result<std::unique_ptr<Lock>> lock(const std::string& path) override;

  // ---- crashes ----
  /// The process dies: open files and locks are useless, the page cache stays.
  void kill();
  struct Sector {
    std::string path;
    uint64_t index = 0;
  };
  /// Sectors that differ between cache and device and are waiting to be written, in (path, index)
  /// order.
  std::vector<Sector> unsynced_sectors() const;
  /// Changes of names (create, rename, remove) since their directory was last flushed, oldest
  /// first.
  size_t unsynced_names() const;
  /// Power goes: of unsynced_sectors() only those with keep[i] reach the device, of the name
  /// changes the first `names`; the rest of the cache is gone. Missing entries of `keep` count as
  /// false.
  void power_cut(const std::vector<bool>& keep, size_t names);

  // ---- faults ----
  enum class Fault {
    kError,       ///< EIO, nothing done
    kShortWrite,  ///< writes: half is written, then EIO; other calls: as kError
    kFailedSync,  ///< flushes: EIO, and the pages count as clean without having been written
    kNoSpace,     ///< ENOSPC, nothing done
    kPowerOff,    ///< this and every later call fails, until kill() or power_cut()
  };
  /// Makes the call with this number (from 1, counted since construction or reset_calls) fail once.
  void fail_call(uint64_t number, Fault fault);
  void reset_calls();
  uint64_t calls() const;
  /// Room for file data in all; what would exceed it fails with ENOSPC. 0 = no limit.
  void set_capacity(uint64_t bytes);
  /// False: allocate() does nothing, as on a file system that cannot.
  void set_can_allocate(bool can);

  // ---- the device ----
  std::unique_ptr<MemoryFileSystem> clone() const;
  void flip_bit(const std::string& path, uint64_t bit);
  void overwrite(const std::string& path, uint64_t offset, std::string_view bytes);
  std::string contents(const std::string& path) const;  ///< as a reader sees it

 private:
  struct Node;
  struct NameChange;
  class MemoryFile;
  class MemoryLock;

  /// Counts a call; the error it shall fail with, if any. REQUIRES: mutex_ held.
  std::optional<Fault> count_call();
  Status check_call(const char* what, const std::string& path);
  uint64_t used_bytes() const;
  Node* find(const std::string& path) const;

  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Node>> names_;          // as the process sees them
  std::map<std::string, std::shared_ptr<Node>> durable_names_;  // as the device has them
  std::vector<NameChange> name_changes_;
  std::set<std::string> directories_;
  std::set<std::string> locked_;
  uint64_t generation_ = 0;
  uint64_t calls_ = 0;
  std::map<uint64_t, Fault> faults_;
  bool is_off_ = false;
  uint64_t capacity_ = 0;
  bool can_allocate_ = true;
};

}  // namespace holdfast::io
