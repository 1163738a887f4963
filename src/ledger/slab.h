// Slab: numbered slots in fixed chunks. Growing never moves an element; a freed slot is used again.
//
// Used by the ledger's tables. Confined to one thread. Ids are dense, so a snapshot walks them in order.
// A chunk's memory is touched slot by slot as it fills, not all at once when it is made.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace holdfast::ledger {

inline constexpr uint32_t kNoId = UINT32_MAX;

template <typename T>
class Slab {
 public:
  Slab() = default;
  Slab(const Slab&) = delete;
  Slab& operator=(const Slab&) = delete;
  ~Slab() {
    for (uint32_t id = 0; id < size_; ++id) std::destroy_at(&cell(id));
  }

  /// A fresh element in the lowest freed slot or at the end.
  uint32_t add() {
    uint32_t id;
    if (!free_.empty()) {
      id = free_.back();
      free_.pop_back();
    } else {
      id = size_;
      grow();
    }
    cell(id).emplace();
    return id;
  }
  /// The element with that id, for loading: every slot below it exists afterwards, perhaps empty.
  T& add_at(uint32_t id) {
    while (size_ <= id) grow();
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
  struct alignas(Cell) Chunk {
    std::byte cells[kChunk * sizeof(Cell)];  ///< those below size_ are alive
  };
  /// One more slot, empty.
  void grow() {
    if (size_ / kChunk == chunks_.size()) {
      chunks_.push_back(std::make_unique_for_overwrite<Chunk>());
    }
    std::construct_at(&cell(size_));
    ++size_;
  }
  Cell& cell(uint32_t id) const {
    return reinterpret_cast<Cell*>(chunks_[id / kChunk]->cells)[id % kChunk];
  }

  std::vector<std::unique_ptr<Chunk>> chunks_;
  std::vector<uint32_t> free_;
  uint32_t size_ = 0;
};

}  // namespace holdfast::ledger
