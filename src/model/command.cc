#include "model/command.h"

namespace holdfast {
namespace {

struct Named {
  CommandType type;
  std::string_view name;
};
constexpr Named kNames[] = {
    {CommandType::kStockExpected, "stock.expected"},
    {CommandType::kStockReceived, "stock.received"},
    {CommandType::kStockSold, "stock.sold"},
    {CommandType::kOrderPlaced, "order.placed"},
    {CommandType::kOrderChanged, "order.changed"},
    {CommandType::kOrderReassigned, "order.reassigned"},
    {CommandType::kOrderFulfilled, "order.fulfilled"},
    {CommandType::kOrderUnfulfilled, "order.unfulfilled"},
    {CommandType::kOrderCancelled, "order.cancelled"},
    {CommandType::kStockReturned, "stock.returned"},
    {CommandType::kStockAdjusted, "stock.adjusted"},
    {CommandType::kStockCounted, "stock.counted"},
    {CommandType::kStockMoved, "stock.moved"},
    {CommandType::kTransferDispatched, "transfer.dispatched"},
    {CommandType::kTransferReceived, "transfer.received"},
    {CommandType::kHoldPlace, "hold.place"},
    {CommandType::kHoldChange, "hold.change"},
    {CommandType::kHoldCommit, "hold.commit"},
    {CommandType::kHoldRelease, "hold.release"},
    {CommandType::kHoldExtend, "hold.extend"},
    {CommandType::kOrderAccept, "order.accept"},
    {CommandType::kChannelSet, "channel.set"},
    {CommandType::kChannelRemove, "channel.remove"},
    {CommandType::kLocationSet, "location.set"},
    {CommandType::kSkuMerge, "sku.merge"},
};

}  // namespace

std::string_view name_of(CommandType type) {
  for (const Named& entry : kNames) {
    if (entry.type == type) return entry.name;
  }
  return "none";
}

std::optional<CommandType> command_type_named(std::string_view name) {
  for (const Named& entry : kNames) {
    if (entry.name == name) return entry.type;
  }
  return std::nullopt;
}

}  // namespace holdfast
