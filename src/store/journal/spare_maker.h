// Makes the next segment ahead of need: temporary name, room for all of it, zeros in small flushed
// steps, rename, directory fsync. A state machine: one step per call, so that a thread can pace it
// and a test can run it by hand.
//
// Used by Journal's helper. Confined to one thread at a time.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "io/file_system.h"

namespace holdfast::store {

class SpareMaker {
 public:
  static constexpr size_t kStepBytes = 256 << 10;

  SpareMaker(io::FileSystem& files, std::string directory, uint64_t segment_bytes)
      : files_(files), directory_(std::move(directory)), segment_bytes_(segment_bytes) {}

  /// One step towards segment `number`; true once it lies there, whole and durable. After kNoSpace
  /// what was begun is removed and the next call starts afresh; any other error is final.
  Result<bool> step(uint64_t number);

 private:
  Status begin(uint64_t number);
  Status fill();
  Status finish(uint64_t number);
  void discard(uint64_t number);

  io::FileSystem& files_;
  const std::string directory_;
  const uint64_t segment_bytes_;
  std::unique_ptr<io::File> file_;
  uint64_t filled_ = 0;
};

}  // namespace holdfast::store
