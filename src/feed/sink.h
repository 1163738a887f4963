// What the feed asks of a connector that carries events or stock numbers out.
//
// The courier owns order, retry, backoff, coalescing, cursors, the circuit and dead letters; a sink
// only delivers, and reports per item. Confined to its courier's thread.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace holdfast::feed {

/// One thing to deliver: an event, or a SKU's present number.
struct Item {
  uint64_t token = 0;  ///< the courier's; repeated in the report
  std::string id;      ///< `{ledger}-{incarnation}-{seq}`, stable over retries
  std::string type;    ///< "stock.received" …, or "stock.changed"
  std::string sku;     ///< ordering key; empty = none
  std::string body;    ///< CloudEvents 1.0 JSON, structured mode
  uint32_t attempt = 1;
};

enum class Verdict {
  kDelivered,
  kRetry,      ///< try again: 5xx, 429, timeout, connection refused
  kAmbiguous,  ///< may have been applied: timed out after sending; retried, stock sinks wait it out
  kRejected,   ///< will never be accepted (4xx): dead letter
  kGone,       ///< the receiver wants no more (410): the sink is disabled
};
struct Report {
  uint64_t token = 0;
  Verdict verdict = Verdict::kRetry;
  std::string detail;        ///< "HTTP 503", "connection refused" …
  Duration retry_after = 0;  ///< what the receiver asked for; 0 = nothing
  bool unreachable = false;  ///< no connection was made: it says nothing about the item
  bool throttled = false;    ///< kRetry: asked to slow down; the sink pauses, no attempt is counted
};

class Sink {
 public:
  virtual ~Sink() = default;
  /// Checks what can be checked before the first delivery.
  virtual Status open() = 0;
  /// Nothing may be sent once CLOCK_BOOTTIME is `boot`, handed over before or not: it is given up
  /// instead. Told again before each deliver() and poll() where there is such an end; one that
  /// sends within deliver() has nothing to do.
  virtual void send_until(Duration boot) { (void)boot; }
  /// How many items may be in flight at once.
  virtual size_t window() const = 0;
  /// Starts delivering; each item is reported by a later poll(), in any order.
  virtual void deliver(std::vector<Item> items, Timestamp now) = 0;
  /// Waits up to `wait` for reports or for wake() from another thread, and returns what there is.
  virtual std::vector<Report> poll(Duration wait) = 0;
  /// Ends a poll() early. Thread-safe; the only member that is.
  virtual void wake() = 0;
};

/// Makes a sink that holds nothing of one made before.
using SinkFactory = std::function<Result<std::unique_ptr<Sink>>()>;

}  // namespace holdfast::feed
