// The files the journal, the snapshots and the cursors see: POSIX calls as an interface, so that
// tests and the simulator can tear, lose, reorder and refuse.
//
// Errors are ErrorCode::kIo with path and errno text (kNoSpace for ENOSPC/EDQUOT, kInUse for a held
// lock). File is confined to one thread at a time; FileSystem is thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"

namespace holdfast::io {

class File {
 public:
  virtual ~File() = default;
  /// Writes all bytes or fails (a short write is continued; a second short write at 0 bytes is an
  /// error).
  virtual Status write_at(uint64_t offset, const void* data, size_t size) = 0;
  /// Reads up to `size` bytes; fewer only at the end of the file.
  virtual Result<size_t> read_at(uint64_t offset, void* data, size_t size) = 0;
  /// Data and what is needed to read it are durable on return (fdatasync).
  virtual Status sync_data() = 0;
  virtual Result<uint64_t> size() = 0;
  virtual Status truncate(uint64_t size) = 0;
  /// Takes room on the device for the first `size` bytes; size and contents stay as they are.
  /// kNoSpace: there is not so much. Where the file system cannot do that it does nothing, and
  /// writing will tell.
  virtual Status allocate(uint64_t size) = 0;
  /// The page cache forgets this file's clean pages: later reads come from the device.
  virtual Status drop_cache() = 0;
};

enum class OpenMode { kRead, kReadWrite, kCreateNew };

class FileSystem {
 public:
  virtual ~FileSystem() = default;
  virtual Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) = 0;
  virtual Status make_directories(const std::string& path) = 0;
  virtual Result<std::vector<std::string>> list(
      const std::string& directory) = 0;  ///< names, sorted
  virtual Result<bool> exists(const std::string& path) = 0;
  virtual Status rename(const std::string& from, const std::string& to) = 0;
  virtual Status remove(const std::string& path) = 0;
  virtual Status sync_directory(const std::string& path) = 0;
  /// Exclusive advisory lock, held until the returned object dies. kInUse when another process has
  /// it.
  class Lock {
   public:
    virtual ~Lock() = default;
  };
  virtual Result<std::unique_ptr<Lock>> lock(const std::string& path) = 0;
};

/// The operating system's. Thread-safe, stateless, lives for ever.
FileSystem& posix_file_system();

}  // namespace holdfast::io
