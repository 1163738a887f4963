// What an operator may set about one sink, as plain values. Filled by app from TOML, read by feed
// and by the connector's factory. Immutable once the sink is added.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/time.h"

namespace holdfast::feed {

enum class DeliverMode {
  kEvents,  ///< every event, at least once, first deliveries in order per SKU
  kStock,   ///< the latest numbers per SKU, coalesced
};

/// Waits before attempt 1, 2, 3 …; after the last one fails the item becomes a dead letter.
struct RetryPolicy {
  std::vector<Duration> schedule = {0, 5 * kSecond, 300 * kSecond, 1800 * kSecond};
};

/// When a sink as a whole is at fault, and how often it is tried again.
struct CircuitPolicy {
  size_t outcomes = 20;       ///< the window that is looked at
  size_t failing_skus = 5;    ///< of so many SKUs at least, and half of the window, failed: open
  size_t unreachable = 3;     ///< this many failures in a row without a connection: open
  size_t parked_max = 1'000;  ///< more parked SKUs: open
  Duration probe_first = kSecond;
  Duration probe_max = 30 * kSecond;
};

struct SinkSettings {
  std::string name;
  DeliverMode deliver = DeliverMode::kEvents;
  std::string channel;  ///< stock sinks: only this channel's number; empty = all channels
  bool observe = false;  ///< stock sinks: note what would be told, tell nothing, until activated
  /// Stock sinks: tell again what the channel shows otherwise than it was told.
  bool enforce = false;
  /// Stock sinks: how long a number that only rises is kept back. A channel that takes orders
  /// itself may have sold meanwhile what it would be told is there.
  Duration raise_delay = 0;
  RetryPolicy retry;
  CircuitPolicy circuit;
  double rate_per_s = 0;  ///< deliveries per second at most; 0 = no limit
  Duration ambiguous_wait =
      5 * kSecond;                   ///< stock sinks: how long an unanswered push is waited out
  size_t dead_letters_max = 10'000;  ///< then the sink's failing SKUs stay parked
};

}  // namespace holdfast::feed
