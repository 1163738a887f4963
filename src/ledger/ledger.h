// The rules, pure: decides commands into events, applies events to state. No I/O, clock, thread,
// random, logging or globals; everything it knows is in the heads and events it was given.
//
// Used by engine (and by tests, the simulator and `verify`). Confined to one thread.
//
// decide() is a ladder of guards, one named refusal each; after the last guard it cannot fail, and
// every event it emits goes through apply() at once, so replaying the log gives the same state.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/time.h"
#include "model/command.h"
#include "model/event.h"
#include "model/limits.h"
#include "model/outcome.h"
#include "model/stored_rows.h"

namespace holdfast::ledger {

struct LedgerOptions {
  std::string ledger_id = "ledger";
  uint32_t incarnation = 0;
  Duration idempotency_window = 7 * kDay;
  uint64_t idempotency_keys_max = 16'000'000;
  uint64_t holds_open_max = limits::kHoldsOpenMax;
  uint64_t orders_open_max = limits::kOrdersOpenMax;
};

class Ledger {
 public:
  explicit Ledger(LedgerOptions options);
  ~Ledger();
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;

  // ---- deciding: REQUIRES `now` ≥ every earlier `now` ----
  /// Expires the due holds of the SKUs the command touches, then decides it. Refusals, rejections,
  /// duplicates and replays emit nothing (beyond those expiries). `storage_full` makes what adds
  /// holds, orders or facts answer kStorageFull. dry_run answers as if and emits nothing.
  Outcome decide(const Command& command, Timestamp now, EventSink& out, bool storage_full = false);
  /// Expires due holds of the SKUs the command touches, oldest first, until about `lines_max` lines
  /// or 1 MiB of events. False: some are still due, so that a decide() now would expire them all at
  /// once, however many there are. A caller whose groups are bounded asks this first.
  bool expire_for(const Command& command, Timestamp now, size_t lines_max, EventSink& out);
  /// Expires due holds of any SKU, oldest first, within the same bounds. Returns how many lines.
  size_t expire_due(Timestamp now, size_t lines_max, EventSink& out);
  /// Emits pending consequences of settings (availability.changed), at most `max`, looking at a
  /// bounded number of SKUs per call. Returns how many.
  size_t settle(Timestamp now, size_t max, EventSink& out);
  /// False while settle() has more to look at, even when its last call emitted nothing.
  bool settled() const;
  std::optional<Timestamp> next_deadline() const;
  /// Frees the memory of at most `max` idempotency keys and closed holds whose time was over at the
  /// last decision. Changes no answer but `idempotency_full`; replay does it by itself.
  void forget_expired(size_t max);

  // ---- replay ----
  void begin_command(const CommandHead& head, Seq first_seq, Timestamp recorded_at);
  void apply(const Event& event);
  void end_command();
  /// The answer a logged command gave, rebuilt from its record (for replayed keys). `stock` is left
  /// empty.
  static Outcome answer_of(const CommandHead& head, std::span<const Event> events);

  // ---- reading ----
  QueryResult query(const Query& query, Timestamp now) const;
  /// The SKU a name stands for: after a merge another one; empty when nothing is known of it.
  std::string_view sku_meant(std::string_view name) const;
  Seq last_seq() const;
  Hash128 state_hash() const;
  /// Sum over all accounts of every SKU is 0, holds and orders add up: empty, or what is wrong.
  std::string check() const;
  uint64_t idempotency_keys() const;
  uint64_t open_holds() const;

  // ---- a desk: a ledger with the rows of one group alone (many nodes) ----
  /// The names of the rows that deciding the command, or answering the question, can touch. Any ledger
  /// with the right `ledger_id` can tell.
  void add_wanted(const Command& command, RowNames* names) const;
  static void add_wanted(const Query& query, RowNames* names);
  /// Lays the rows out in an empty ledger, which then decides and answers like one that has them all.
  /// False: load what *missing names besides, and lay out a new one; nothing missing = damaged rows.
  bool load_some(const StoredLedger& ledger, const StoredSettings& settings, const StoredRows& rows,
                 RowNames* missing);
  /// SKUs below zero, now or during the group, whose open holds and orders are not all here (all but
  /// those in `whole`): an answer may name what a shortfall endangers, so nothing that was decided
  /// holds before they are loaded as `whole_skus`.
  std::vector<std::string> lacking(const std::set<std::string>& whole) const;
  /// What the group changed since load_some().
  StoredChanges changes() const;
  /// Announces what follows from settings for every SKU on the desk, and marks them settled.
  void settle_desk(Timestamp now, EventSink& out);

  // ---- snapshot: a consistent set of rows as of the seq at begin, taken in slices between groups
  // ----
  /// Fixes the snapshot's seq = last_seq(). One at a time.
  Seq begin_snapshot();
  /// Appends up to `max_rows` length-prefixed rows to *out; true when that was the last.
  bool next_snapshot_rows(size_t max_rows, std::string* out);
  /// Bytes of rows saved because they changed before their turn, and not yet taken: a call with
  /// `max_rows` 0 takes just these.
  size_t snapshot_bytes_saved() const;
  void abandon_snapshot();
  /// Loads rows written by next_snapshot_rows into an empty ledger, then finish_load at that seq.
  bool load_rows(std::string_view rows);
  bool finish_load(Seq seq, Timestamp time);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace holdfast::ledger
