// Small logs for the tests of this room: commands with one or more events, written through any EventStore.
#pragma once

#include <string>
#include <vector>

#include "store/event_store.h"

namespace holdfast::store::testing {

inline constexpr Timestamp kStart{1'763'884'800'000'000};

/// A keyed single-line hold as the ledger writes it.
inline Event hold_placed(Seq seq, uint64_t sku_seq, std::string_view sku, std::string_view location,
                         std::string_view hold) {
  Event event;
  event.type = EventType::kHoldPlaced;
  event.seq = seq;
  event.sku_seq = sku_seq;
  event.sku = sku;
  event.from = Account::kAvailable;
  event.to = Account::kHeld;
  event.quantity = 1;
  event.location = location;
  event.channel = "web";
  event.hold = hold;
  event.deadline = kStart + 900 * kSecond;
  return event;
}

/// One command with `events` holds of `sku`, as one group: begin, append, seal. Returns its last seq.
inline Seq append_command(EventStore& store, Seq after, std::string_view sku, uint64_t* sku_seq,
                          size_t events = 1, std::string_view key = "key", Timestamp time = kStart,
                          std::string_view detail = {}) {
  GroupWriter& group = store.begin_group(time);
  CommandHead head;
  head.type = CommandType::kHoldPlace;
  head.source = "local";
  head.idempotency_key = key;
  head.fingerprint = 0x1234;
  group.begin_command(head);
  const std::string hold = "h_0_" + std::to_string(after + 1);
  for (size_t i = 0; i < events; ++i) {
    Event event = hold_placed(++after, ++*sku_seq, sku, "berlin", hold);
    event.detail = detail;
    group.append(event);
  }
  group.end_command();
  store.seal_group();
  return after;
}

/// Keys of all durable commands, in order.
inline std::vector<std::string> keys_of(EventStore& store) {
  std::vector<std::string> keys;
  Seq after = 0;
  for (;;) {
    const Result<LogBatch> batch = store.read(after, 1 << 20);
    if (!batch) return {"error: " + batch.error().detail};
    for (const LoggedCommand& command : batch->commands) {
      keys.emplace_back(command.head.idempotency_key);
    }
    after = batch->last_seq;
    if (batch->at_end) return keys;
  }
}

}  // namespace holdfast::store::testing
