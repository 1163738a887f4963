#include "model/event.h"

#include <cstring>
#include <utility>

namespace holdfast {
namespace {

struct Named {
  EventType type;
  std::string_view name;
};
constexpr Named kNames[] = {
    {EventType::kStockExpected, "stock.expected"},
    {EventType::kStockReceived, "stock.received"},
    {EventType::kStockSold, "stock.sold"},
    {EventType::kOrderPlaced, "order.placed"},
    {EventType::kOrderChanged, "order.changed"},
    {EventType::kOrderReassigned, "order.reassigned"},
    {EventType::kOrderFulfilled, "order.fulfilled"},
    {EventType::kOrderUnfulfilled, "order.unfulfilled"},
    {EventType::kOrderCancelled, "order.cancelled"},
    {EventType::kStockReturned, "stock.returned"},
    {EventType::kStockAdjusted, "stock.adjusted"},
    {EventType::kStockCounted, "stock.counted"},
    {EventType::kStockCountCorrected, "stock.count_corrected"},
    {EventType::kStockMoved, "stock.moved"},
    {EventType::kTransferDispatched, "transfer.dispatched"},
    {EventType::kTransferReceived, "transfer.received"},
    {EventType::kHoldPlaced, "hold.placed"},
    {EventType::kHoldChanged, "hold.changed"},
    {EventType::kHoldExtended, "hold.extended"},
    {EventType::kHoldCommitted, "hold.committed"},
    {EventType::kHoldReleased, "hold.released"},
    {EventType::kHoldExpired, "hold.expired"},
    {EventType::kOrderAccepted, "order.accepted"},
    {EventType::kShortfallOpened, "shortfall.opened"},
    {EventType::kShortfallChanged, "shortfall.changed"},
    {EventType::kShortfallClosed, "shortfall.closed"},
    {EventType::kAvailabilityChanged, "availability.changed"},
    {EventType::kDiscrepancy, "stock.discrepancy"},
    {EventType::kChannelSet, "channel.set"},
    {EventType::kChannelRemoved, "channel.removed"},
    {EventType::kLocationCreated, "location.created"},
    {EventType::kLocationSet, "location.set"},
    {EventType::kSkuMerged, "sku.merged"},
    {EventType::kLedgerRestored, "ledger.restored"},
};

// Every text field of an event, so that a copy misses none.
constexpr std::string_view Event::* kTextFields[] = {
    &Event::sku,       &Event::location, &Event::to_location, &Event::channel, &Event::order,
    &Event::line,      &Event::reference, &Event::document,   &Event::hold,    &Event::reason,
    &Event::source,    &Event::detail,
};

}  // namespace

std::string_view name_of(EventType type) {
  for (const Named& entry : kNames) {
    if (entry.type == type) return entry.name;
  }
  return "none";
}

std::optional<EventType> event_type_named(std::string_view name) {
  for (const Named& entry : kNames) {
    if (entry.name == name) return entry.type;
  }
  return std::nullopt;
}

OwnedEvent::OwnedEvent(const Event& event) : event_(event) {
  size_t size = 0;
  for (auto field : kTextFields) size += (event.*field).size();
  text_ = std::make_unique<char[]>(size);
  char* at = text_.get();
  for (auto field : kTextFields) {
    const std::string_view text = event.*field;
    if (!text.empty()) std::memcpy(at, text.data(), text.size());
    event_.*field = std::string_view(at, text.size());
    at += text.size();
  }
}

OwnedEvent& OwnedEvent::operator=(OwnedEvent other) noexcept {
  std::swap(text_, other.text_);
  std::swap(event_, other.event_);
  return *this;
}

}  // namespace holdfast
