#include "ledger/answer.h"

#include <algorithm>

namespace holdfast::ledger {
namespace {

HoldLineView& line_of(HoldView* hold, const Event& event) {
  for (HoldLineView& line : hold->lines) {
    if (line.sku == event.sku && line.location == event.location && line.line == event.line) {
      return line;
    }
  }
  HoldLineView& line = hold->lines.emplace_back();
  line.sku = event.sku;
  line.location = event.location;
  line.line = event.line;
  return line;
}

/// What one event says of the hold it belongs to.
void show_hold(const Event& event, HoldView* hold) {
  hold->id = event.hold;
  hold->reference = event.reference;
  if (event.deadline.has_value()) hold->expires_at = event.deadline;
  if (event.type == EventType::kHoldExtended) {
    hold->open = true;
    hold->channel = event.channel;
    return;
  }
  HoldLineView& line = line_of(hold, event);
  switch (event.type) {
    case EventType::kHoldPlaced:
    case EventType::kHoldChanged: {
      const int64_t change = event.to == Account::kHeld ? event.quantity : -event.quantity;
      line.quantity += change;
      line.remaining += change;
      hold->channel = event.channel;
      hold->open = true;
      break;
    }
    case EventType::kHoldCommitted:
      line.quantity += event.quantity;
      line.committed += event.quantity;
      if (event.has_total) hold->endangered = event.total;
      if (hold->commits.empty()) {
        hold->commits.push_back({std::string(event.channel), std::string(event.order)});
      }
      break;
    default:
      line.quantity += event.quantity;
      line.released += event.quantity;
  }
  if (event.type != EventType::kHoldPlaced && event.type != EventType::kHoldChanged) {
    hold->open = !event.has(Event::kClosed);
  }
}

}  // namespace

Outcome rebuilt_answer(const CommandHead& head, std::span<const Event> events) {
  Outcome outcome;
  outcome.error.code = ErrorCode::kNone;
  outcome.status =
      is_request(head.type) ? OutcomeStatus::kAccepted : OutcomeStatus::kRecorded;
  outcome.replayed = true;
  if (head.shortages != nullptr) outcome.shortages = *head.shortages;
  if (events.empty()) return outcome;
  outcome.first_seq = events.front().seq;
  outcome.seq = events.back().seq;
  outcome.depends_on = outcome.seq;
  HoldView hold;
  for (const Event& event : events) {
    const bool of_hold =
        event.type >= EventType::kHoldPlaced && event.type <= EventType::kHoldExpired;
    if (of_hold) show_hold(event, &hold);
    if (event.type != EventType::kOrderAccepted) continue;
    if (!outcome.order) outcome.order.emplace();
    outcome.order->channel = event.channel;
    outcome.order->order = event.order;
    outcome.order->open = true;
    auto line = std::find_if(outcome.order->lines.begin(), outcome.order->lines.end(),
                             [&](const OrderLineView& known) { return known.sku == event.sku; });
    if (line == outcome.order->lines.end()) {
      line = outcome.order->lines.insert(line, OrderLineView{});
      line->sku = event.sku;
    }
    line->ordered += event.quantity;
    line->committed += event.quantity;
    line->committed_at[std::string(event.location)] += event.quantity;
  }
  if (!hold.id.empty()) outcome.hold = std::move(hold);
  return outcome;
}

}  // namespace holdfast::ledger
