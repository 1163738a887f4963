#include "ledger/ledger.h"

#include <algorithm>
#include <deque>
#include <optional>

#include "base/invariant.h"
#include "ledger/answer.h"
#include "ledger/apply.h"
#include "ledger/bounds.h"
#include "ledger/check.h"
#include "ledger/decider.h"
#include "ledger/desk.h"
#include "ledger/forget.h"
#include "ledger/queries.h"
#include "ledger/rows.h"
#include "ledger/snapshot.h"
#include "ledger/wanted.h"

namespace holdfast::ledger {

/// Of the memory whose time is over, freed with each command: a replay of years must not gather
/// years of keys, and a table full of keys outside the window is not full.
static constexpr size_t kForgottenPerCommand = 16;

struct Ledger::Impl {
  explicit Impl(LedgerOptions given)
      : options(std::move(given)),
        state(options.ledger_id, options.idempotency_window, options.idempotency_keys_max),
        rows(&state),
        applier(&state, &rows),
        snapshot(&state, &rows),
        desk(&state, &rows) {}

  LedgerOptions options;
  State state;
  RowBook rows;
  Applier applier;
  SnapshotWriter snapshot;
  Desk desk;

  struct Unsettled {
    ChannelId channel;
    SkuId next = 0;
  };
  std::deque<Unsettled> unsettled;  ///< not state: settling what is settled emits nothing

  void note_unsettled() {
    if (!applier.unsettled()) return;
    for (ChannelId channel : applier.take_unsettled()) {
      std::erase_if(unsettled, [&](const Unsettled& u) { return u.channel == channel; });
      unsettled.push_back({channel});
    }
  }
};

Ledger::Ledger(LedgerOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
Ledger::~Ledger() = default;

Outcome Ledger::decide(const Command& told, Timestamp now, EventSink& out, bool storage_full) {
  INVARIANT(!impl_->state.time.has_value() || now >= impl_->state.time,
            "log time went back: now={} last={}", now.us, impl_->state.time.us);
  impl_->applier.be_at(now, {});
  std::optional<Command> renamed;
  if (told.binding && !told.hold.empty()) {
    renamed = told;
    renamed->hold =
        hold_meant(impl_->state, *told.binding, told.hold, told.type == CommandType::kHoldPlace);
  }
  const Command& command = renamed ? *renamed : told;
  impl_->applier.be_at(now, command.hold);
  if (impl_->state.keys.full()) forget_expired(kForgottenPerCommand);
  if (command.binding) {
    auto outside = out_of_bounds(impl_->state, impl_->options, command, now, storage_full);
    if (outside) return std::move(*outside);
  }
  // Straight into place: an outcome is large.
  Outcome outcome =
      command.dry_run
          ? decide_dry(impl_->state, impl_->options, command, now, storage_full)
          : Decider(impl_->options, impl_->state, impl_->applier, out, now)
                .decide(command, storage_full);
  if (!command.dry_run) impl_->note_unsettled();
  if (command.binding) narrow(impl_->state, command, &outcome);
  return outcome;
}

bool Ledger::expire_for(const Command& command, Timestamp now, size_t lines_max, EventSink& out) {
  const Deadlines& deadlines = impl_->state.deadlines;
  if (deadlines.empty() || deadlines.first().at > now) return true;
  impl_->applier.be_at(now, command.hold);
  Decider decider(impl_->options, impl_->state, impl_->applier, out, now);
  return decider.expire_for(command, lines_max);
}

size_t Ledger::expire_due(Timestamp now, size_t lines_max, EventSink& out) {
  Decider decider(impl_->options, impl_->state, impl_->applier, out, now);
  return decider.expire_due(lines_max);
}

size_t Ledger::settle(Timestamp now, size_t max, EventSink& out) {
  constexpr size_t kSkusPerCall = 16'384;  // about a millisecond
  size_t events = 0;
  size_t skus = kSkusPerCall;
  while (!impl_->unsettled.empty() && events < max && skus > 0) {
    Impl::Unsettled& at = impl_->unsettled.front();
    const SkuId before = at.next;
    Decider decider(impl_->options, impl_->state, impl_->applier, out, now);
    events += decider.settle(at.channel, &at.next, max - events, skus);
    skus -= std::min<size_t>(skus, at.next - before);
    if (at.next >= impl_->state.skus.size()) impl_->unsettled.pop_front();
  }
  return events;
}

bool Ledger::settled() const { return impl_->unsettled.empty(); }

std::optional<Timestamp> Ledger::next_deadline() const {
  if (impl_->state.deadlines.empty()) return std::nullopt;
  return impl_->state.deadlines.first().at;
}

void Ledger::forget_expired(size_t max) {
  forget(&impl_->state, &impl_->rows, impl_->snapshot.keys_from(), max);
}

void Ledger::begin_command(const CommandHead& head, Seq first_seq, Timestamp recorded_at) {
  impl_->applier.begin_command(head, first_seq, recorded_at);
}

void Ledger::apply(const Event& event) { impl_->applier.apply(event); }

void Ledger::end_command() {
  impl_->applier.end_command();
  forget_expired(kForgottenPerCommand);
  impl_->note_unsettled();
}

Outcome Ledger::answer_of(const CommandHead& head, std::span<const Event> events) {
  return rebuilt_answer(head, events);
}

QueryResult Ledger::query(const Query& query, Timestamp now) const {
  return answer_query(impl_->state, query, now);
}

std::string_view Ledger::sku_meant(std::string_view name) const {
  const SkuId sku = impl_->state.find_sku(name);
  return sku == kNoId ? std::string_view() : impl_->state.sku_name(sku);
}

Seq Ledger::last_seq() const { return impl_->state.last_seq; }

Hash128 Ledger::state_hash() const { return impl_->rows.state_hash(); }

std::string Ledger::check() const { return check_books(impl_->state); }

uint64_t Ledger::idempotency_keys() const { return impl_->state.keys.size(); }

uint64_t Ledger::open_holds() const { return impl_->state.open_holds; }

// ---- a desk -------------------------------------------------------------------------------------

void Ledger::add_wanted(const Command& command, RowNames* names) const {
  ledger::add_wanted(impl_->state, command, names);
}

void Ledger::add_wanted(const Query& query, RowNames* names) { ledger::add_wanted(query, names); }

bool Ledger::load_some(const StoredLedger& ledger, const StoredSettings& settings,
                       const StoredRows& rows, RowNames* missing) {
  if (!impl_->desk.lay_out(ledger, settings, rows, missing)) return false;
  impl_->applier.watch_below_zero(impl_->desk.below_zero());
  return true;
}

std::vector<std::string> Ledger::lacking(const std::set<std::string>& whole) const {
  return impl_->desk.lacking(whole);
}

StoredChanges Ledger::changes() const { return impl_->desk.changes(!impl_->unsettled.empty()); }

void Ledger::settle_desk(Timestamp now, EventSink& out) {
  for (ChannelId channel = 0; channel < impl_->state.channels.size(); ++channel) {
    SkuId next = 0;
    Decider decider(impl_->options, impl_->state, impl_->applier, out, now);
    decider.settle(channel, &next, SIZE_MAX, SIZE_MAX);
  }
  impl_->desk.mark_settled();
}

// ---- snapshot -----------------------------------------------------------------------------------

Seq Ledger::begin_snapshot() {
  impl_->snapshot.begin();
  return impl_->state.last_seq;
}

bool Ledger::next_snapshot_rows(size_t max_rows, std::string* out) {
  return impl_->snapshot.next(max_rows, out);
}

size_t Ledger::snapshot_bytes_saved() const { return impl_->rows.bytes_saved(); }

void Ledger::abandon_snapshot() { impl_->snapshot.end(); }

bool Ledger::load_rows(std::string_view rows) { return load_snapshot_rows(rows, &impl_->state); }

bool Ledger::finish_load(Seq seq, Timestamp time) {
  impl_->state.last_seq = seq;
  impl_->state.time = time;
  impl_->state.now = time;
  if (!finish_loading(&impl_->state, &impl_->rows)) return false;
  // A setting may have been settled halfway when the snapshot was taken: look at all again.
  for (ChannelId id = 0; id < impl_->state.channels.size(); ++id) {
    impl_->unsettled.push_back({id});
  }
  return true;
}

}  // namespace holdfast::ledger
