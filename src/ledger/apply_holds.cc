// What a hold's events do to the hold: one event per line moved.
#include <algorithm>

#include "base/invariant.h"
#include "ledger/apply.h"
#include "ledger/chain.h"
#include "ledger/forget.h"
#include "ledger/held_by.h"

namespace holdfast::ledger {

void Applier::apply_hold(const Event& event, SkuId sku) {
  if (event.type < EventType::kHoldPlaced || event.type > EventType::kHoldExpired) return;
  const uint32_t id = ensure_hold(event);
  Hold& hold = state_.holds[id];
  rows_.touch(RowKind::kHold, id, &hold.row);
  if (event.type == EventType::kHoldExtended) {
    for (const HoldLine& line : hold.lines) {
      if (line.remaining > 0) state_.deadlines.remove(line.sku, deadline_of(hold, id));
    }
    hold.deadline = event.deadline;
    for (const HoldLine& line : hold.lines) {
      if (line.remaining > 0) state_.deadlines.add(line.sku, deadline_of(hold, id));
    }
    return;
  }
  if (event.type == EventType::kHoldCommitted) {
    commit_hold_line(id, event, sku);
    return;
  }
  HoldLine& line = hold_line(id, event, sku, false);
  const auto index = static_cast<uint16_t>(&line - hold.lines.data());
  switch (event.type) {
    case EventType::kHoldPlaced:
    case EventType::kHoldChanged: {
      const int64_t change = event.to == Account::kHeld ? event.quantity : -event.quantity;
      line.quantity += change;
      change_remaining(id, index, change);
      break;
    }
    case EventType::kHoldReleased:
      line.released += event.quantity;
      change_remaining(id, index, -event.quantity);
      break;
    default:
      line.expired += event.quantity;
      change_remaining(id, index, -event.quantity);
  }
}

uint32_t Applier::ensure_hold(const Event& event) {
  uint32_t id = state_.hold_ids.find(event.hold);
  const bool forgotten = id != kNoId && state_.forgotten(state_.holds[id]);
  if (id != kNoId && !forgotten) return id;
  if (forgotten) forget_hold(&state_, &rows_, id);  // a client may use its id again
  INVARIANT(event.type == EventType::kHoldPlaced, "an event of no hold: hold={} type={}",
            event.hold, name_of(event.type));
  id = state_.holds.add();
  Hold& hold = state_.holds[id];
  hold.id = event.hold;
  hold.channel = event.channel.empty() ? kNoId : ensure_channel(event.channel);
  hold.reference = event.reference;
  hold.client_id = event.has(Event::kClientId);
  hold.first_seq = event.seq;
  hold.placed_at = state_.time;
  hold.deadline = event.deadline;
  hold.placed_by = ensure_source(event.source);
  state_.hold_ids.put(hold.id, id);
  rows_.created(RowKind::kHold, id, &hold.row);
  return id;
}

// The line an event is about: by SKU, place and the client's line id. A commit that takes units
// afresh may need one that is not there yet.
HoldLine& Applier::hold_line(uint32_t id, const Event& event, SkuId sku, bool rehold) {
  Hold& hold = state_.holds[id];
  const LocationId location = ensure_location(event.location);
  for (HoldLine& line : hold.lines) {
    if (line.sku == sku && line.location == location && line.line == event.line) return line;
  }
  INVARIANT(rehold || event.to == Account::kHeld, "a hold lacks a line: hold={} sku={}", hold.id,
            event.sku);
  HoldLine& line = hold.lines.emplace_back();
  line.sku = sku;
  line.location = location;
  line.line = event.line;
  return line;
}

// Keeps what follows from a line's remaining units: its place in the position's chain, the
// deadline, the hold's own sum, and whether the hold is open.
void Applier::change_remaining(uint32_t id, uint16_t index, int64_t change) {
  Hold& hold = state_.holds[id];
  HoldLine& line = hold.lines[index];
  const int64_t before = line.remaining;
  const bool had_units = before > 0 || has_units_of(hold, line.sku);
  line.remaining += change;
  INVARIANT(line.remaining >= 0, "a hold line below zero: hold={} remaining={}", hold.id,
            line.remaining);
  Position& position = ensure_position(line.sku, line.location);
  const ChainRef ref{id, index, 0};
  if (before == 0 && line.remaining > 0) {
    chain_hold_line(&state_, &position, ref);
    state_.deadlines.add(line.sku, deadline_of(hold, id));
    if (!had_units) count_open_hold(&state_.skus[line.sku], hold.placed_by, 1);
  }
  if (before > 0 && line.remaining == 0) {
    unchain_hold_line(&state_, &position, ref);
    if (!has_units_of(hold, line.sku)) {
      state_.deadlines.remove(line.sku, deadline_of(hold, id));
      count_open_hold(&state_.skus[line.sku], hold.placed_by, -1);
    }
  }

  const bool was_open = hold.open();
  hold.remaining += change;
  if (!was_open && hold.open()) {
    hold.closed_at = {};
    ++state_.open_holds;
    if (hold.channel != kNoId) ++state_.channels[hold.channel].open_holds;
    ++state_.sources[hold.placed_by].open_holds;
  } else if (was_open && !hold.open()) {
    close_hold(id);
  }
}

void Applier::close_hold(uint32_t id) {
  Hold& hold = state_.holds[id];
  hold.closed_at = state_.time;
  state_.closed_holds.push_back({hold.closed_at, id});
  --state_.open_holds;
  if (hold.channel != kNoId) --state_.channels[hold.channel].open_holds;
  --state_.sources[hold.placed_by].open_holds;
}

// held → committed, held → available (the order has these units already), or, for a hold that had
// expired, available → committed.
void Applier::commit_hold_line(uint32_t id, const Event& event, SkuId sku) {
  Hold& hold = state_.holds[id];
  const ChannelId channel = ensure_channel(event.channel);
  const std::pair<ChannelId, std::string> to(channel, event.order);
  if (std::find(hold.commits.begin(), hold.commits.end(), to) == hold.commits.end()) {
    hold.commits.push_back(to);
  }
  const bool rehold = event.from != Account::kHeld;
  HoldLine& line = hold_line(id, event, sku, rehold);
  line.committed += event.quantity;
  if (!rehold) {
    change_remaining(id, static_cast<uint16_t>(&line - hold.lines.data()), -event.quantity);
    return;
  }
  // Units that had expired live on here: they leave the count of expired ones, wherever that line
  // was.
  line.quantity += event.quantity;
  int64_t left = event.quantity;
  for (HoldLine& expired : hold.lines) {
    if (expired.sku != sku || expired.line != line.line) continue;
    const int64_t taken = std::min(left, expired.expired);
    expired.expired -= taken;
    expired.quantity -= taken;
    left -= taken;
  }
}

}  // namespace holdfast::ledger
