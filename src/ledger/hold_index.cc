#include "ledger/hold_index.h"

#include <algorithm>

#include "model/generated_id.h"

namespace holdfast::ledger {

std::string generated_hold_id(uint32_t incarnation, Seq seq) {
  char text[kGeneratedIdBytesMax];
  return {text, print_generated_id({incarnation, seq}, text)};
}

std::optional<HoldIndex::Generated> HoldIndex::parse(std::string_view id) {
  const auto parsed = parse_generated_id(id);
  if (!parsed) return std::nullopt;
  return Generated{parsed->number, parsed->incarnation, kNoId};
}

/// The first place not before `wanted`. The newest holds are asked for most: from the end in
/// growing steps.
size_t HoldIndex::lower_bound(const Generated& wanted) const {
  const auto before = [](const Generated& a, const Generated& b) {
    return a.seq != b.seq ? a.seq < b.seq : a.incarnation < b.incarnation;
  };
  size_t high = generated_.size();
  if (high == 0 || before(generated_.back(), wanted)) return high;
  if (is_at(high - 1, wanted)) return high - 1;
  size_t low = high;
  for (size_t step = 1; low > 0 && !before(generated_[low - 1], wanted); step *= 2) {
    high = low - 1;
    low -= std::min(step, low);
  }
  const auto begin = generated_.begin();
  const auto found = std::lower_bound(begin + static_cast<ptrdiff_t>(low),
                                      begin + static_cast<ptrdiff_t>(high), wanted, before);
  return static_cast<size_t>(found - begin);
}

bool HoldIndex::is_at(size_t place, const Generated& wanted) const {
  return place < generated_.size() && generated_[place].seq == wanted.seq &&
         generated_[place].incarnation == wanted.incarnation;
}

uint32_t HoldIndex::find(std::string_view id) const {
  if (const auto wanted = parse(id)) {
    const size_t place = lower_bound(*wanted);
    return is_at(place, *wanted) ? generated_[place].hold : kNoId;
  }
  const uint32_t* found = chosen_.find(id);
  return found == nullptr ? kNoId : *found;
}

void HoldIndex::put(std::string_view id, uint32_t hold) {
  auto entry = parse(id);
  if (!entry) return chosen_.put(id, hold);
  entry->hold = hold;
  const size_t place = lower_bound(*entry);
  if (is_at(place, *entry)) {
    generated_[place].hold = hold;
  } else {  // at the end, but for a log whose ids do not follow its seqs
    generated_.insert(generated_.begin() + static_cast<ptrdiff_t>(place), *entry);
  }
}

void HoldIndex::erase(std::string_view id) {
  const auto wanted = parse(id);
  if (!wanted) return chosen_.erase(id);
  const size_t place = lower_bound(*wanted);
  if (is_at(place, *wanted)) generated_[place].hold = kNoId;
  while (!generated_.empty() && generated_.front().hold == kNoId) generated_.pop_front();
}

}  // namespace holdfast::ledger
