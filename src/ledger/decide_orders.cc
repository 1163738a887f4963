// Facts about orders: each is first remembered as what its source told (when it says more than was told
// before), then the books are moved to what all of it comes to (reconcile.cc). So the end does not depend
// on the sequence of what was told, nor on repetitions.
#include <algorithm>

#include "ledger/decider.h"
#include "model/limits.h"

namespace holdfast::ledger {
namespace {

EventType event_type_of(CommandType type) {
  switch (type) {
    case CommandType::kOrderPlaced: return EventType::kOrderPlaced;
    case CommandType::kOrderChanged: return EventType::kOrderChanged;
    case CommandType::kOrderFulfilled: return EventType::kOrderFulfilled;
    case CommandType::kOrderUnfulfilled: return EventType::kOrderUnfulfilled;
    case CommandType::kOrderCancelled: return EventType::kOrderCancelled;
    default: return EventType::kStockReturned;
  }
}

bool gives_one_number(const CommandLine& line) {
  return line.quantity.has_value() != line.total.has_value();
}

}  // namespace

std::string_view Decider::order_channel() const {
  return command_->channel.empty() ? kDefaultChannel : std::string_view(command_->channel);
}

const Order* Decider::order_now() const {
  const uint32_t id = state_.find_order(order_channel(), command_->order);
  return id == kNoId ? nullptr : &state_.orders[id];
}

const OrderSku* Decider::part_now(std::string_view sku) const {
  const Order* order = order_now();
  const SkuId id = state_.find_sku(sku);
  return order == nullptr || id == kNoId ? nullptr : order->of(id);
}

Event Decider::told_event(EventType type, std::string_view sku) const {
  Event event = event_of(type);
  const SkuId known = sku.empty() ? kNoId : state_.find_sku(sku);
  event.sku = known == kNoId ? sku : state_.sku_name(known);
  event.channel = order_channel();
  event.order = command_->order;
  event.reason = command_->reason;
  event.source = command_->source;
  event.flags = Event::kTold;
  return event;
}

/// A sender's time as it is kept: what lies ahead of the log's time is taken as now.
static Timestamp clamped(Timestamp time, Timestamp now) {
  return time.has_value() && time > now + limits::kFutureTolerance ? Timestamp{} : time;
}

std::optional<Outcome> Decider::bad_order_line(const Command& command) const {
  for (size_t i = 0; i < command.lines.size(); ++i) {
    const CommandLine& line = command.lines[i];
    bool good = true;
    switch (command.type) {
      case CommandType::kOrderPlaced:
        good = line.ordered || line.quantity || line.total;
        break;
      case CommandType::kOrderChanged:
        good = line.ordered || line.cancelled || line.written_off;
        break;
      case CommandType::kOrderUnfulfilled: good = !command.document.empty() || line.quantity; break;
      default: good = gives_one_number(line);
    }
    if (good) continue;
    return rejected(ErrorCode::kMissingField,
                    "the line gives no number: `ordered`, or one of `quantity` and `total`",
                    "/lines/" + std::to_string(i));
  }
  return std::nullopt;
}

std::optional<Outcome> Decider::version_kind_changed(const Command& command) const {
  if (!command.version.has_value() || source_now() == kNoId) return std::nullopt;
  const Version::Kind kind = state_.sources[source_now()].version_kind;
  if (kind == Version::Kind::kNone || kind == command.version.kind) return std::nullopt;
  return rejected(ErrorCode::kInvalidVersion,
                  "this source's versions were of another kind before: all RFC 3339 or all integers",
                  "/version");
}

std::optional<Outcome> Decider::order_without_place(const Command& command) const {
  const bool needs_none = command.type == CommandType::kOrderUnfulfilled ||
                          (command.type == CommandType::kOrderCancelled && command.lines.empty());
  if (needs_none || state_.locations.size() > 0 || !command.location.empty()) return std::nullopt;
  for (const CommandLine& line : command.lines) {
    if (!line.location.empty()) return std::nullopt;
  }
  for (const CommandFulfillment& fulfillment : command.fulfillments) {
    if (!fulfillment.location.empty()) return std::nullopt;
  }
  return rejected(ErrorCode::kLocationRequired, "there is no location yet: name one", "/location");
}

Outcome Decider::order_fact(const Command& command) {
  if (auto no = bad_order_line(command)) return std::move(*no);
  if (auto no = version_kind_changed(command)) return std::move(*no);
  if (auto no = order_without_place(command)) return std::move(*no);
  // From here on it succeeds.
  know_location(command.location);
  for (const CommandLine& line : command.lines) know_location(line.location);
  for (const auto& fulfillment : command.fulfillments) know_location(fulfillment.location);

  std::vector<std::string> skus;
  for (const CommandLine& line : command.lines) skus.push_back(line.sku);
  move_type_ = event_type_of(command.type);
  switch (command.type) {
    case CommandType::kOrderPlaced:
    case CommandType::kOrderChanged:
      if (command.version.kind == Version::Kind::kTime) {
        claimed_at_ = {};
        occurred_at_ = clamped({command.version.value}, now_);
      }
      tell_snapshot(command);
      tell_fulfillments(command);
      break;
    case CommandType::kOrderFulfilled: tell_fulfilled(command); break;
    case CommandType::kOrderUnfulfilled: tell_unfulfilled(command); break;
    case CommandType::kOrderCancelled: tell_cancelled(command); break;
    default: tell_returned(command);
  }
  if (const Order* order = order_now()) {
    for (const OrderSku& part : order->skus) skus.emplace_back(state_.sku_name(part.sku));
  }
  reconcile(skus);
  return done(OutcomeStatus::kRecorded);
}

// ---- snapshots ----

void Decider::tell_snapshot(const Command& command) {
  std::vector<CommandLine> lines;  // one document may name a line twice: summed
  for (const CommandLine& line : command.lines) {
    const auto known = std::find_if(lines.begin(), lines.end(), [&](const CommandLine& other) {
      return other.line == line.line && state_.find_sku(other.sku) == state_.find_sku(line.sku) &&
             (state_.find_sku(line.sku) != kNoId || other.sku == line.sku);
    });
    const bool first = known == lines.end();
    CommandLine& sum = first ? lines.emplace_back(line) : *known;
    const auto add = [&](std::optional<int64_t>* to, std::optional<int64_t> value) {
      if (value) *to = to->value_or(0) + *value;
    };
    std::optional<int64_t> ordered = line.ordered;
    if (!ordered && command.type == CommandType::kOrderPlaced) {
      ordered = line.quantity ? line.quantity : line.total;
    }
    if (first) {
      sum.ordered = ordered;
      continue;
    }
    add(&sum.ordered, ordered);
    add(&sum.cancelled, line.cancelled);
    add(&sum.written_off, line.written_off);
  }
  for (const CommandLine& line : lines) tell_snapshot_line(command, line);
}

// True when a field told with this version changes what is kept.
static bool says_more(const SnapshotLine::Field& kept, const Version& version,
                      const std::optional<int64_t>& value) {
  if (!value) return false;
  if (!kept.told) return true;
  if (version.has_value() && version == kept.version) return *value > kept.value;
  return newer(version, kept.version) &&
         (*value != kept.value || version.has_value());
}

void Decider::tell_snapshot_line(const Command& command, const CommandLine& line) {
  const OrderSku* part = part_now(line.sku);
  SnapshotLine kept;
  if (part != nullptr) {
    for (const SnapshotLine& known : part->snapshots) {
      if (known.source == source_now() && known.line == line.line) kept = known;
    }
  }
  const bool more = says_more(kept.ordered, command.version, line.ordered) ||
                    says_more(kept.cancelled, command.version, line.cancelled) ||
                    says_more(kept.written_off, command.version, line.written_off);
  if (!more) return;
  Event event = told_event(move_type_, line.sku);
  event.flags |= Event::kSnapshotLine;
  event.line = line.line;
  event.version = command.version;
  if (line.ordered) {
    event.has_total = true;
    event.total = *line.ordered;
    const int64_t before = kept.ordered.told ? kept.ordered.value
                           : part != nullptr && part->snapshots.empty() ? part->held_total
                                                                         : 0;
    const bool replaces = !kept.ordered.told || newer(command.version, kept.ordered.version);
    if (!command.restock && replaces && *line.ordered < before) {
      // An edit that does not restock: the units stay ordered for the books, and are written off.
      event.flags |= Event::kNoRestock;
      event.quantity = before - *line.ordered;
    }
  }
  if (line.cancelled) {
    event.flags |= Event::kHasCancelled;
    event.cancelled = *line.cancelled;
  }
  if (line.written_off) {
    event.flags |= Event::kHasWrittenOff;
    event.written_off = *line.written_off;
  }
  emit(event);
}

void Decider::tell_fulfillments(const Command& command) {
  for (const CommandFulfillment& fulfillment : command.fulfillments) {
    const Timestamp own = occurred_at_;
    if (fulfillment.occurred_at.has_value()) {
      occurred_at_ = clamped(fulfillment.occurred_at, now_);
    }
    if (fulfillment.voided) {
      tell_void(fulfillment.id);
    } else {
      std::vector<CommandLine> lines;
      for (const auto& shipped : fulfillment.lines) {
        CommandLine& line = lines.emplace_back();
        line.sku = shipped.sku;
        line.quantity = shipped.quantity;
      }
      tell_shipments(lines, fulfillment.id, fulfillment.location);
    }
    // Booked at the fulfilment's own time, the same in every delivery.
    if (const Order* order = order_now()) {
      for (size_t i = 0; i < order->skus.size(); ++i) {
        reconcile_shipments(order->skus[i].sku, target_of(*order, order->skus[i]));
      }
    }
    occurred_at_ = own;
  }
}

// ---- counters ----

const Document* Decider::document_now(Counter counter, std::string_view id) const {
  const Order* order = order_now();
  if (order == nullptr) return nullptr;
  for (const Document& document : order->documents) {
    if (document.source == source_now() && document.counter == counter && document.id == id) {
      return &document;
    }
  }
  return nullptr;
}

void Decider::tell_void(std::string_view document) {
  const Document* known = document_now(Counter::kFulfilled, document);
  if (known != nullptr && known->voided) return;
  Event event = told_event(EventType::kOrderUnfulfilled, {});
  event.document = document;
  event.flags |= Event::kVoided;
  emit(event);
}

/// Units of the SKU a document (or this source's totals of a line) counted so far, everywhere.
int64_t Decider::counted_so_far(const Telling& what) const {
  const SkuId sku = state_.find_sku(what.sku);
  int64_t sum = 0;
  if (!what.document.empty()) {
    const Document* known = document_now(what.counter, what.document);
    if (known == nullptr) return 0;
    for (const Document::Line& line : known->lines) {
      if (line.sku == sku) sum += line.quantity;
    }
    return sum;
  }
  const OrderSku* part = part_now(what.sku);
  if (part == nullptr || !what.is_total) return 0;
  for (const Tally& tally : part->tallies) {
    if (tally.source == source_now() && tally.counter == what.counter && tally.is_total &&
        tally.line == what.line) {
      sum += tally.value;
    }
  }
  return sum;
}

/// What was told for that very place and state.
int64_t Decider::counted_here(const Telling& what, LocationId location) const {
  const SkuId sku = state_.find_sku(what.sku);
  if (!what.document.empty()) {
    const Document* known = document_now(what.counter, what.document);
    if (known == nullptr) return 0;
    for (const Document::Line& line : known->lines) {
      if (line.sku == sku && line.location == location && line.state == what.state) {
        return line.quantity;
      }
    }
    return 0;
  }
  const OrderSku* part = part_now(what.sku);
  if (part == nullptr || !what.is_total) return 0;
  for (const Tally& tally : part->tallies) {
    if (tally.source == source_now() && tally.counter == what.counter && tally.is_total &&
        tally.line == what.line && tally.location == location && tally.state == what.state) {
      return tally.value;
    }
  }
  return 0;
}

void Decider::tell_at(const Telling& what, std::string_view place, int64_t more) {
  if (more <= 0) return;
  Event event = told_event(what.type, what.sku);
  event.line = what.line;
  event.document = what.document;
  event.location = place;
  event.to = what.state;
  if (what.no_restock) event.flags |= Event::kNoRestock;
  if (what.type == EventType::kStockReturned) event.flags |= Event::kReturn;
  event.has_total = true;
  const LocationId location = place.empty() ? kNoId : state_.location_names.find(place);
  event.total = more + counted_here(what, location);
  if (!what.is_total || !what.document.empty()) event.flags |= Event::kDelta;
  emit(event);
}

/// True where a snapshot of this source said as much of that line before.
bool Decider::said_by_snapshot(const Telling& what) const {
  const OrderSku* part = part_now(what.sku);
  if (part == nullptr) return false;
  return std::any_of(part->snapshots.begin(), part->snapshots.end(), [&](const SnapshotLine& line) {
    if (line.source != source_now() || line.line != what.line) return false;
    if (what.counter == Counter::kCancelled) return line.cancelled.value >= what.number;
    return what.counter == Counter::kWrittenOff && line.written_off.value >= what.number;
  });
}

/// Remembers a number if it says more than what the same document or line said before. A total counts
/// per place; a document counts once, wherever.
void Decider::tell(const Telling& what, std::string_view place) {
  if (!what.document.empty()) {
    const Document* known = document_now(what.counter, what.document);
    if (known != nullptr && known->voided) return;
    tell_at(what, place, what.number - counted_so_far(what));
    return;
  }
  if (what.is_total && said_by_snapshot(what)) return;
  const LocationId location = place.empty() ? kNoId : state_.location_names.find(place);
  tell_at(what, place, what.is_total ? what.number - counted_here(what, location) : what.number);
}

/// A shipment. One that names no place left from where the order is committed, the rest from the first
/// place in fill order.
void Decider::tell_shipment(const Telling& what, std::string_view place) {
  if (!place.empty()) return tell(what, place);
  if (!what.document.empty()) {
    const Document* known = document_now(what.counter, what.document);
    if (known != nullptr && known->voided) return;
  }
  int64_t left = what.number - counted_so_far(what);
  const SkuId sku = state_.find_sku(what.sku);
  for (LocationId location : fill_order()) {
    if (sku == kNoId) break;
    const int64_t units = std::min(left, committed_at(sku, location));
    tell_at(what, state_.location_name(location), units);
    if (units > 0) left -= units;
  }
  if (left > 0) tell_at(what, state_.location_name(fill_order().front()), left);
}

void Decider::tell_shipments(const std::vector<CommandLine>& lines, std::string_view document,
                             std::string_view place) {
  std::vector<Telling> tellings;
  std::vector<std::string_view> places;
  for (const CommandLine& line : lines) {
    const std::string_view at = line.location.empty() ? place : std::string_view(line.location);
    Telling what;
    what.type = EventType::kOrderFulfilled;
    what.counter = Counter::kFulfilled;
    what.sku = line.sku;
    what.line = line.line;
    what.document = document;
    what.is_total = line.total.has_value() && what.document.empty();
    what.number = line.total ? *line.total : *line.quantity;
    bool merged = false;  // two lines of one SKU in one shipment count together
    for (size_t i = 0; i < tellings.size() && !what.document.empty(); ++i) {
      if (tellings[i].sku != what.sku || tellings[i].document.empty() || places[i] != at) continue;
      tellings[i].number += what.number;
      merged = true;
    }
    if (merged) continue;
    tellings.push_back(what);
    places.push_back(at);
  }
  for (size_t i = 0; i < tellings.size(); ++i) tell_shipment(tellings[i], places[i]);
}

void Decider::tell_fulfilled(const Command& command) {
  tell_shipments(command.lines, command.document, command.location);
}

void Decider::tell_unfulfilled(const Command& command) {
  if (!command.document.empty()) return tell_void(command.document);
  for (const CommandLine& line : command.lines) {
    std::string_view place = line.location.empty() ? command.location : line.location;
    const OrderSku* part = part_now(line.sku);
    if (part == nullptr) continue;  // nothing shipped that is known of
    if (place.empty()) {
      for (const Booked& booked : part->booked) {
        if (booked.counter == Counter::kFulfilled && booked.quantity > 0) {
          place = state_.location_name(booked.location);
        }
      }
    }
    if (place.empty()) continue;
    Event event = told_event(EventType::kOrderUnfulfilled, line.sku);
    event.line = line.line;
    event.location = place;
    event.has_total = true;
    event.total = *line.quantity;
    event.flags |= Event::kDelta;
    emit(event);
  }
}

void Decider::tell_cancelled(const Command& command) {
  if (command.lines.empty()) {
    const Order* order = order_now();
    if (order != nullptr && order->cancelled) return;
    Event event = told_event(EventType::kOrderCancelled, {});
    event.flags |= Event::kWhole;
    if (!command.restock) event.flags |= Event::kNoRestock;
    emit(event);
    return;
  }
  std::vector<Telling> tellings;
  for (const CommandLine& line : command.lines) {
    Telling what;
    what.type = EventType::kOrderCancelled;
    what.counter = command.restock ? Counter::kCancelled : Counter::kWrittenOff;
    what.no_restock = !command.restock;
    what.sku = line.sku;
    what.line = line.line;
    what.document = command.document;
    what.is_total = line.total.has_value() && what.document.empty();
    what.number = line.total ? *line.total : *line.quantity;
    bool merged = false;
    for (Telling& other : tellings) {
      if (what.document.empty() || other.sku != what.sku || other.document.empty()) continue;
      other.number += what.number;
      merged = true;
    }
    if (!merged) tellings.push_back(what);
  }
  for (const Telling& what : tellings) tell(what, {});
}

void Decider::tell_returned(const Command& command) {
  std::vector<Telling> tellings;
  std::vector<std::string> places;
  for (const CommandLine& line : command.lines) {
    std::string place = line.location.empty() ? command.location : line.location;
    if (place.empty()) place = state_.location_name(fill_order().front());
    Telling what;
    what.type = EventType::kStockReturned;
    what.counter = Counter::kReturned;
    what.state = line.state == Account::kNone ? Account::kAvailable : line.state;
    what.sku = line.sku;
    what.line = line.line;
    what.document = command.document;
    what.is_total = line.total.has_value() && what.document.empty();
    what.number = line.total ? *line.total : *line.quantity;
    bool merged = false;
    for (size_t i = 0; i < tellings.size() && !what.document.empty(); ++i) {
      if (tellings[i].sku != what.sku || tellings[i].document.empty() ||
          tellings[i].state != what.state || places[i] != place) {
        continue;
      }
      tellings[i].number += what.number;
      merged = true;
    }
    if (merged) continue;
    tellings.push_back(what);
    places.push_back(place);
  }
  // A document that names two places or states counts each of them once.
  for (size_t i = 0; i < tellings.size(); ++i) {
    Telling& what = tellings[i];
    if (!what.document.empty()) {
      const LocationId location = state_.location_names.find(places[i]);
      tell_at(what, places[i], what.number - counted_here(what, location));
    } else {
      tell(what, places[i]);
    }
  }
}

// ---- reassignment: the units stay committed, elsewhere ----

Outcome Decider::order_reassigned(const Command& command) {
  if (command.to_location.empty() || command.location.empty()) {
    return rejected(ErrorCode::kLocationRequired, "a reassignment is `from` one place `to` another",
                    command.to_location.empty() ? "/to" : "/from");
  }
  // From here on it succeeds.
  move_type_ = EventType::kOrderReassigned;
  for (const CommandLine& line : command.lines) {
    const SkuId sku = state_.find_sku(line.sku);
    const LocationId from = state_.location_names.find(command.location);
    if (sku == kNoId || from == kNoId) continue;
    const int64_t units =
        std::min(committed_at(sku, from), line.quantity.value_or(limits::kQuantityMax));
    if (units == 0) continue;
    know_location(command.to_location);
    const LocationId to = state_.location_names.find(command.to_location);
    order_move(move_type_, sku, Account::kCommitted, Account::kAvailable, units, from);
    order_move(move_type_, sku, Account::kAvailable, Account::kCommitted, units, to);
  }
  return done(OutcomeStatus::kRecorded);
}

}  // namespace holdfast::ledger
