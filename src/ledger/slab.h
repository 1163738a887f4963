// Slab: numbered slots in fixed chunks. Growing never moves an element; a freed slot is used again.
//
// Used by the ledger's tables. Confined to one thread. Ids are dense, so a snapshot walks them in order.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace holdfast::ledger {

inline constexpr uint32_t kNoId = UINT32_MAX;

template <typename T>
class Slab {
 public:
  /// A fresh element in the lowest freed slot or at the end.
  uint32_t add() {
    uint32_t id;
    if (!free_.empty()) {
      id = free_.back();
      free_.pop_back();
    } else {
      id = size_++;
      if (id / kChunk == chunks_.size()) chunks_.push_back(std::make_unique<Chunk>());
    }
    cell(id).emplace();
    return id;
  }
  /// The element with that id, for loading: every slot below it exists afterwards, perhaps empty.
  T& add_at(uint32_t id) {
    while (size_ <= id) {
      if (size_ / kChunk == chunks_.size()) chunks_.push_back(std::make_unique<Chunk>());
      ++size_;
    }
    return cell(id).emplace();
  }
  void remove(uint32_t id) {
    cell(id).reset();
    free_.push_back(id);
  }
  bool has(uint32_t id) const { return id < size_ && cell(id).has_value(); }
  T& operator[](uint32_t id) { return *cell(id); }
  const T& operator[](uint32_t id) const { return *cell(id); }
  /// One past the highest slot ever used.
  uint32_t size() const { return size_; }

 private:
  static constexpr uint32_t kChunk = 1024;
  using Cell = std::optional<T>;
  using Chunk = std::array<Cell, kChunk>;
  Cell& cell(uint32_t id) { return (*chunks_[id / kChunk])[id % kChunk]; }
  const Cell& cell(uint32_t id) const { return (*chunks_[id / kChunk])[id % kChunk]; }

  std::vector<std::unique_ptr<Chunk>> chunks_;
  std::vector<uint32_t> free_;
  uint32_t size_ = 0;
};

}  // namespace holdfast::ledger
