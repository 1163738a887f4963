#include "store/log_reader.h"

#include <algorithm>

#include "store/event_codec.h"

namespace holdfast::store {
namespace {

std::unexpected<Error> malformed(Seq seq) {
  return fail(ErrorCode::kCorrupt,
              "the group with seq " + std::to_string(seq) +
                  " verifies but does not decode: run `holdfast verify`, then put a whole copy in its place");
}

/// What the views of a batch point into.
struct BatchMemory {
  std::vector<std::shared_ptr<const std::string>> groups;
  TextArena arena;
  std::string none;
};

class BatchBuilder {
 public:
  /// Decodes the commands of `group` that end after `after`, until `bytes_max` is used up.
  bool add(const GroupView& group, Seq after, size_t bytes_max) {
    memory_->groups.push_back(group.bytes);
    const Seq start = std::max(after + 1, group.first_seq);
    const GroupView::CommandAt& first = group.command_with(start);
    PayloadReader reader(group.payload().substr(first.offset), first.first_seq, group.time,
                         &memory_->arena);
    while (batch_.commands.empty() || bytes_ < bytes_max) {
      LoggedCommand command;
      const size_t before = reader.offset();
      if (!reader.next(&command)) return reader.ok();
      bytes_ += reader.offset() - before;
      batch_.commands.push_back(std::move(command));
    }
    return true;
  }
  bool full(size_t bytes_max) const { return !batch_.commands.empty() && bytes_ >= bytes_max; }
  Seq last_seq() const { return batch_.commands.back().last_seq(); }

  LogBatch finish(Seq after, Seq durable) {
    // the vector has stopped moving: heads may point at their neighbours now
    for (LoggedCommand& command : batch_.commands) {
      if (command.head.shortages != nullptr) command.head.shortages = &command.shortages;
    }
    batch_.last_seq = batch_.commands.empty() ? after : last_seq();
    batch_.at_end = batch_.last_seq >= durable;
    const std::string* bytes = memory_->groups.empty() ? &memory_->none : memory_->groups.front().get();
    batch_.bytes = std::shared_ptr<const std::string>(memory_, bytes);
    return std::move(batch_);
  }

 private:
  std::shared_ptr<BatchMemory> memory_ = std::make_shared<BatchMemory>();
  LogBatch batch_;
  size_t bytes_ = 0;
};

/// Decodes single events by seq; remembers the group and command it decoded last.
class EventCursor {
 public:
  explicit EventCursor(GroupSource& groups) : groups_(groups) {}

  Status seek(Seq seq) {
    if (command_.events.empty() || seq < command_.first_seq() || seq > command_.last_seq()) {
      HF_TRY(load(seq));
    }
    at_ = seq - command_.first_seq();
    return {};
  }
  const Event& event() const { return command_.events[at_]; }
  const ChainLinks& links() const { return links_[at_]; }

 private:
  Status load(Seq seq) {
    if (group_ == nullptr || seq < group_->first_seq || seq > group_->last_seq) {
      HF_ASSIGN(group, groups_.group_with(seq));
      group_ = std::move(group);
    }
    arena_.clear();
    const GroupView::CommandAt& at = group_->command_with(seq);
    PayloadReader reader(group_->payload().substr(at.offset), at.first_seq, group_->time, &arena_);
    if (!reader.next(&command_, &links_)) {
      command_.events.clear();
      return malformed(seq);
    }
    return {};
  }

  GroupSource& groups_;
  std::shared_ptr<const GroupView> group_;
  TextArena arena_;
  LoggedCommand command_;
  std::vector<ChainLinks> links_;
  size_t at_ = 0;
};

/// The farthest step back along a chain that does not pass `floor`; 0 levels: one event.
Seq step_towards(const SkipPointers& skips, Seq previous, Seq floor) {
  for (int level = skips.levels; level-- > 0;) {
    const Seq target = skips.by_level[static_cast<size_t>(level)].target;
    if (target >= floor && target != 0) return target;
  }
  return previous;
}

/// How `event` changed the balances of `place`.
void add_movement(const Event& event, std::string_view place, PlaceBalances* sum) {
  const std::string_view to = event.to_location.empty() ? event.location : event.to_location;
  if (event.location == place) sum->balances[static_cast<size_t>(event.from)] -= event.quantity;
  if (to == place) sum->balances[static_cast<size_t>(event.to)] += event.quantity;
}

struct PlaceLinks {
  Seq previous;
  const Checkpoint& checkpoint;
};
PlaceLinks links_at(const EventCursor& cursor, std::string_view place) {
  const ChainLinks& links = cursor.links();
  if (cursor.event().location == place) return {links.previous_here, links.here};
  return {links.previous_there, links.there};
}

Result<bool> place_balances(EventCursor& cursor, Seq head, Seq seq, PlaceBalances* sum) {
  Seq at = head;
  while (at > seq) {
    HF_TRY(cursor.seek(at));
    const PlaceLinks links = links_at(cursor, sum->location);
    at = step_towards(links.checkpoint.skips, links.previous, seq);
  }
  if (at == 0) return false;
  while (at != 0) {
    HF_TRY(cursor.seek(at));
    const PlaceLinks links = links_at(cursor, sum->location);
    if (links.checkpoint.present) {
      for (size_t i = 0; i < kPlaceAccounts; ++i) {
        sum->balances[i + static_cast<size_t>(Account::kAvailable)] += links.checkpoint.balances[i];
      }
      break;
    }
    add_movement(cursor.event(), sum->location, sum);
    at = links.previous;
  }
  sum->balances[static_cast<size_t>(Account::kNone)] = 0;
  for (auto outside = static_cast<size_t>(Account::kSupplier); outside < kAccountCount; ++outside) {
    sum->balances[outside] = 0;  // only the accounts of a place are kept
  }
  return true;
}

}  // namespace

Result<LogBatch> LogReader::read(Seq after, size_t bytes_max) const {
  const Seq durable = groups_.durable_seq();
  BatchBuilder builder;
  Seq at = after;
  while (at < durable && !builder.full(bytes_max)) {
    HF_ASSIGN(group, groups_.group_with(at + 1));
    if (!builder.add(*group, at, bytes_max)) return malformed(at + 1);
    at = builder.last_seq();
  }
  return builder.finish(after, durable);
}

Result<LogBatch> LogReader::read_command(Seq seq) const {
  const Seq durable = groups_.durable_seq();
  if (seq == 0 || seq > durable) {
    return fail(ErrorCode::kCursorInvalid, "seq " + std::to_string(seq) + " is not in the log, which ends at " +
                                               std::to_string(durable));
  }
  HF_ASSIGN(group, groups_.group_with(seq));
  BatchBuilder builder;
  if (!builder.add(*group, seq - 1, 1)) return malformed(seq);
  return builder.finish(seq, durable);
}

Status LogReader::replay(Seq after, LogVisitor& visitor) const {
  const Seq durable = groups_.durable_seq();
  TextArena arena;
  LoggedCommand command;
  Seq at = after;
  while (at < durable) {
    HF_ASSIGN(group, groups_.group_with(at + 1));
    const GroupView::CommandAt& first = group->command_with(at + 1);
    PayloadReader reader(group->payload().substr(first.offset), first.first_seq, group->time, &arena);
    arena.clear();
    while (reader.next(&command)) {
      visitor.begin_command(command.head, command.first_seq(), group->time);
      for (const Event& event : command.events) visitor.event(event);
      visitor.end_command();
    }
    if (!reader.ok()) return malformed(reader.next_seq());
    at = group->last_seq;
  }
  return {};
}

Status LogReader::walk_sku(const std::string& sku, Seq before_seq,
                           const std::function<bool(const Event&)>& visit) const {
  EventCursor cursor(groups_);
  Seq at = chains_.durable_head(sku);
  while (at != 0) {
    HF_TRY(cursor.seek(at));
    const bool wanted = before_seq == 0 || at < before_seq;
    if (wanted && !visit(cursor.event())) return {};
    at = wanted ? cursor.links().previous
                : step_towards(cursor.links().skips, cursor.links().previous, before_seq);
  }
  return {};
}

Status LogReader::walk_late_facts(const std::string& sku, Seq after_seq, Timestamp time,
                                  const std::function<bool(const Event&)>& visit) const {
  EventCursor cursor(groups_);
  Seq at = chains_.durable_head(sku);
  while (at > after_seq) {
    HF_TRY(cursor.seek(at));
    const Event& event = cursor.event();
    const Timestamp occurred = event.occurred_at.has_value() ? event.occurred_at : event.recorded_at;
    if (occurred <= time && !visit(event)) return {};
    const SkipPointers& skips = cursor.links().skips;
    at = cursor.links().previous;
    for (int level = skips.levels; level-- > 0;) {
      const SkipTarget& skip = skips.by_level[static_cast<size_t>(level)];
      if (skip.min_occurred <= time) continue;
      at = skip.target;
      break;
    }
  }
  return {};
}

Result<std::vector<PlaceBalances>> LogReader::balances_after(const std::string& sku, Seq seq) const {
  EventCursor cursor(groups_);
  std::vector<PlaceBalances> places;
  for (const SkuChains::PlaceHead& head : chains_.durable_places(sku)) {
    PlaceBalances place{head.location, {}};
    HF_ASSIGN(found, place_balances(cursor, head.last, seq, &place));
    if (found) places.push_back(std::move(place));
  }
  return places;
}

}  // namespace holdfast::store
