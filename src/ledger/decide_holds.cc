// Holds: place, change, release, extend.
#include <algorithm>

#include "ledger/bounds.h"
#include "ledger/decider.h"
#include "ledger/held_by.h"
#include "ledger/shortfall.h"
#include "model/limits.h"

namespace holdfast::ledger {

namespace {

/// "h_" digits "_" digits: the form the ledger gives ids itself.
bool looks_generated(std::string_view id) {
  if (!id.starts_with("h_")) return false;
  const size_t second = id.find('_', 2);
  if (second == std::string_view::npos || second == 2 || second + 1 == id.size()) return false;
  const auto digits = [](std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  return digits(id.substr(2, second - 2)) && digits(id.substr(second + 1));
}

bool well_formed_id(std::string_view id) {
  if (id.size() > limits::kHoldIdBytesMax) return false;
  return std::all_of(id.begin(), id.end(),
                     [](unsigned char c) { return std::isalnum(c) != 0 || c == '_' || c == '-'; });
}

}  // namespace

Event Decider::hold_event(EventType type, const Hold& hold, const HoldLine& line) const {
  Event event = event_of(type);
  event.sku = state_.sku_name(line.sku);
  event.location = state_.location_name(line.location);
  event.line = line.line;
  event.hold = hold.id;
  if (hold.channel != kNoId) event.channel = state_.channel_name(hold.channel);
  event.reference = hold.reference;
  return event;
}

void Decider::show_hold(std::string_view id, Outcome* outcome) const {
  const uint32_t hold = state_.find_hold(id);
  if (hold != kNoId) outcome->hold = view_of(state_, hold);
}

Outcome Decider::with_hold(Outcome outcome, std::string_view id) const {
  show_hold(id, &outcome);
  return outcome;
}

// Two requests for one hold are the same when they ask, for the same channel, for the same quantity
// of each (SKU, line, place).
bool Decider::same_hold(const Hold& hold, const Command& command) const {
  const bool of_channel = hold.channel != kNoId;
  if (command.channel != (of_channel ? state_.channel_name(hold.channel) : std::string_view())) {
    return false;
  }
  struct Asked {
    SkuId sku;
    std::string_view line;
    int64_t quantity;
    std::string_view place;
  };
  std::vector<Asked> asked;
  for (const CommandLine& line : command.lines) {
    const SkuId sku = state_.find_sku(line.sku);
    const std::string_view place = line.location.empty() ? command.location : line.location;
    const auto same = [&](const Asked& a) {
      return a.sku == sku && a.line == line.line && a.place == place;
    };
    const auto known = std::find_if(asked.begin(), asked.end(), same);
    if (known == asked.end()) {
      asked.push_back({sku, line.line, *line.quantity, place});
    } else {
      known->quantity += *line.quantity;
    }
  }
  // Lines that name a place first: the others may be anywhere.
  std::stable_partition(asked.begin(), asked.end(),
                        [](const Asked& a) { return !a.place.empty(); });
  int64_t total = 0;
  for (const HoldLine& line : hold.lines) {
    int64_t left = line.quantity;
    total += left;
    for (Asked& a : asked) {
      if (a.sku != line.sku || a.line != line.line) continue;
      if (!a.place.empty() && a.place != state_.location_name(line.location)) continue;
      const int64_t matched = std::min(left, a.quantity);
      a.quantity -= matched;
      left -= matched;
    }
    if (left > 0) return false;
  }
  // What a partial hold was not given, the hold does not remember: any such rest is the same
  // request.
  return total > 0 &&
         (command.allow_partial ||
          std::all_of(asked.begin(), asked.end(), [](const Asked& a) { return a.quantity == 0; }));
}

/// A key has as many open holds as it may.
bool Decider::quota_used_up(const Command& command) const {
  if (command.hold_quota.open_max <= 0) return false;
  const SourceId source = state_.source_names.find(command.source);
  return source != kNoId &&
         state_.sources[source].open_holds >= static_cast<uint64_t>(command.hold_quota.open_max);
}

/// A name has as many open holds of one of the SKUs as it may: one hold more would hoard it. What
/// the changed hold has already it keeps.
std::optional<Outcome> Decider::sku_quota_used_up(const Command& command, const Request& request,
                                                  SourceId by, const Hold* changed) const {
  if (command.hold_quota.open_per_sku_max <= 0 || by == kNoId) return std::nullopt;
  for (size_t i = 0; i < request.lines.size(); ++i) {
    const SkuId sku = request.lines[i].sku;
    if (sku == kNoId || (changed != nullptr && has_units_of(*changed, sku))) continue;
    if (holds_open_of(state_.skus[sku], by) < command.hold_quota.open_per_sku_max) continue;
    return rejected(ErrorCode::kTooManyOpen,
                    "this key has " + std::to_string(command.hold_quota.open_per_sku_max) +
                        " open holds of " + command.lines[i].sku +
                        ", its quota for one SKU: release or commit some, let them expire, or "
                        "raise keys.holds_open_per_sku_max",
                    "/lines/" + std::to_string(i) + "/sku");
  }
  return std::nullopt;
}

/// Apart from the guards, so that the answer is made where it is returned to.
Outcome Decider::granted(std::string_view id, const std::vector<Shortage>& shortages) {
  Outcome outcome = done(OutcomeStatus::kAccepted);
  show_hold(id, &outcome);
  outcome.shortages = shortages;
  return outcome;
}

Outcome Decider::hold_place(const Command& command) {
  if (!command.hold.empty()) {
    const std::string_view chosen =
        command.binding ? chosen_id(*command.binding, command.hold) : command.hold;
    if (!well_formed_id(chosen)) {
      return rejected(ErrorCode::kInvalidName, "an `id` is 1 to 64 of A-Z a-z 0-9 _ -", "/id");
    }
    if (looks_generated(chosen)) {
      return rejected(ErrorCode::kInvalidName, "ids of the form h_1_2 are the ledger's own", "/id");
    }
    if (const uint32_t known = state_.find_hold(command.hold); known != kNoId) {
      if (same_hold(state_.holds[known], command)) {
        return with_hold(done(OutcomeStatus::kDuplicate), command.hold);
      }
      return with_hold(refused(ErrorCode::kHoldExists, "this id is another hold"), command.hold);
    }
  }
  const int64_t ttl = command.ttl_s.value_or(limits::kHoldTtlDefaultS);
  if (ttl < 1 || ttl > limits::kHoldTtlMaxS) {
    return rejected(ErrorCode::kInvalidValue, "`ttl_s` is 1 to 86,400", "/ttl_s");
  }
  if (state_.open_holds >= options_.holds_open_max) {
    return rejected(ErrorCode::kTooManyOpen, "too many open holds: release some or wait");
  }
  if (quota_used_up(command)) {
    return rejected(ErrorCode::kTooManyOpen,
                    "this key has " + std::to_string(command.hold_quota.open_max) +
                        " open holds, its quota: release or commit some, let them expire, or raise "
                        "keys.holds_open_max");
  }
  Request request;
  if (auto no = prepare_request(command, &request)) return std::move(*no);
  const SourceId by = state_.source_names.find(command.source);
  if (auto no = sku_quota_used_up(command, request, by, nullptr)) return std::move(*no);
  const Plan plan =
      Allocation(state_, request.market ? &*request.market : nullptr).plan(request.lines);
  if (plan.parts.empty() || (!plan.short_lines.empty() && !command.allow_partial)) {
    return insufficient(command, plan);
  }
  // From here on it succeeds.
  const std::vector<Shortage> shortages = shortages_of(command, plan);
  if (!shortages.empty()) head_.shortages = &shortages;
  const std::string id = command.hold.empty()
                             ? generated_hold_id(options_.incarnation, state_.last_seq + 1)
                             : command.hold;
  for (const Part& part : plan.parts) {
    const CommandLine& line = command.lines[part.line];
    Event event = event_of(EventType::kHoldPlaced);
    event.sku = state_.sku_name(request.lines[part.line].sku);
    event.from = Account::kAvailable;
    event.to = Account::kHeld;
    event.quantity = part.quantity;
    event.location = state_.location_name(part.location);
    event.channel = command.channel;
    event.reference = command.reference;
    event.line = line.line;
    event.hold = id;
    event.deadline = now_ + ttl * kSecond;
    if (!command.hold.empty()) event.flags |= Event::kClientId;
    emit(event);
  }
  return granted(id, shortages);
}

std::optional<Outcome> Decider::closed_hold(const Hold& hold) const {
  if (hold.open()) return std::nullopt;
  const bool expired = std::any_of(hold.lines.begin(), hold.lines.end(),
                                   [](const HoldLine& line) { return line.expired > 0; });
  if (expired) {
    return with_hold(refused(ErrorCode::kHoldExpired, "the hold's time is over"), hold.id);
  }
  return with_hold(refused(ErrorCode::kHoldClosed, "the hold is released or fully used"), hold.id);
}

// The new lines, absolute: what stays where it is needs no check; what is given up counts as
// available for what is added.
Outcome Decider::hold_change(const Command& command) {
  const uint32_t id = state_.find_hold(command.hold);
  if (id == kNoId) return rejected(ErrorCode::kUnknownHold, "no such hold", "/id");
  const Hold& hold = state_.holds[id];
  if (auto closed = closed_hold(hold)) return std::move(*closed);

  Command as_of_hold = command;  // a hold keeps its channel
  if (hold.channel != kNoId) as_of_hold.channel = state_.channel_name(hold.channel);
  if (hold.channel == kNoId && as_of_hold.location.empty()) {
    as_of_hold.location = state_.location_name(hold.lines.front().location);
  }
  Request request;
  if (auto no = prepare_request(as_of_hold, &request)) return std::move(*no);
  if (auto no = sku_quota_used_up(command, request, hold.placed_by, &hold)) return std::move(*no);

  std::vector<int64_t> free(hold.lines.size());
  for (size_t i = 0; i < free.size(); ++i) free[i] = hold.lines[i].remaining;
  Few<Demand> more = request.lines;
  for (size_t i = 0; i < more.size(); ++i) {
    for (size_t j = 0; j < free.size(); ++j) {
      const HoldLine& line = hold.lines[j];
      if (line.sku != more[i].sku || free[j] == 0) continue;
      if (more[i].placed && line.location != more[i].location) continue;
      if (line.line != command.lines[i].line) continue;
      const int64_t kept = std::min(free[j], more[i].quantity);
      free[j] -= kept;
      more[i].quantity -= kept;
    }
  }
  Allocation allocation(state_, request.market ? &*request.market : nullptr);
  for (size_t j = 0; j < free.size(); ++j) {
    if (free[j] > 0) allocation.give_back(hold.lines[j].sku, hold.lines[j].location, free[j]);
  }
  Plan plan = allocation.plan(more);
  if (!plan.short_lines.empty()) {
    for (ShortLine& line : plan.short_lines) {  // what it holds already it could keep
      const int64_t kept = request.lines[line.line].quantity - more[line.line].quantity;
      if (kept > 0) line.available_to_sell = line.available_to_sell.value_or(0) + kept;
    }
    return with_hold(insufficient(command, plan), command.hold);
  }
  // From here on it succeeds.
  for (size_t j = 0; j < free.size(); ++j) {
    if (free[j] == 0) continue;
    Event event = hold_event(EventType::kHoldChanged, hold, hold.lines[j]);
    event.from = Account::kHeld;
    event.to = Account::kAvailable;
    event.quantity = free[j];
    // All of it given up while something is added elsewhere: add first, or the hold would close.
    if (free[j] == hold.remaining && !plan.parts.empty()) continue;
    emit(event);
    free[j] = 0;
  }
  for (const Part& part : plan.parts) {
    Event event = event_of(EventType::kHoldChanged);
    event.sku = state_.sku_name(more[part.line].sku);
    event.from = Account::kAvailable;
    event.to = Account::kHeld;
    event.quantity = part.quantity;
    event.location = state_.location_name(part.location);
    event.line = command.lines[part.line].line;
    event.hold = hold.id;
    event.reference = hold.reference;
    if (hold.channel != kNoId) event.channel = state_.channel_name(hold.channel);
    emit(event);
  }
  for (size_t j = 0; j < free.size(); ++j) {
    if (free[j] == 0) continue;
    Event event = hold_event(EventType::kHoldChanged, hold, hold.lines[j]);
    event.from = Account::kHeld;
    event.to = Account::kAvailable;
    event.quantity = free[j];
    emit(event);
  }
  return with_hold(done(OutcomeStatus::kAccepted), command.hold);
}

std::optional<std::vector<Decider::Chosen>> Decider::choose(const Hold& hold,
                                                            const Command& command,
                                                            int64_t HoldLine::* counter) const {
  std::vector<Chosen> chosen;
  if (command.lines.empty()) {
    for (size_t i = 0; i < hold.lines.size(); ++i) {
      const int64_t units = hold.lines[i].*counter;
      if (units > 0) chosen.push_back({static_cast<uint16_t>(i), units});
    }
    return chosen;
  }
  std::vector<int64_t> free(hold.lines.size());
  for (size_t i = 0; i < free.size(); ++i) free[i] = hold.lines[i].*counter;
  for (const CommandLine& wanted : command.lines) {
    const SkuId sku = state_.find_sku(wanted.sku);
    int64_t left = wanted.quantity.value_or(INT64_MAX);
    int64_t found = 0;
    for (size_t i = 0; i < free.size() && left > 0; ++i) {
      const HoldLine& line = hold.lines[i];
      if (line.sku != sku || free[i] == 0) continue;
      if (!wanted.line.empty() && line.line != wanted.line) continue;
      if (!wanted.location.empty() && state_.location_name(line.location) != wanted.location) {
        continue;
      }
      const int64_t units = std::min(left, free[i]);
      free[i] -= units;
      left -= units;
      found += units;
      chosen.push_back({static_cast<uint16_t>(i), units});
    }
    if (found == 0 || (wanted.quantity && left > 0)) return std::nullopt;
  }
  return chosen;
}

Outcome Decider::hold_release(const Command& command) {
  const uint32_t id = state_.find_hold(command.hold);
  if (id == kNoId) return rejected(ErrorCode::kUnknownHold, "no such hold", "/id");
  const Hold& hold = state_.holds[id];
  if (!hold.open()) return with_hold(done(OutcomeStatus::kDuplicate), command.hold);
  const auto chosen = choose(hold, command, &HoldLine::remaining);
  if (!chosen) {
    return with_hold(
        rejected(ErrorCode::kInvalidQuantity, "the hold has less left than that", "/lines"),
        command.hold);
  }
  for (const Chosen& units : *chosen) {
    Event event = hold_event(EventType::kHoldReleased, hold, hold.lines[units.line]);
    event.from = Account::kHeld;
    event.to = Account::kAvailable;
    event.quantity = units.units;
    if (units.units == hold.remaining) event.flags |= Event::kClosed;
    emit(event);
  }
  return with_hold(done(OutcomeStatus::kAccepted), command.hold);
}

Outcome Decider::hold_extend(const Command& command) {
  const uint32_t id = state_.find_hold(command.hold);
  if (id == kNoId) return rejected(ErrorCode::kUnknownHold, "no such hold", "/id");
  const Hold& hold = state_.holds[id];
  const int64_t ttl = command.ttl_s.value_or(limits::kHoldTtlDefaultS);
  if (ttl < 1 || ttl > limits::kHoldTtlMaxS) {
    return rejected(ErrorCode::kInvalidValue, "`ttl_s` is 1 to 86,400", "/ttl_s");
  }
  if (auto closed = closed_hold(hold)) return std::move(*closed);
  // A hold lives at most two days, however often it is extended: the answer shows what it got.
  const Timestamp deadline =
      std::min(now_ + ttl * kSecond, hold.placed_at + limits::kHoldLifeMaxS * kSecond);
  if (deadline != hold.deadline) {
    Event event = event_of(EventType::kHoldExtended);
    event.hold = hold.id;
    event.reference = hold.reference;
    if (hold.channel != kNoId) event.channel = state_.channel_name(hold.channel);
    event.deadline = deadline;
    emit(event);
  }
  return with_hold(done(OutcomeStatus::kAccepted), command.hold);
}

}  // namespace holdfast::ledger
