#include "ledger/wanted.h"

#include "ledger/bounds.h"

namespace holdfast::ledger {
namespace {

void add_hold(const std::string& id, const BindingPtr& binding, RowNames* names) {
  if (id.empty()) return;
  names->holds.push_back(id);
  if (binding) names->holds.push_back(kept_id(*binding, id));
}

}  // namespace

void add_wanted(const State& state, const Command& command, RowNames* names) {
  for (const std::string& key : {command.idempotency_key, command.idempotency_key_2}) {
    if (!key.empty()) names->keys.push_back(state.keys.hash_of(command.source, key));
  }
  for (const CommandLine& line : command.lines) names->skus.push_back(line.sku);
  for (const CommandFulfillment& fulfillment : command.fulfillments) {
    for (const auto& line : fulfillment.lines) names->skus.push_back(line.sku);
  }
  add_hold(command.hold, command.binding, names);
  if (!command.order.empty()) names->orders.push_back(command.order);
  if (!command.reference.empty()) names->references.push_back(command.reference);
  if (command.type == CommandType::kSkuMerge) {
    names->merged_skus.push_back(command.sku_alias);
    names->skus.push_back(command.sku_same_as);
  }
  if (command.hold_quota.open_max > 0 || command.type == CommandType::kChannelRemove) {
    names->open_holds = true;
  }
}

void add_wanted(const Query& query, RowNames* names) {
  switch (query.type) {
    case QueryType::kStock:
      names->bare_skus.push_back(query.sku);
      break;
    case QueryType::kExplain:
      names->whole_skus.push_back(query.sku);
      break;
    case QueryType::kHold:
      add_hold(query.hold, query.binding, names);
      break;
    case QueryType::kOrder:
      names->orders.push_back(query.order);
      break;
    case QueryType::kAvailability:
      for (const CommandLine& line : query.lines) names->bare_skus.push_back(line.sku);
      break;
    default:
      break;  // lists bring the names of their page; channels and locations are always here
  }
}

}  // namespace holdfast::ledger
