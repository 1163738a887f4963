#include "http/scope.h"

namespace holdfast::http {

std::string to_text(ScopeSet scopes) {
  std::string text;
  for (size_t i = 0; i < std::size(kScopeNames); ++i) {
    if (!scopes.has(static_cast<Scope>(i))) continue;
    if (!text.empty()) text += " or ";
    text += kScopeNames[i];
  }
  return text;
}

Scope scope_of(CommandType type) {
  switch (type) {
    case CommandType::kStockExpected:
    case CommandType::kStockReceived:
    case CommandType::kStockSold:
    case CommandType::kStockReturned:
    case CommandType::kStockAdjusted:
    case CommandType::kStockCounted:
    case CommandType::kStockMoved:
    case CommandType::kTransferDispatched:
    case CommandType::kTransferReceived:
      return Scope::kStockWrite;
    case CommandType::kOrderPlaced:
    case CommandType::kOrderChanged:
    case CommandType::kOrderReassigned:
    case CommandType::kOrderFulfilled:
    case CommandType::kOrderUnfulfilled:
    case CommandType::kOrderCancelled:
    case CommandType::kOrderAccept:
      return Scope::kOrderWrite;
    case CommandType::kHoldPlace:
    case CommandType::kHoldChange:
    case CommandType::kHoldCommit:
    case CommandType::kHoldRelease:
    case CommandType::kHoldExtend:
      return Scope::kHoldWrite;
    case CommandType::kNone:
    case CommandType::kChannelSet:
    case CommandType::kChannelRemove:
    case CommandType::kLocationSet:
    case CommandType::kSkuMerge:
      break;
  }
  return Scope::kAdmin;
}

}  // namespace holdfast::http
