// Holds and orders as answers show them.
#include "ledger/decider.h"
#include "ledger/shortfall.h"

namespace holdfast::ledger {

HoldView view_of(const State& state, uint32_t id) {
  const Hold& hold = state.holds[id];
  HoldView view;
  view.id = hold.id;
  view.open = hold.open();
  view.expires_at = hold.deadline;
  view.endangered = hold.open() ? endangered_of(state, id) : 0;
  if (hold.channel != kNoId) view.channel = state.channel_name(hold.channel);
  view.reference = hold.reference;
  for (const HoldLine& line : hold.lines) {
    if (line.quantity == 0) continue;  // changed away
    HoldLineView& added = view.lines.emplace_back();
    added.line = line.line;
    added.sku = state.sku_name(line.sku);
    added.location = state.location_name(line.location);
    added.quantity = line.quantity;
    added.remaining = line.remaining;
    added.committed = line.committed;
    added.released = line.released;
    added.expired = line.expired;
  }
  for (const auto& [channel, order] : hold.commits) {
    view.commits.push_back({std::string(state.channel_name(channel)), order});
  }
  return view;
}

OrderView view_of_order(const State& state, const Order& order) {
  OrderView view;
  view.channel = state.channel_name(order.channel);
  view.order = order.order;
  view.open = order.committed > 0;
  view.cancelled = order.cancelled;
  for (const OrderSku& part : order.skus) {
    const OrderTarget target = target_of(order, part);
    OrderLineView line;
    line.sku = state.sku_name(part.sku);
    line.ordered = target.ordered;
    line.fulfilled = target.fulfilled;
    line.cancelled = target.cancelled;
    line.written_off = target.written_off;
    line.returned = target.returned;
    line.committed = part.committed();
    for (const Commitment& commitment : part.commitments) {
      if (commitment.units == 0) continue;
      line.committed_at[std::string(state.location_name(commitment.location))] += commitment.units;
    }
    const bool merged_away = line.ordered == 0 && line.fulfilled == 0 && line.cancelled == 0 &&
                             line.written_off == 0 && line.returned == 0 &&
                             state.skus[part.sku].same_as != kNoId;
    if (!merged_away) view.lines.push_back(std::move(line));
  }
  return view;
}

}  // namespace holdfast::ledger
