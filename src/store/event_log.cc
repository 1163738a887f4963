#include "store/event_log.h"

#include <algorithm>
#include <map>

namespace holdfast::store {

// What every store can do with read() and walk_sku() alone. Stores that know more override.

Status EventLog::walk_late_facts(const std::string& sku, Seq after_seq, Timestamp time,
                                 const std::function<bool(const Event&)>& visit) {
  return walk_sku(sku, 0, [&](const Event& event) {
    if (event.seq <= after_seq) return false;
    const Timestamp occurred =
        event.occurred_at.has_value() ? event.occurred_at : event.recorded_at;
    return occurred > time || visit(event);
  });
}

Result<std::vector<PlaceBalances>> EventLog::balances_after(const std::string& sku, Seq seq) {
  std::map<std::string, PlaceBalances, std::less<>> places;
  const auto add = [&](std::string_view location, Account account, int64_t quantity) {
    if (location.empty()) return;
    PlaceBalances& place = places[std::string(location)];
    place.location = location;
    if (account >= Account::kAvailable && account <= Account::kInTransit) {
      place.balances[static_cast<size_t>(account)] += quantity;
    }
  };
  HF_TRY(walk_sku(sku, seq + 1, [&](const Event& event) {
    add(event.location, event.from, -event.quantity);
    add(event.to_location.empty() ? event.location : event.to_location, event.to, event.quantity);
    return true;
  }));
  std::vector<PlaceBalances> result;
  for (auto& [name, place] : places) result.push_back(std::move(place));
  return result;
}

Result<Seq> EventLog::seq_at(Timestamp time) {
  Seq last = 0;
  for (;;) {
    HF_ASSIGN(batch, read(last, 1 << 20));
    for (const LoggedCommand& command : batch.commands) {
      if (command.events.front().recorded_at > time) return last;
      last = command.last_seq();
    }
    if (batch.at_end) return last;
  }
}

Status EventLog::replay(Seq after, LogVisitor& visitor) {
  for (;;) {
    HF_ASSIGN(batch, read(after, 1 << 20));
    for (const LoggedCommand& command : batch.commands) {
      visitor.begin_command(command.head, command.first_seq(), command.events.front().recorded_at);
      for (const Event& event : command.events) visitor.event(event);
      visitor.end_command();
    }
    after = batch.last_seq;
    if (batch.at_end) return {};
  }
}

}  // namespace holdfast::store
