// A small append-only file of checksummed records, for state that is written beside the journal:
// feed cursors, parked deliveries. One append = one frame = one flush; whole frames come back or
// none.
//
// Used by feed and intake. Confined to one thread at a time; the FileSystem outlives it.
//
// Layout (little-endian), in sectors of 512 bytes. First the head: "HFRECORD", u32 version = 2, u32
// crc of the purpose, purpose (48 bytes, zero-padded), 0xA5 to the end. Then frames, each starting
// on a sector: "HFF2", u32 size, u32 crc of the payload, u32 crc of the 12 bytes before, payload;
// laid into the 511 last bytes of its sectors (the first is 0x5A where a frame starts, 0xA5 where
// it goes on), 0xA5 behind the payload.
//
// So no sector of a frame is all zeros, nor one bit away from it, and no sector holds parts of two.
// Behind the last whole frame there is a torn one, which is cut at open, only if the file is too
// short for it or a sector of it is still all zeros, and nothing follows. Everything else is
// corruption: a flipped bit in the last acknowledged frame is not mistaken for a frame that never
// was.
//
// open() flushes, drops the page cache and reads again, and flushes the directory: what a killed
// process left in memory only is durable before anybody is told that it is there. Room is taken 1
// MiB ahead, so that appending goes on for a while on a full disk.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "io/file_system.h"
#include "io/record_log.h"

namespace holdfast::io {

class RecordFile final : public RecordLog {
 public:
  static constexpr size_t kFrameBytesMax = 256u << 20;
  static constexpr uint64_t kAheadBytes = 1 << 20;

  /// Opens or makes `path` and visits every payload, oldest first. `purpose` (≤ 48 bytes) names
  /// what the file is and whose: another one is kWrongVersion. kCorrupt: acknowledged bytes do not
  /// verify.
  static Result<std::unique_ptr<RecordFile>> open(
      FileSystem& files, const std::string& path, std::string_view purpose,
      const RecordVisitor& visit);
  /// The same, for who opens it. `files` outlives what is opened.
  static OpenRecords opener(FileSystem& files, std::string path, std::string purpose);

  /// Durable on return. After an error nothing is promised about this frame; earlier ones stand,
  /// and the next append tries to cut what was left of it first.
  Status append(std::string_view payload) override;
  /// The file now holds this one frame (another file takes its name at once). After an error the
  /// old content stands, or the new; appending goes on in that one.
  Status replace(std::string_view payload) override;
  uint64_t bytes() const override { return end_; }

 private:
  RecordFile(FileSystem& files, std::string path, std::string purpose)
      : files_(files), path_(std::move(path)), purpose_(std::move(purpose)) {}
  Status create(std::string_view payload);
  Status load(const RecordVisitor& visit);
  Status load_frames(std::string_view bytes, const RecordVisitor& visit);
  Status take_room(uint64_t end);
  Status sync_name();

  FileSystem& files_;
  std::string path_;
  std::string purpose_;
  std::unique_ptr<File> file_;
  uint64_t end_ = 0;
  uint64_t room_ = 0;            ///< taken on the device
  bool owes_directory_ = false;  ///< the name of this file may not be durable yet
  bool dirty_tail_ = false;      ///< a failed append may have left bytes behind end_
};

}  // namespace holdfast::io
