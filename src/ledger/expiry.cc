// Holds whose time is over: those of the SKUs a command touches before it is decided, the others in
// passing and between commands, always the oldest deadline first.
//
// A storm (a sale's hundred thousand carts ending in one minute) is taken in bites, so that no
// group of the log grows without bound. A bite is one command, or a few: a shortfall that many
// lines change is announced once at its end, not once per line.
#include <algorithm>

#include "ledger/decider.h"

namespace holdfast::ledger {
namespace {

/// Of any SKU, with each command.
constexpr size_t kInPassing = 64;
/// A command of expiries ends with so many SKUs: each has levels, and perhaps a shortfall, to
/// announce.
constexpr size_t kSkusPerCommand = 256;
/// A bite ends after so many bytes of events, roughly; it exceeds them by one hold and its
/// consequences.
constexpr size_t kBiteBytes = 1 << 20;

}  // namespace

bool Decider::due(const Deadline* deadline) const {
  return deadline != nullptr && deadline->at <= now_;
}

bool Decider::any_due() const {
  return !state_.deadlines.empty() && due(&state_.deadlines.first());
}

size_t Decider::expire_due(size_t lines_max) {
  Bite bite{lines_max, kBiteBytes};
  while (any_due() && !bite.full()) expire_hold(state_.deadlines.first().hold, &bite);
  finish();
  return bite.lines;
}

bool Decider::expire_for(const Command& command, size_t lines_max) {
  return expire_touched(command, {lines_max, kBiteBytes});
}

/// False: the bite ended first.
bool Decider::expire_touched(const Command& command, Bite bite) {
  // Nothing is due anywhere: the usual case, one comparison.
  if (!any_due()) return true;
  const CommandHead own = std::exchange(head_, {});
  const Timestamp occurred = std::exchange(occurred_at_, Timestamp{});
  const Timestamp claimed = std::exchange(claimed_at_, Timestamp{});
  while (any_due() && bite.lines < kInPassing && !bite.full()) {
    expire_hold(state_.deadlines.first().hold, &bite);
  }
  // Many are due at once: those of other SKUs follow later, those of this command's must not wait.
  const bool free = !any_due() || expire_named(command, &bite);
  finish();
  head_ = own;
  occurred_at_ = occurred;
  claimed_at_ = claimed;
  return free;
}

bool Decider::expire_named(const Command& command, Bite* bite) {
  for (const CommandLine& line : command.lines) {
    if (!expire_of_sku(state_.find_sku(line.sku), bite)) return false;
  }
  for (const auto& fulfillment : command.fulfillments) {
    for (const auto& line : fulfillment.lines) {
      if (!expire_of_sku(state_.find_sku(line.sku), bite)) return false;
    }
  }
  const uint32_t hold = state_.find_hold(command.hold);
  if (hold == kNoId) return true;
  for (size_t i = 0; i < state_.holds[hold].lines.size(); ++i) {
    if (!expire_of_sku(state_.holds[hold].lines[i].sku, bite)) return false;
  }
  return true;
}

/// After true, nothing of the SKU is due now.
bool Decider::expire_of_sku(SkuId sku, Bite* bite) {
  if (sku == kNoId) return true;
  while (due(state_.deadlines.first_of(sku))) {
    if (bite->full()) return false;
    expire_hold(state_.deadlines.first_of(sku)->hold, bite);
  }
  return true;
}

// A hold expires whole: nothing of it can be committed any more.
void Decider::expire_hold(uint32_t id, Bite* bite) {
  const size_t before = bytes_emitted_;
  const Hold& hold = state_.holds[id];
  for (size_t i = 0; i < hold.lines.size(); ++i) {
    const HoldLine& line = hold.lines[i];
    if (line.remaining == 0) continue;
    Event event = hold_event(EventType::kHoldExpired, hold, line);
    event.from = Account::kHeld;
    event.to = Account::kAvailable;
    event.quantity = line.remaining;
    if (line.remaining == hold.remaining) event.flags |= Event::kClosed;
    emit(event);
    ++bite->lines;
  }
  if (touched_.size() >= kSkusPerCommand) finish();
  bite->bytes += bytes_emitted_ - before;
}

}  // namespace holdfast::ledger
