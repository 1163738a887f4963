#include "ledger/names.h"

#include <cstring>

namespace holdfast::ledger {

uint32_t Names::find(std::string_view text) const {
  if (last_ != kNoId && last_text_ == text) return last_;
  const uint32_t* id = ids_.find(text);
  if (id == nullptr) return kNoId;
  last_ = *id;
  last_text_ = texts_[last_];
  return last_;
}

uint32_t Names::add(std::string_view text) {
  if (const uint32_t known = find(text); known != kNoId) return known;
  const std::string_view kept = keep(text);
  const uint32_t id = texts_.add();
  texts_[id] = kept;
  ids_.put(kept, id);
  return id;
}

void Names::add_at(uint32_t id, std::string_view text) {
  const std::string_view kept = keep(text);
  texts_.add_at(id) = kept;
  ids_.put(kept, id);
}

std::string_view Names::keep(std::string_view text) {
  constexpr size_t kBlock = 64 << 10;
  if (text.size() > block_left_) {
    const size_t size = text.size() > kBlock ? text.size() : kBlock;
    blocks_.push_back(std::make_unique<char[]>(size));
    block_at_ = blocks_.back().get();
    block_left_ = size;
  }
  if (!text.empty()) std::memcpy(block_at_, text.data(), text.size());
  const std::string_view kept(block_at_, text.size());
  block_at_ += text.size();
  block_left_ -= text.size();
  return kept;
}

}  // namespace holdfast::ledger
