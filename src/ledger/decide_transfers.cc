// Receipts and transfers: what is kept per reference.
#include <algorithm>
#include <cstdlib>

#include "ledger/decider.h"

namespace holdfast::ledger {
namespace {

struct OpenUnits {
  LocationId location = kNoId;
  int64_t units = 0;
};

/// Where units of a SKU are open under a reference: `place` first, then the others in order of
/// birth.
std::vector<OpenUnits> open_units(const Reference* reference, SkuId sku, LocationId place) {
  std::vector<OpenUnits> found;
  if (reference == nullptr || sku == kNoId) return found;
  for (const ReferenceLine& line : reference->lines) {
    if (line.sku != sku || line.open == 0) continue;
    const auto same = std::find_if(found.begin(), found.end(), [&](const OpenUnits& other) {
      return other.location == line.location;
    });
    if (same == found.end()) {
      found.push_back({line.location, line.open});
    } else {
      same->units += line.open;
    }
  }
  std::sort(found.begin(), found.end(), [&](const OpenUnits& a, const OpenUnits& b) {
    return std::pair(a.location != place, a.location) < std::pair(b.location != place, b.location);
  });
  return found;
}

}  // namespace

const Reference* Decider::reference_of(ReferenceKind kind, const std::string& reference) const {
  const uint32_t id = state_.find_reference(kind, reference);
  return id == kNoId ? nullptr : &state_.references[id];
}

/// A cumulative total less what is booked of the line; a delta as it is.
int64_t Decider::still_to_book(const Reference* reference, const CommandLine& line,
                               int64_t ReferenceLine::* booked) const {
  if (line.quantity) return *line.quantity;
  const SkuId sku = state_.find_sku(line.sku);
  int64_t so_far = 0;
  for (size_t i = 0; reference != nullptr && i < reference->lines.size(); ++i) {
    const ReferenceLine& known = reference->lines[i];
    if (known.sku == sku && known.line == line.line) so_far += known.*booked;
  }
  return *line.total - so_far;
}

Outcome Decider::stock_expected(const Command& command) {
  if (command.reference.empty()) {
    return rejected(ErrorCode::kReferenceRequired, "what is expected needs a `reference`",
                    "/reference");
  }
  if (auto no = every_line_placed(command)) return std::move(*no);
  std::vector<CommandLine> lines;  // one document may name a line twice: summed
  for (size_t i = 0; i < command.lines.size(); ++i) {
    const CommandLine& line = command.lines[i];
    if (!line.expected) {
      return rejected(ErrorCode::kMissingField, "`expected` is missing",
                      "/lines/" + std::to_string(i));
    }
    const auto known = std::find_if(lines.begin(), lines.end(), [&](const CommandLine& other) {
      return other.sku == line.sku && other.line == line.line;
    });
    if (known == lines.end()) {
      lines.push_back(line);
    } else {
      *known->expected += *line.expected;
    }
  }
  const Reference* reference = reference_of(ReferenceKind::kReceipt, command.reference);
  if (reference != nullptr && reference->closed) return done(OutcomeStatus::kDuplicate);
  // From here on it succeeds.
  for (const CommandLine& line : lines) expect(command, line);
  return done(OutcomeStatus::kRecorded);
}

// One number per (reference, line), less what came of it; told for another place, it moves there.
void Decider::expect(const Command& command, const CommandLine& line) {
  const std::string place = *place_of(command, line);
  const LocationId location = state_.location_names.find(place);
  const SkuId sku = state_.find_sku(line.sku);
  int64_t expected = 0, used = 0, received = 0, open_here = 0;
  std::vector<OpenUnits> elsewhere;
  if (const Reference* known = reference_of(ReferenceKind::kReceipt, command.reference)) {
    for (const ReferenceLine& kept : known->lines) {
      if (sku == kNoId || kept.sku != sku || kept.line != line.line) continue;
      expected += kept.expected;
      used += kept.used;
      received += kept.received;
      if (kept.location == location) {
        open_here += kept.open;
      } else if (kept.open > 0) {
        elsewhere.push_back({kept.location, kept.open});
      }
    }
  }
  // What came before it was announced counts against what is expected, as what came after does.
  const int64_t open = std::max<int64_t>(0, *line.expected - std::max(used, received));
  if (open == open_here && expected == *line.expected && elsewhere.empty()) return;

  Event event = event_of(EventType::kStockExpected);
  event.sku = sku == kNoId ? std::string_view(line.sku) : state_.sku_name(sku);
  event.reference = command.reference;
  event.line = line.line;
  event.from = Account::kIncoming;
  event.to = Account::kSupplier;
  for (const OpenUnits& old : elsewhere) {
    event.location = state_.location_name(old.location);
    event.quantity = old.units;
    emit_move(event);
  }
  event.location = place;
  event.has_total = true;
  event.total = *line.expected;
  event.flags = Event::kTold;
  event.quantity = std::abs(open - open_here);
  if (open > open_here) std::swap(event.from, event.to);
  if (open == open_here) event.from = event.to = Account::kNone;
  emit_move(event);
}

std::optional<Outcome> Decider::quantity_or_total(const Command& command,
                                                  std::string_view reference_required) const {
  for (size_t i = 0; i < command.lines.size(); ++i) {
    const CommandLine& line = command.lines[i];
    if (line.quantity.has_value() == line.total.has_value()) {
      return rejected(ErrorCode::kMissingField, "a line gives `quantity` or `total`",
                      "/lines/" + std::to_string(i));
    }
    if (line.total && command.reference.empty()) {
      return rejected(ErrorCode::kReferenceRequired, std::string(reference_required), "/reference");
    }
  }
  return std::nullopt;
}

Outcome Decider::stock_received(const Command& command) {
  if (auto no = every_line_placed(command)) return std::move(*no);
  if (auto no = quantity_or_total(command, "a `total` counts up for a `reference`")) {
    return std::move(*no);
  }
  if (command.final && command.reference.empty()) {
    return rejected(ErrorCode::kReferenceRequired, "`final` closes a `reference`", "/reference");
  }
  // From here on it succeeds.
  for (const CommandLine& line : command.lines) {
    const Reference* reference = command.reference.empty()
                                     ? nullptr
                                     : reference_of(ReferenceKind::kReceipt, command.reference);
    const int64_t quantity = still_to_book(reference, line, &ReferenceLine::received);
    if (quantity > 0) receive(command, line, quantity);
  }
  if (command.final) close_receipt(command);
  return done(OutcomeStatus::kRecorded);
}

// Moves what arrived at `place` out of what is open under the reference. Returns what is left of it.
int64_t Decider::take_open(Event event, const Reference* reference, const std::string& place,
                           int64_t quantity) {
  const SkuId sku = state_.sku_names.find(event.sku);
  for (const OpenUnits& open : open_units(reference, sku, state_.location_names.find(place))) {
    event.quantity = std::min(open.units, quantity);
    if (event.quantity == 0) break;
    event.location = state_.location_name(open.location);
    event.to_location = event.location == place ? std::string_view{} : place;
    emit_move(event);
    quantity -= event.quantity;
  }
  return quantity;
}

// Out of what is expected under the reference as far as that goes, the rest from the supplier.
void Decider::receive(const Command& command, const CommandLine& line, int64_t quantity) {
  const std::string place = *place_of(command, line);
  const SkuId sku = state_.find_sku(line.sku);
  Event event = event_of(EventType::kStockReceived);
  event.sku = sku == kNoId ? std::string_view(line.sku) : state_.sku_name(sku);
  event.reference = command.reference;
  event.document = command.document;
  event.reason = command.reason;
  event.line = line.line;
  event.flags = Event::kTracked;
  event.to = line.state == Account::kNone ? Account::kAvailable : line.state;
  const Reference* reference = command.reference.empty()
                                   ? nullptr
                                   : reference_of(ReferenceKind::kReceipt, command.reference);
  event.from = Account::kIncoming;
  quantity = take_open(event, reference, place, quantity);
  if (quantity == 0) return;
  event.from = Account::kSupplier;
  event.quantity = quantity;
  event.location = place;
  event.to_location = {};
  emit_move(event);
}

/// `final`: what is still open of the reference goes where such things end, and it is closed.
void Decider::close_reference(const Command& command, const Ending& ending) {
  const Reference* reference = reference_of(ending.kind, command.reference);
  if (reference != nullptr && reference->closed) return;
  for (size_t i = 0; reference != nullptr && i < reference->lines.size(); ++i) {
    const ReferenceLine line = reference->lines[i];
    if (line.open == 0) continue;
    Event event = event_of(ending.type);
    event.sku = state_.sku_name(line.sku);
    event.reference = command.reference;
    event.line = line.line;
    event.from = ending.from;
    event.to = ending.to;
    event.quantity = line.open;
    event.location = state_.location_name(line.location);
    event.flags = Event::kFinal;
    event.reason = ending.reason;
    emit_move(event);
  }
  Event closed = event_of(ending.type);
  closed.reference = command.reference;
  closed.flags = Event::kFinal | Event::kClosed;
  emit(closed);
}

void Decider::close_receipt(const Command& command) {
  close_reference(command, {ReferenceKind::kReceipt, EventType::kStockReceived, Account::kIncoming,
                            Account::kSupplier, "not_received"});
}

Outcome Decider::transfer_dispatched(const Command& command) {
  if (command.reference.empty()) {
    return rejected(ErrorCode::kReferenceRequired, "a transfer needs a `reference`", "/reference");
  }
  if (command.to_location.empty()) {
    return rejected(ErrorCode::kLocationRequired, "a transfer goes `to` a location", "/to");
  }
  if (auto no = every_line_placed(command)) return std::move(*no);
  if (auto no = quantity_or_total(command, {})) return std::move(*no);
  // From here on it succeeds.
  for (const CommandLine& line : command.lines) {
    const Reference* reference = reference_of(ReferenceKind::kTransfer, command.reference);
    const int64_t quantity = still_to_book(reference, line, &ReferenceLine::sent);
    if (quantity <= 0) continue;
    const std::string place = *place_of(command, line);
    const SkuId sku = state_.find_sku(line.sku);
    Event event = event_of(EventType::kTransferDispatched);
    event.sku = sku == kNoId ? std::string_view(line.sku) : state_.sku_name(sku);
    event.reference = command.reference;
    event.document = command.document;
    event.line = line.line;
    event.from = Account::kAvailable;
    event.to = Account::kInTransit;
    event.quantity = quantity;
    event.location = place;
    event.to_location = command.to_location;
    emit_move(event);
    // What had arrived before it was said to be sent was surplus then; and nothing stays on the way
    // under a closed reference.
    reference = reference_of(ReferenceKind::kTransfer, command.reference);
    for (size_t i = 0; i < reference->lines.size(); ++i) {
      const ReferenceLine kept = reference->lines[i];
      if (kept.sku != state_.find_sku(line.sku) || kept.open == 0) continue;
      event.from = Account::kInTransit;
      event.to = Account::kAdjustment;
      event.location = state_.location_name(kept.location);
      event.to_location = {};
      event.type = EventType::kTransferReceived;
      event.line = kept.line;
      int64_t surplus = 0;
      for (const ReferenceLine& other : reference->lines) {
        if (other.sku == kept.sku) surplus += other.surplus;
      }
      const int64_t came_before = std::min(surplus, kept.open);
      event.quantity = came_before;
      event.reason = "received_before";
      if (came_before > 0) emit_move(event);
      if (!reference->closed || kept.open == came_before) continue;
      event.quantity = kept.open - came_before;
      event.reason = "lost_in_transit";
      event.flags = Event::kFinal;
      emit_move(event);
      event.flags = 0;
    }
  }
  return done(OutcomeStatus::kRecorded);
}

Outcome Decider::transfer_received(const Command& command) {
  if (command.reference.empty()) {
    return rejected(ErrorCode::kReferenceRequired, "a transfer needs a `reference`", "/reference");
  }
  Command arrived = command;  // a receipt may name its place as `to`
  if (!arrived.to_location.empty()) arrived.location = arrived.to_location;
  const Reference* reference = reference_of(ReferenceKind::kTransfer, command.reference);
  if (arrived.location.empty() && reference != nullptr && !reference->lines.empty() &&
      reference->lines.front().location != kNoId) {
    arrived.location = state_.location_name(reference->lines.front().location);
  }
  if (auto no = every_line_placed(arrived)) return std::move(*no);
  if (auto no = quantity_or_total(command, {})) return std::move(*no);
  // From here on it succeeds.
  for (const CommandLine& line : arrived.lines) {
    const int64_t quantity = still_to_book(
        reference_of(ReferenceKind::kTransfer, command.reference), line, &ReferenceLine::received);
    if (quantity > 0) arrive(arrived, line, quantity);
  }
  if (command.final) close_transfer(command);
  return done(OutcomeStatus::kRecorded);
}

void Decider::arrive(const Command& command, const CommandLine& line, int64_t quantity) {
  const std::string place = *place_of(command, line);
  const SkuId sku = state_.find_sku(line.sku);
  Event event = event_of(EventType::kTransferReceived);
  event.sku = sku == kNoId ? std::string_view(line.sku) : state_.sku_name(sku);
  event.reference = command.reference;
  event.document = command.document;
  event.line = line.line;
  event.flags = Event::kTracked;
  event.to = line.state == Account::kNone ? Account::kAvailable : line.state;
  const Reference* reference = reference_of(ReferenceKind::kTransfer, command.reference);
  event.from = Account::kInTransit;
  quantity = take_open(event, reference, place, quantity);
  if (quantity == 0) return;
  event.from = Account::kAdjustment;
  event.quantity = quantity;
  event.location = place;
  event.to_location = {};
  event.reason = "surplus";
  emit_move(event);
  remark(event, Account::kInTransit, quantity, "more_than_sent");
}

void Decider::close_transfer(const Command& command) {
  close_reference(command, {ReferenceKind::kTransfer, EventType::kTransferReceived,
                            Account::kInTransit, Account::kAdjustment, "lost_in_transit"});
}

}  // namespace holdfast::ledger
