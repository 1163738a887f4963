// What the engine writes to and the feed reads from: a durable log of groups of commands and their
// events. Knows bytes and events, no stock rule.
//
// Implementations: journal/ (files of one machine), memory/ (tests and the simulator).
//
// Writing is confined to one thread at a time (the sequencer and its flusher take turns); reading
// is thread-safe and sees only what is durable.
#pragma once

#include "store/event_log.h"

namespace holdfast::store {

/// One group being filled: an EventSink that encodes as it goes. From EventStore::begin_group.
class GroupWriter : public EventSink {
 public:
  virtual size_t bytes() const = 0;
  virtual size_t commands() const = 0;
};

class EventStore : public EventLog {
 public:
  // ---- writing ----
  /// The group to fill next. At most one is being filled, and at most one other is being flushed.
  /// The first event's seq must be last_seq() + 1.
  virtual GroupWriter& begin_group(Timestamp log_time) = 0;
  /// Closes the group being filled. Returns false (and forgets it) when it is empty.
  virtual bool seal_group() = 0;
  /// Writes the sealed group and returns once it is durable. May run on another thread than the
  /// next begin_group/append. kNoSpace: nothing was written, and the same group may be flushed
  /// again (a store with a helper thread waits for room instead). Any other error is final: stop
  /// answering and exit; never call again.
  virtual Status flush_group() = 0;
  /// False while there is no room for another segment: refuse what adds (507), go on with the rest.
  virtual bool has_room() const = 0;
};

}  // namespace holdfast::store
