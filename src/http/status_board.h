// What /v1/sinks, /v1/sources, /readyz and the start page show of the rest of the process.
//
// app implements it over the couriers and the intake. Thread-safe; called on the HTTP threads: answer from
// memory, never wait for a sink.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/time.h"

namespace holdfast::http {

struct SinkStatus {
  std::string name;
  std::string type;          ///< "webhook", "stdout" …
  std::string deliver;       ///< "events" or "stock"
  std::string channel;       ///< stock sinks
  std::string state;         ///< "active", "paused", "observe", "circuit_open", "disabled"
  uint64_t cursor_seq = 0;   ///< everything up to it is delivered, parked or a dead letter
  uint64_t lag_events = 0;   ///< events behind the log
  uint64_t delivered = 0;
  uint64_t failed_attempts = 0;
  uint64_t parked = 0;
  uint64_t dead_letters = 0;
  std::string last_error;    ///< "HTTP 503" …; empty = none
  Timestamp last_delivered_at;
};

struct SourceStatus {
  std::string name;
  std::string type;
  std::string channel;
  uint64_t deliveries = 0;
  uint64_t duplicates = 0;
  uint64_t parked = 0;
  uint64_t refused = 0;      ///< signature did not verify
  std::string last_error;
  Timestamp last_received_at;
};

class StatusBoard {
 public:
  virtual ~StatusBoard() = default;
  virtual std::vector<SinkStatus> sinks() const = 0;
  virtual std::vector<SourceStatus> sources() const = 0;
  /// Empty when ready to serve; else what is missing, for /readyz.
  virtual std::string not_ready() const = 0;
};

}  // namespace holdfast::http
