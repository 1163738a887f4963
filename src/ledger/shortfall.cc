#include "ledger/shortfall.h"

#include <algorithm>

namespace holdfast::ledger {
namespace {

/// Adds a name, or its units to the last one (two lines of one hold); past the limit only counts.
void name_it(std::vector<std::pair<std::string, int64_t>>* names, std::string name, int64_t units,
             size_t names_max, ShortfallDetail* detail) {
  if (!names->empty() && names->back().first == name) {
    names->back().second += units;
  } else if (detail->holds.size() + detail->orders.size() < names_max) {
    names->emplace_back(std::move(name), units);
  } else {
    ++detail->more;
  }
}

}  // namespace

ShortfallDetail endangered_at(const State& state, const Position& position, size_t names_max) {
  names_max = std::min(names_max, limits::kShortfallNamesMax);
  size_t looks = kShortfallLookedAtMax;
  ShortfallDetail detail;
  detail.missing = position.tracked ? std::max<int64_t>(0, -position.available()) : 0;
  int64_t left = detail.missing;
  for (ChainRef ref = position.holds.newest; left > 0 && !ref.none() && looks > 0; --looks) {
    const HoldLine& line = state.hold_line(ref);
    const int64_t units = std::min(left, line.remaining);
    name_it(&detail.holds, state.holds[ref.record].id, units, names_max, &detail);
    left -= units;
    ref = line.links.older;
  }
  for (ChainRef ref = position.orders.newest; left > 0 && !ref.none() && looks > 0; --looks) {
    const Commitment& commitment = state.commitment(ref);
    const Order& order = state.orders[ref.record];
    const int64_t units = std::min(left, commitment.units);
    name_it(&detail.orders, std::string(state.channel_name(order.channel)) + "/" + order.order,
            units, names_max, &detail);
    left -= units;
    ref = commitment.links.older;
  }
  return detail;
}

/// Units held at the position by lines that came after this one. Looks both ways at once and knows
/// the sum of all, so that it is quick for the newest and the oldest, which is where most questions
/// are about; may stop once they are `enough`.
static int64_t units_after(const State& state, const Position& position, const ChainRef& ref,
                           int64_t enough) {
  const HoldLine& own = state.hold_line(ref);
  int64_t newer = 0;
  int64_t not_older = position.balance(Account::kHeld) - own.remaining;
  ChainRef up = own.links.newer, down = own.links.older;
  while (!up.none() && newer < enough) {
    if (down.none()) return not_older;
    const HoldLine& above = state.hold_line(up);
    const HoldLine& below = state.hold_line(down);
    newer += above.remaining;
    not_older -= below.remaining;
    up = above.links.newer;
    down = below.links.older;
  }
  return newer;
}

int64_t endangered_of(const State& state, uint32_t id) {
  int64_t endangered = 0;
  const Hold& hold = state.holds[id];
  for (size_t i = 0; i < hold.lines.size(); ++i) {
    const HoldLine& line = hold.lines[i];
    if (line.remaining == 0) continue;
    const Position* position = state.position(line.sku, line.location);
    if (!position->tracked || position->available() >= 0) continue;
    const int64_t missing = -position->available();
    if (missing >= position->balance(Account::kHeld)) {  // every cart is
      endangered += line.remaining;
      continue;
    }
    const int64_t left =
        missing - units_after(state, *position, {id, static_cast<uint16_t>(i), 0}, missing);
    endangered += std::clamp<int64_t>(left, 0, line.remaining);
  }
  return endangered;
}

}  // namespace holdfast::ledger
