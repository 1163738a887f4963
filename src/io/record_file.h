// A small append-only file of checksummed records, for state that is written beside the journal: feed
// cursors, parked deliveries. One append = one frame = one flush; whole frames come back or none.
//
// Used by feed and intake. Confined to one thread at a time; the FileSystem outlives it.
//
// Layout (little-endian): a head of 64 bytes: "HFRECORD", u32 version = 1, u32 crc of the purpose,
// purpose (48 bytes, zero-padded); then frames: u32 size, u32 crc32c(size, payload), payload.
// A torn last frame is cut at open; a bad frame with a good one behind it is corruption.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "io/file_system.h"

namespace holdfast::io {

class RecordFile {
 public:
  static constexpr size_t kFrameBytesMax = 256u << 20;

  /// Opens or makes `path` and visits every payload, oldest first. `purpose` (≤ 48 bytes) names what the
  /// file is and whose: another one is kWrongVersion. kCorrupt: acknowledged bytes do not verify.
  static Result<std::unique_ptr<RecordFile>> open(
      FileSystem& files, const std::string& path, std::string_view purpose,
      const std::function<void(std::string_view payload)>& visit);

  /// Durable on return. After an error nothing is promised about this frame; earlier ones stand, and the
  /// next append tries to cut what was left of it first.
  Status append(std::string_view payload);
  /// The file now holds this one frame (another file takes its name at once). After an error the old
  /// content stands.
  Status replace(std::string_view payload);
  uint64_t bytes() const { return end_; }

 private:
  RecordFile(FileSystem& files, std::string path, std::string purpose)
      : files_(files), path_(std::move(path)), purpose_(std::move(purpose)) {}
  Status create(std::string_view payload);
  Status load(const std::function<void(std::string_view)>& visit);
  Status load_frames(std::string_view bytes, const std::function<void(std::string_view)>& visit);

  FileSystem& files_;
  std::string path_;
  std::string purpose_;
  std::unique_ptr<File> file_;
  uint64_t end_ = 0;
  bool dirty_tail_ = false;  ///< a failed append may have left bytes behind end_
};

}  // namespace holdfast::io
