// How a decided event comes into the world: to the sink, then through Applier.
#include <algorithm>

#include "ledger/decider.h"
#include "ledger/shortfall.h"

namespace holdfast::ledger {

Event Decider::event_of(EventType type) const {
  Event event;
  event.type = type;
  event.occurred_at = occurred_at_;
  event.claimed_at = claimed_at_;
  return event;
}

/// An upper bound of what its texts and numbers take in the log, near enough.
static size_t bytes_of(const Event& event) {
  constexpr size_t kNumbers = 64;
  size_t bytes = kNumbers;
  for (const std::string_view text :
       {event.sku, event.location, event.to_location, event.channel, event.order, event.line,
        event.hold, event.reference, event.document, event.reason, event.detail}) {
    bytes += text.size();
  }
  return bytes;
}

void Decider::begin(const CommandHead& head) {
  begun_ = true;
  names_left_ = kShortfallNamesPerCommand;
  first_seq_ = state_.last_seq + 1;
  out_.begin_command(head);
  applier_.begin_command(head, first_seq_, now_);
}

void Decider::emit(Event& event) {
  if (!begun_) begin(head_);
  event.seq = state_.last_seq + 1;
  event.source = head_.source;
  event.recorded_at = now_;
  event.command_seq = first_seq_;
  if (!event.sku.empty()) {
    const SkuId known = state_.sku_names.find(event.sku);
    event.sku_seq = (known == kNoId ? state_.sku_seq_base : state_.skus[known].sku_seq) + 1;
  }
  bytes_emitted_ += bytes_of(event);
  out_.append(event);
  applier_.apply(event);
  if (event.sku.empty()) return;
  const SkuId sku = state_.sku_names.find(event.sku);
  if (touched_.empty() || touched_.back() != sku) touched_.push_back(sku);
}

void Decider::know_location(std::string_view name) {
  if (name.empty() || state_.location_names.find(name) != kNoId) return;
  Event event = event_of(EventType::kLocationCreated);
  event.location = name;
  emit(event);
}

// A fact that occurred before a count of its (sku, location, state) was already in what was
// counted: its units move, and the opposite is booked against adjustment at the time of the first
// count after it, so that the present number stays.
void Decider::emit_move(const Event& event) {
  know_location(event.location);
  know_location(event.to_location);
  Event moved = event;
  emit(moved);
  if (!event.occurred_at.has_value() || event.from == Account::kNone) return;
  const LocationId from = state_.location_names.find(event.location);
  const LocationId to =
      event.to_location.empty() ? from : state_.location_names.find(event.to_location);
  const CountState lost = count_state(event.from);
  const CountState gained = count_state(event.to);
  if (lost == gained && from == to) return;
  correct(event, lost, from, -event.quantity);
  correct(event, gained, to, event.quantity);
}

void Decider::correct(const Event& event, CountState state, LocationId location, int64_t change) {
  if (state == CountState::kNone) return;
  const SkuId sku = state_.sku_names.find(event.sku);
  const Position* position = state_.position(sku, location);
  if (position == nullptr || !position->anchors) return;
  const auto& anchors = (*position->anchors)[static_cast<size_t>(state)];
  // A count is not absorbed by itself, nor by another count of the same moment.
  const auto after = event.has(Event::kAnchor)
                         ? std::upper_bound(anchors.begin(), anchors.end(), event.occurred_at)
                         : std::lower_bound(anchors.begin(), anchors.end(), event.occurred_at);
  if (after == anchors.end()) return;
  Event correction = event_of(EventType::kStockCountCorrected);
  correction.sku = event.sku;
  correction.location = state_.location_name(location);
  correction.from = change > 0 ? account_of(state) : Account::kAdjustment;
  correction.to = change > 0 ? Account::kAdjustment : account_of(state);
  correction.quantity = change > 0 ? change : -change;
  correction.occurred_at = *after;
  correction.claimed_at = {};
  correction.reason = "late_fact";
  emit(correction);
}

void Decider::remark(const Event& cause, Account account, int64_t missing,
                     std::string_view reason) {
  Event event = event_of(EventType::kDiscrepancy);
  event.sku = cause.sku;
  event.location = cause.location;
  event.channel = cause.channel;
  event.order = cause.order;
  event.line = cause.line;
  event.reference = cause.reference;
  event.document = cause.document;
  event.to = account;  // which account lacked the units; nothing moves
  event.has_total = true;
  event.total = missing;
  event.reason = reason;
  emit(event);
}

void Decider::finish() {
  if (!begun_) return;
  consequences();
  out_.end_command();
  applier_.end_command();
  begun_ = false;
  touched_.clear();
}

}  // namespace holdfast::ledger
