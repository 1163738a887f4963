// What is read of a log by everyone: history, the feed, replay. Only what is durable is seen.
//
// Implementations: every EventStore (event_store.h), and the log that many nodes share.
// Thread-safe.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "base/time.h"
#include "model/event.h"

namespace holdfast::store {

/// Who this log is.
struct LedgerIdentity {
  std::string ledger_id;     ///< random, 12 characters of [a-z0-9], made when the data directory is
  uint32_t incarnation = 0;  ///< how often the ledger was restored or cut
  /// The `ledger.restored` events in the log, rising: from each on it is another future.
  std::vector<Restore> restored = {};

  /// The last seq that a reader who last read in incarnation `seen` has surely in common with this
  /// log; nullopt: everything up to its end. REQUIRES: the log descends from `seen`; where later
  /// cuts took restores along it may be too low, never too high.
  std::optional<Seq> shared_with(uint32_t seen) const {
    for (const Restore& restore : restored) {
      if (restore.incarnation > seen) return restore.seq - 1;
    }
    return std::nullopt;
  }
  /// Whether incarnation `seen` is a part of this log's past, and not a future that was given up.
  bool descends_from(uint32_t seen) const {
    return seen == 0 || seen == incarnation ||
           std::any_of(restored.begin(), restored.end(),
                       [&](const Restore& restore) { return restore.incarnation == seen; });
  }
};

/// A decoded command and its events; views into memory owned by the batch that carries it.
struct LoggedCommand {
  CommandHead head;
  std::vector<Shortage> shortages;  ///< head.shortages points here when not empty
  std::vector<Event> events;        ///< seq, sku_seq, recorded_at, command_seq filled in
  Seq first_seq() const { return events.front().seq; }
  Seq last_seq() const { return events.back().seq; }
};

/// Some whole groups read from the log, in order.
struct LogBatch {
  std::shared_ptr<const std::string> bytes;  ///< what the views point into
  std::vector<LoggedCommand> commands;
  Seq last_seq = 0;     ///< the reader's next `after`
  bool at_end = false;  ///< nothing more is durable now
};

/// What replay gives, in the order and shape of ledger::Ledger's replay.
class LogVisitor {
 public:
  virtual ~LogVisitor() = default;
  /// The views live until the matching end_command().
  virtual void begin_command(const CommandHead& head, Seq first_seq, Timestamp recorded_at) = 0;
  virtual void event(const Event& event) = 0;
  virtual void end_command() = 0;
};

/// Balances of one place of a SKU, by account: the sum of the movements at it. Only the seven
/// accounts from kAvailable to kInTransit are kept; a movement is `from` at `location`, `to` at
/// `to_location` (at `location` where that is empty).
struct PlaceBalances {
  std::string location;
  std::array<int64_t, kAccountCount> balances{};
  int64_t at(Account account) const { return balances[static_cast<size_t>(account)]; }
  bool operator==(const PlaceBalances&) const = default;
};

/// The reading half of a store; all of it where nobody writes but others.
class EventLog {
 public:
  virtual ~EventLog() = default;

  virtual const LedgerIdentity& identity() const = 0;

  virtual Seq durable_seq() const = 0;
  virtual Timestamp last_time() const = 0;
  /// Durable commands after `after`, about `bytes_max` of them, at least one if there is any.
  virtual Result<LogBatch> read(Seq after, size_t bytes_max) = 0;
  /// The one command that contains `seq`. kCursorInvalid when seq is not durable.
  virtual Result<LogBatch> read_command(Seq seq) = 0;
  /// The SKU's events, newest first, before `before_seq` (0 = newest), while `visit` returns true.
  virtual Status walk_sku(const std::string& sku, Seq before_seq,
                          const std::function<bool(const Event&)>& visit) = 0;
  /// The SKU's events with seq > after_seq and `occurred_at` ≤ time (recorded late), newest first.
  /// Whole ranges without any are skipped where the store knows them.
  virtual Status walk_late_facts(const std::string& sku, Seq after_seq, Timestamp time,
                                 const std::function<bool(const Event&)>& visit);
  /// Balances of every place of the SKU after its events up to `seq`, by location name; places
  /// whose first event came later are left out. What a SKU was as of a time:
  /// balances_after(seq_at(time)).
  virtual Result<std::vector<PlaceBalances>> balances_after(const std::string& sku, Seq seq);
  /// The last durable seq recorded at or before `time`; 0 = none.
  virtual Result<Seq> seq_at(Timestamp time);
  /// Every durable event after `after`, in order, as fast as it decodes.
  virtual Status replay(Seq after, LogVisitor& visitor);
  /// Called (on the flushing thread) whenever durable_seq rises. Returns an id for unsubscribe.
  virtual uint64_t subscribe(std::function<void(Seq durable)> listener) = 0;
  virtual void unsubscribe(uint64_t id) = 0;
};

}  // namespace holdfast::store
