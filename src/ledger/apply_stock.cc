// Receipts, transfers and discrepancies: what is kept per reference.
#include <algorithm>

#include "ledger/apply.h"

namespace holdfast::ledger {

void Applier::apply_reference(const Event& event, SkuId sku) {
  ReferenceKind kind = ReferenceKind::kReceipt;
  switch (event.type) {
    case EventType::kStockExpected:
    case EventType::kStockReceived:
      break;
    case EventType::kTransferDispatched:
    case EventType::kTransferReceived:
      kind = ReferenceKind::kTransfer;
      break;
    case EventType::kStockReturned:
      kind = ReferenceKind::kReturn;
      break;
    default:
      return;
  }
  uint32_t id = state_.find_reference(kind, event.reference);
  if (id == kNoId) {
    id = state_.references.add();
    Reference& added = state_.references[id];
    added.kind = kind;
    added.reference = event.reference;
    state_.reference_ids.put({static_cast<uint32_t>(kind), added.reference}, id);
    rows_.created(RowKind::kReference, id, &added.row);
  }
  Reference& reference = state_.references[id];
  rows_.touch(RowKind::kReference, id, &reference.row);
  reference.last_at = state_.time;
  if (event.has(Event::kClosed)) reference.closed = true;
  if (sku == kNoId) return;
  if (kind == ReferenceKind::kReceipt) apply_receipt(event, &reference, sku);
  if (kind == ReferenceKind::kTransfer) apply_transfer(event, &reference, sku);
  if (kind == ReferenceKind::kReturn) {
    reference_line(&reference, event, sku).received += event.quantity;
  }
}

ReferenceLine& Applier::reference_line(Reference* reference, const Event& event, SkuId sku) {
  for (ReferenceLine& line : reference->lines) {
    if (line.sku == sku && line.line == event.line) return line;
  }
  ReferenceLine& line = reference->lines.emplace_back();
  line.line = event.line;
  line.sku = sku;
  return line;
}

// What of a line is open at one place: a transfer may send parts of a line to two. A part that
// nothing is open of any more goes along to the new place.
ReferenceLine& Applier::open_line(Reference* reference, const Event& event, SkuId sku,
                                  LocationId location) {
  ReferenceLine* idle = nullptr;
  for (ReferenceLine& line : reference->lines) {
    if (line.sku != sku || line.line != event.line) continue;
    if (line.location == location) return line;
    if (line.open == 0 && idle == nullptr) idle = &line;
  }
  if (idle == nullptr) {
    idle = &reference->lines.emplace_back();
    idle->line = event.line;
    idle->sku = sku;
  }
  idle->location = location;
  return *idle;
}

// Takes units out of what is open at `location`: of the event's own line first, then of the others
// in the order of their names.
static void take_open(Reference* reference, std::string_view own_line, SkuId sku,
                      LocationId location, int64_t quantity) {
  std::vector<ReferenceLine*> open;
  for (ReferenceLine& line : reference->lines) {
    if (line.sku == sku && line.location == location && line.open > 0) open.push_back(&line);
  }
  std::sort(open.begin(), open.end(), [&](const ReferenceLine* a, const ReferenceLine* b) {
    return std::pair(a->line != own_line, std::string_view(a->line)) <
           std::pair(b->line != own_line, std::string_view(b->line));
  });
  for (ReferenceLine* line : open) {
    const int64_t taken = std::min(quantity, line->open);
    line->open -= taken;
    line->used += taken;
    quantity -= taken;
  }
}

static void use_surplus(Reference* reference, SkuId sku, int64_t quantity) {
  for (ReferenceLine& line : reference->lines) {
    if (line.sku != sku) continue;
    const int64_t used = std::min(quantity, line.surplus);
    line.surplus -= used;
    quantity -= used;
  }
}

void Applier::apply_receipt(const Event& event, Reference* reference, SkuId sku) {
  if (event.type == EventType::kStockExpected) {
    ReferenceLine& line = open_line(reference, event, sku, ensure_location(event.location));
    if (event.has_total) {  // one number per line, wherever parts of it are expected
      for (ReferenceLine& other : reference->lines) {
        if (other.sku == sku && other.line == line.line) other.expected = 0;
      }
      line.expected = event.total;
    }
    if (event.to == Account::kIncoming) line.open += event.quantity;
    if (event.from == Account::kIncoming) line.open -= event.quantity;
    return;
  }
  if (event.from == Account::kNone) return;
  if (event.to == Account::kSupplier) {  // the rest of a closed reference
    open_line(reference, event, sku, ensure_location(event.location)).open -= event.quantity;
    return;
  }
  ReferenceLine& line = reference_line(reference, event, sku);
  line.received += event.quantity;
  if (event.from == Account::kIncoming) {
    take_open(reference, event.line, sku, ensure_location(event.location), event.quantity);
  }
}

void Applier::apply_transfer(const Event& event, Reference* reference, SkuId sku) {
  if (event.from == Account::kNone) return;
  if (event.to == Account::kInTransit) {
    const LocationId to = ensure_location(event.to_location);
    ReferenceLine& line = open_line(reference, event, sku, to);
    line.open += event.quantity;
    line.sent += event.quantity;
    return;
  }
  if (event.to == Account::kAdjustment) {  // lost, or received before it was said to be sent
    ReferenceLine& line = open_line(reference, event, sku, ensure_location(event.location));
    line.open -= event.quantity;
    if (!event.has(Event::kFinal)) use_surplus(reference, sku, event.quantity);
    return;
  }
  ReferenceLine& line = reference_line(reference, event, sku);
  line.received += event.quantity;
  if (event.from == Account::kInTransit) {
    take_open(reference, event.line, sku, ensure_location(event.location), event.quantity);
  } else {
    line.surplus += event.quantity;
  }
}

void Applier::apply_discrepancy(const Event& event) {
  DiscrepancyView& view = state_.discrepancies.emplace_back();
  view.seq = event.seq;
  view.recorded_at = state_.time;
  view.sku = event.sku;
  view.location = event.location;
  view.reason = event.reason;
  view.channel = event.channel;
  view.order = event.order;
  view.reference = event.reference;
  view.account = event.to;
  view.quantity = event.total;
  if (state_.discrepancies.size() > kDiscrepanciesKept) state_.discrepancies.pop_front();
}

}  // namespace holdfast::ledger
