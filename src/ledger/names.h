// Names: text that is known for good (SKUs, locations, channels, sources) as 32-bit numbers in order of
// first mention. Only apply() adds; decide() only looks up.
//
// Confined to one thread. The views it gives live as long as it does.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "ledger/sharded_map.h"
#include "ledger/slab.h"

namespace holdfast::ledger {

class Names {
 public:
  explicit Names(uint64_t seed) : ids_(TextHash{seed}) {}

  /// kNoId when the text was never added.
  uint32_t find(std::string_view text) const;
  uint32_t add(std::string_view text);
  /// Gives the text this very number: loading a snapshot.
  void add_at(uint32_t id, std::string_view text);
  std::string_view text(uint32_t id) const { return texts_[id]; }
  uint32_t size() const { return texts_.size(); }

 private:
  std::string_view keep(std::string_view text);

  ShardedMap<std::string_view, uint32_t, TextHash> ids_;
  Slab<std::string_view> texts_;
  std::vector<std::unique_ptr<char[]>> blocks_;
  size_t block_left_ = 0;
  char* block_at_ = nullptr;
  // decide and apply ask for the same name one after the other
  mutable std::string_view last_text_;
  mutable uint32_t last_ = kNoId;
};

}  // namespace holdfast::ledger
