#include "ledger/check.h"

#include <fmt/format.h>

#include <map>
#include <set>

namespace holdfast::ledger {
namespace {

__extension__ using Wide = __int128;  // sums of many int64 do not overflow it

using Place = std::pair<SkuId, LocationId>;

std::string check_sku(const State& state, SkuId id) {
  const Sku& sku = state.skus[id];
  Wide sum = static_cast<Wide>(sku.supplier) + sku.customer + sku.adjustment;
  for (const Position& position : sku.positions) {
    for (size_t account = 0; account < position.balances.size(); ++account) {
      const int64_t balance = position.balances[account];
      sum += balance;
      if (account > 0 && balance < 0) {
        return fmt::format("{} at {}: {} is {}, below zero", state.sku_name(id),
                           state.location_name(position.location),
                           name_of(static_cast<Account>(account + 1)), balance);
      }
    }
  }
  if (sum == 0) return {};
  return fmt::format("{}: the accounts sum to {}, not to 0", state.sku_name(id),
                     static_cast<int64_t>(sum));
}

std::string check_hold(const State& state, const Hold& hold, std::map<Place, int64_t>* held) {
  int64_t remaining = 0;
  for (const HoldLine& line : hold.lines) {
    remaining += line.remaining;
    (*held)[{line.sku, line.location}] += line.remaining;
    if (line.quantity == line.remaining + line.committed + line.released + line.expired) continue;
    return fmt::format("hold {}: {} of {} do not add up", hold.id, line.quantity,
                       state.sku_name(line.sku));
  }
  if (remaining == hold.remaining) return {};
  return fmt::format("hold {}: its lines have {} left, it says {}", hold.id, remaining,
                     hold.remaining);
}

/// What the quota per name and SKU is held against.
std::string check_held_by(const State& state) {
  std::map<std::pair<SkuId, SourceId>, uint32_t> counted;
  for (uint32_t id = 0; id < state.holds.size(); ++id) {
    if (!state.holds.has(id)) continue;
    std::set<SkuId> skus;
    for (const HoldLine& line : state.holds[id].lines) {
      if (line.remaining > 0) skus.insert(line.sku);
    }
    for (const SkuId sku : skus) ++counted[{sku, state.holds[id].placed_by}];
  }
  for (SkuId id = 0; id < state.skus.size(); ++id) {
    for (const HeldBy& by : state.skus[id].held_by) {
      const auto found = counted.find({id, by.source});
      const uint32_t holds = found == counted.end() ? 0 : found->second;
      if (found != counted.end()) counted.erase(found);
      if (holds == by.holds) continue;
      return fmt::format("{}: {} has {} open holds of it, it says {}", state.sku_name(id),
                         state.source_names.text(by.source), holds, by.holds);
    }
  }
  if (counted.empty()) return {};
  return fmt::format("{}: open holds that it does not count",
                     state.sku_name(counted.begin()->first.first));
}

std::string check_order(const Order& order, std::map<Place, int64_t>* committed) {
  int64_t sum = 0;
  for (const OrderSku& part : order.skus) {
    for (const Commitment& commitment : part.commitments) {
      if (commitment.units < 0) return fmt::format("order {}: committed below zero", order.order);
      sum += commitment.units;
      (*committed)[{part.sku, commitment.location}] += commitment.units;
    }
  }
  if (sum == order.committed) return {};
  return fmt::format("order {}: its SKUs have {} committed, it says {}", order.order, sum,
                     order.committed);
}

std::string check_positions(const State& state, const std::map<Place, int64_t>& sums,
                            Account account, std::string_view whose) {
  for (SkuId id = 0; id < state.skus.size(); ++id) {
    for (const Position& position : state.skus[id].positions) {
      const auto sum = sums.find({id, position.location});
      const int64_t units = sum == sums.end() ? 0 : sum->second;
      if (units == position.balance(account)) continue;
      return fmt::format("{} at {}: {} is {}, its {} have {}", state.sku_name(id),
                         state.location_name(position.location), name_of(account),
                         position.balance(account), whose, units);
    }
  }
  return {};
}

}  // namespace

std::string check_books(const State& state) {
  std::map<Place, int64_t> held, committed, incoming, in_transit;
  for (SkuId id = 0; id < state.skus.size(); ++id) {
    if (std::string wrong = check_sku(state, id); !wrong.empty()) return wrong;
  }
  for (uint32_t id = 0; id < state.holds.size(); ++id) {
    if (!state.holds.has(id)) continue;
    if (std::string wrong = check_hold(state, state.holds[id], &held); !wrong.empty()) return wrong;
  }
  if (std::string wrong = check_held_by(state); !wrong.empty()) return wrong;
  for (uint32_t id = 0; id < state.orders.size(); ++id) {
    if (!state.orders.has(id)) continue;
    std::string wrong = check_order(state.orders[id], &committed);
    if (!wrong.empty()) return wrong;
  }
  for (uint32_t id = 0; id < state.references.size(); ++id) {
    if (!state.references.has(id)) continue;
    const Reference& reference = state.references[id];
    for (const ReferenceLine& line : reference.lines) {
      auto& sums = reference.kind == ReferenceKind::kTransfer ? in_transit : incoming;
      if (line.open != 0) sums[{line.sku, line.location}] += line.open;
    }
  }
  struct Part {
    const std::map<Place, int64_t>& sums;
    Account account;
    std::string_view whose;
  };
  for (const Part& part : {Part{held, Account::kHeld, "holds"},
                           Part{committed, Account::kCommitted, "orders"},
                           Part{incoming, Account::kIncoming, "references"},
                           Part{in_transit, Account::kInTransit, "references"}}) {
    std::string wrong = check_positions(state, part.sums, part.account, part.whose);
    if (!wrong.empty()) return wrong;
  }
  return {};
}

}  // namespace holdfast::ledger
