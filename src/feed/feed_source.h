// The log as the feed's readers see it: durable events after a cursor, and a call when there are
// more.
//
// Used by http for /v1/feed. Thread-safe. read() blocks on the disk: call it off the event loop.
// A cursor is the id of the last event seen, `{ledger}-{incarnation}-{seq}`, and stays one after a
// restore as long as that event is in the log.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/event.h"

namespace holdfast::feed {

/// Some consecutive events. The events are views into `keep`.
struct FeedPage {
  std::shared_ptr<const void> keep;
  std::vector<Event> events;
  Seq last_seq = 0;  ///< read on after this
  bool at_end = false;
};

class FeedSource {
 public:
  virtual ~FeedSource() = default;
  virtual const std::string& ledger_id() const = 0;
  virtual uint32_t incarnation() const = 0;
  /// The `ledger.restored` events of the log, rising; they live as long as the source.
  virtual std::span<const Restore> restores() const { return {}; }
  /// The last seq that a reader of the earlier incarnation `seen` has in common with this log;
  /// nullopt: nobody knows, for that one is no part of its past.
  virtual std::optional<Seq> shared_with(uint32_t) const { return std::nullopt; }
  virtual Seq durable_seq() const = 0;
  /// Durable events after `after`, about `bytes_max` of log; at least one if there is any.
  virtual Result<FeedPage> read(Seq after, size_t bytes_max) = 0;
  /// `listener` is called whenever durable_seq rises, on the flushing thread: it must not block.
  virtual uint64_t subscribe(std::function<void(Seq durable)> listener) = 0;
  virtual void unsubscribe(uint64_t id) = 0;
};

}  // namespace holdfast::feed
