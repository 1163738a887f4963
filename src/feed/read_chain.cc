#include <deque>

#include "feed/courier_runner.h"

namespace holdfast::feed {
namespace {

/// Reads the log itself: for events of no SKU, which have no chain, and for ranges.
Result<std::vector<OwnedEvent>> scan(store::EventLog& store, Seq from, Seq upto, size_t limit,
                                     bool only_without_sku) {
  std::vector<OwnedEvent> events;
  Seq after = from - 1;
  while (after < upto) {
    HF_ASSIGN(batch, store.read(after, 256 << 10));
    if (batch.commands.empty()) break;
    for (const store::LoggedCommand& command : batch.commands) {
      for (const Event& event : command.events) {
        if (event.seq < from || event.seq > upto) continue;
        if (only_without_sku && !event.sku.empty()) continue;
        events.emplace_back(event);
        if (events.size() >= limit) return events;
      }
    }
    after = batch.last_seq;
  }
  return events;
}

}  // namespace

Result<std::vector<OwnedEvent>> read_chain(store::EventLog& store, const std::string& sku,
                                           Seq from, Seq upto, size_t limit) {
  if (sku.empty()) return scan(store, from, upto, limit, true);
  // The chain is walked from its newest event, and the oldest ones are wanted: keep the last
  // `limit`.
  std::deque<OwnedEvent> oldest;
  HF_TRY(store.walk_sku(sku, upto + 1, [&](const Event& event) {
    if (event.seq < from) return false;
    oldest.emplace_front(event);
    if (oldest.size() > limit) oldest.pop_back();
    return event.seq > from;
  }));
  return std::vector<OwnedEvent>(std::make_move_iterator(oldest.begin()),
                                 std::make_move_iterator(oldest.end()));
}

Result<std::vector<OwnedEvent>> read_range(store::EventLog& store, Seq from, Seq upto,
                                           size_t limit) {
  return scan(store, from, upto, limit, false);
}

}  // namespace holdfast::feed
