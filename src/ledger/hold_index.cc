#include "ledger/hold_index.h"

#include <algorithm>
#include <charconv>
#include <tuple>

namespace holdfast::ledger {
namespace {

/// A number as the ledger writes it: digits, no leading zero, in range.
template <typename Number>
bool read_number(std::string_view text, Number* out) {
  if (text.empty() || (text.size() > 1 && text.front() == '0')) return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *out);
  return error == std::errc{} && end == text.data() + text.size();
}

}  // namespace

std::string generated_hold_id(uint32_t incarnation, Seq seq) {
  return "h_" + std::to_string(incarnation) + "_" + std::to_string(seq);
}

std::optional<HoldIndex::Generated> HoldIndex::parse(std::string_view id) {
  if (!id.starts_with("h_")) return std::nullopt;
  const size_t second = id.find('_', 2);
  if (second == std::string_view::npos) return std::nullopt;
  Generated out;
  if (!read_number(id.substr(2, second - 2), &out.incarnation)) return std::nullopt;
  if (!read_number(id.substr(second + 1), &out.seq)) return std::nullopt;
  return out;
}

/// The first place not before `wanted`. The newest holds are asked for most: from the end in
/// growing steps.
size_t HoldIndex::lower_bound(const Generated& wanted) const {
  const auto before = [](const Generated& a, const Generated& b) {
    return std::tie(a.seq, a.incarnation) < std::tie(b.seq, b.incarnation);
  };
  size_t high = generated_.size();
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
