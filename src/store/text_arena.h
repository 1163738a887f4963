// Text that is not in the log bytes as such (UUID keys, generated hold ids), kept until the arena is
// cleared. Used by the event codec. Confined to one thread; views live until clear() or destruction.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

namespace holdfast::store {

class TextArena {
 public:
  /// Room for `size` bytes (≤ kChunkBytes).
  char* take(size_t size) {
    if (chunk_ == chunks_.size() || used_ + size > kChunkBytes) next_chunk();
    char* room = chunks_[chunk_].get() + used_;
    used_ += size;
    return room;
  }
  /// Forgets everything, keeps the memory.
  void clear() {
    chunk_ = 0;
    used_ = 0;
  }

  static constexpr size_t kChunkBytes = 16 << 10;

 private:
  void next_chunk() {
    if (chunk_ < chunks_.size() && used_ > 0) ++chunk_;
    if (chunk_ == chunks_.size()) chunks_.push_back(std::make_unique_for_overwrite<char[]>(kChunkBytes));
    used_ = 0;
  }

  std::vector<std::unique_ptr<char[]>> chunks_;
  size_t chunk_ = 0;
  size_t used_ = 0;
};

}  // namespace holdfast::store
