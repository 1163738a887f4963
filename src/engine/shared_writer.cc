#include "engine/shared_writer.h"

#include <algorithm>
#include <utility>

#include "engine/count_basis.h"
#include "model/limits.h"

namespace holdfast::engine {
namespace {

/// Holds of any SKU that are due first: what one command expires in passing.
constexpr size_t kDueInPassing = 64;
constexpr size_t kSettledPerGroup = 500;
constexpr size_t kPurgedPerGroup = 5'000;
/// Between two attempts at a group: a server that restarts is asked again soon, not at once.
constexpr Duration kRetryPause = 50 * kMillisecond;
constexpr int kDesksMax = 16;

}  // namespace

/// One attempt at a group, under one lock.
struct SharedWriter::Group {
  std::vector<Command*> commands;  ///< in the backlog; fewer once the group ended early
  store::GroupStart start;
  std::optional<store::RecordKeeper> keeper;
  std::vector<Outcome> outcomes;
  bool swept = false;    ///< expire whatever is due instead
  bool settles = false;  ///< settle the desk instead
  bool only_part = false;
};

SharedWriter::SharedWriter(Parts parts, SharedWriterOptions options)
    : parts_(std::move(parts)),
      options_(options),
      names_(parts_.rules),
      cache_(options.cache_bytes_max) {}

bool SharedWriter::do_work() {
  take();
  release_finished();
  if (const size_t commands = commands_of_next(); commands > 0) {
    run(commands);
    release_finished();
    chores();
    return true;
  }
  return chores();
}

void SharedWriter::wait() {
  if (more_due_ || settle_due_) return;
  const Duration since = parts_.clock.boot() - swept_;
  parts_.inbox.wait(std::max<Duration>(options_.sweep_every - since, 1), 1);
}

// ---- which commands ----------------------------------------------------------------------------

void SharedWriter::take() {
  if (!backlog_.empty()) return;
  const size_t taken = parts_.inbox.take(&backlog_);
  if (taken > 0) parts_.metrics.queue_commands.set(static_cast<int64_t>(taken));
}

/// How many commands, from the front of the backlog, the next group takes.
size_t SharedWriter::commands_of_next() const {
  size_t commands = 0;
  for (const Submission& submission : backlog_) {
    commands += submission.commands.size() - submission.outcomes.size();
    if (commands >= options_.group_commands_max) return options_.group_commands_max;
  }
  return commands;
}

std::vector<Command*> SharedWriter::next_commands(size_t count) {
  std::vector<Command*> commands;
  for (Submission& submission : backlog_) {
    for (size_t i = submission.outcomes.size(); i < submission.commands.size(); ++i) {
      if (commands.size() == count) return commands;
      commands.push_back(&submission.commands[i]);
    }
  }
  return commands;
}

// ---- one group ---------------------------------------------------------------------------------

/// Decides and commits, again for a while where the store fails; in the end everyone is answered.
void SharedWriter::run(size_t commands) {
  const Duration until = parts_.clock.boot() + options_.retry_for;
  Error error;
  for (;;) {
    const Attempt attempt = this->attempt(commands, &error);
    if (attempt == Attempt::kDone) return;
    if (attempt == Attempt::kUnknown) {
      return answer_all(
          commands, ErrorCode::kOutcomeUnknown,
          "the database did not say whether it was committed: ask again with the same key");
    }
    if (error.code == ErrorCode::kStorageFull) {
      return answer_all(commands, error.code, error.detail);
    }
    if (stopping_.load() || parts_.clock.boot() >= until) {
      return answer_all(
          commands, ErrorCode::kOverloaded,
          "the database cannot be written now, nothing was recorded: " + error.detail);
    }
    parts_.inbox.wait(kRetryPause, Inbox::kPokeOnly);
  }
}

SharedWriter::Attempt SharedWriter::attempt(size_t commands, Error* error) {
  Group group;
  group.commands = next_commands(commands);
  RowNames names;
  for (const Command* command : group.commands) names_.add_wanted(*command, &names);
  if (const Status begun = begin(names, kDueInPassing, &group); !begun) {
    *error = begun.error();
    return Attempt::kAgain;
  }
  return decide_on_desks(&group, error);
}

/// Takes the lock. What was cached over another connection proves nothing: it may have been another
/// timeline's.
Status SharedWriter::begin(const RowNames& names, size_t due_max, Group* group) {
  for (int connects = 0; connects < 2; ++connects) {
    const std::vector<store::KnownRow> known = cache_.known(names);
    auto start = parts_.store.begin(names, known, due_max);
    const bool new_connection =
        std::exchange(connections_, parts_.store.connections()) != connections_;
    if (!start || new_connection) forget_cache();
    if (!start) return std::unexpected(start.error());
    if (!new_connection || known.empty()) {
      group->start = std::move(*start);
      return {};
    }
    parts_.store.rollback();
  }
  return fail(ErrorCode::kOverloaded, "connections to the database do not last");
}

/// Under the lock. Ends it, whatever happens.
SharedWriter::Attempt SharedWriter::decide_on_desks(Group* group, Error* error) {
  const auto failed = [&](Error why) {
    *error = std::move(why);
    parts_.store.rollback();
    forget_cache();
    return Attempt::kAgain;
  };
  if (!cache_.complete(&group->start.rows)) {
    return failed({ErrorCode::kCorrupt, "the store left out a row that is not cached", {}});
  }
  const auto known = settings(group->start.ledger.settings);
  if (!known) return failed(known.error());
  DeskMaker maker(parts_.rules, group->start.ledger, **known, std::move(group->start.rows),
                  [this](const RowNames& names) { return load(names); });
  for (int desks = 0; desks < kDesksMax; ++desks) {
    auto desk = maker.make();
    if (!desk) return failed(desk.error());
    group->keeper.emplace(group->start.time);
    group->outcomes.clear();
    if (const Status decided = decide(group, **desk); !decided) return failed(decided.error());
    const std::vector<std::string> lacking = (*desk)->lacking(maker.whole());
    if (lacking.empty()) return finish(group, **desk, error);
    if (const Status more = maker.load_whole(lacking); !more) return failed(more.error());
  }
  return failed({ErrorCode::kCorrupt, "a group that never has all its rows", {}});
}

/// Pure but for counts of the past, whose history is read under the lock: it cannot move on.
Status SharedWriter::decide(Group* group, ledger::Ledger& desk) {
  const Timestamp now = group->start.time;
  store::RecordKeeper& keeper = *group->keeper;
  if (group->settles) desk.settle_desk(now, keeper);
  if (group->swept) {
    parts_.metrics.holds_expired.add(desk.expire_due(now, limits::kExpiriesPerGroupMax, keeper));
  }
  for (size_t i = 0; i < group->commands.size(); ++i) {
    Command& command = *group->commands[i];
    if (!desk.expire_for(command, now, limits::kExpiriesPerGroupMax, keeper) ||
        keeper.bytes() >= options_.group_bytes_max) {
      group->commands.resize(i);  // the next group goes on here
      return {};
    }
    Outcome outcome = desk.decide(command, now, keeper);
    if (outcome.error.code == ErrorCode::kBasisMoved) {
      if (!keeper.empty()) {
        group->commands.resize(i);
        return {};
      }
      BasisSkus skus;
      command.count_bases.clear();
      HF_TRY(prepare_bases(parts_.log, &command, &skus));
      parts_.metrics.bases_inline.add();
      outcome = desk.decide(command, now, keeper);
    }
    group->outcomes.push_back(std::move(outcome));
  }
  return {};
}

SharedWriter::Attempt SharedWriter::finish(Group* group, ledger::Ledger& desk, Error* error) {
  StoredChanges changes = desk.changes();
  if (group->keeper->empty() && changes.skus.empty()) {
    parts_.store.rollback();
    keep_outcomes(group);
    return Attempt::kDone;
  }
  store::GroupWrite write;
  write.changes = std::move(changes);
  write.changes.ledger.last_time = group->start.time;
  write.owner = options_.owner;
  write.group = ++group_;
  for (StoredSku& sku : write.changes.skus) sku.token.owner = options_.owner;
  parts_.metrics.group_commands.observe(group->keeper->commands());
  const size_t events = group->keeper->events();
  write.events = group->keeper->take();
  const Duration before = parts_.clock.boot();
  store::CommitOutcome outcome = parts_.store.commit(write, error);
  if (outcome == store::CommitOutcome::kUnknown) outcome = settle(write);
  parts_.metrics.flush.observe(static_cast<uint64_t>(parts_.clock.boot() - before));
  if (outcome != store::CommitOutcome::kCommitted) {
    forget_cache();
    return outcome == store::CommitOutcome::kUnknown ? Attempt::kUnknown : Attempt::kAgain;
  }
  parts_.metrics.groups.add();
  parts_.metrics.events.add(events);
  committed(write);
  keep_outcomes(group);
  return Attempt::kDone;
}

/// COMMIT was sent and not answered. As long as it is not known, nobody is answered and nothing is
/// decided: the lock may still be the lost group's.
store::CommitOutcome SharedWriter::settle(const store::GroupWrite& write) {
  const Duration until = parts_.clock.boot() + options_.retry_for;
  for (;;) {
    const store::CommitOutcome outcome = parts_.store.settle(write.owner, write.group);
    if (outcome != store::CommitOutcome::kUnknown || parts_.clock.boot() >= until) return outcome;
    parts_.inbox.wait(kRetryPause, Inbox::kPokeOnly);
  }
}

/// What this node wrote it knows, as long as the connection it wrote it on lives.
void SharedWriter::committed(const store::GroupWrite& write) {
  if (parts_.store.connections() != connections_) forget_cache();
  for (const StoredSku& sku : write.changes.skus) cache_.put(sku);
  settle_due_ |= cache_.settle_raised(write.changes.ledger.settle);
  parts_.metrics.durable_seq.set(static_cast<int64_t>(write.changes.ledger.last_seq));
  parts_.metrics.open_holds.set(static_cast<int64_t>(write.changes.ledger.open_holds));
  parts_.metrics.idempotency_keys.set(static_cast<int64_t>(write.changes.ledger.keys));
  if (parts_.on_committed) {
    parts_.on_committed(write.changes.ledger.last_seq, write.changes.ledger.last_time);
  }
}

void SharedWriter::forget_cache() { cache_.clear(); }

Result<StoredRows> SharedWriter::load(const RowNames& names) {
  HF_ASSIGN(rows, parts_.store.load(names, cache_.known(names)));
  if (!cache_.complete(&rows)) {
    return fail(ErrorCode::kCorrupt, "the store left out a row that is not cached");
  }
  return rows;
}

Result<const StoredSettings*> SharedWriter::settings(uint64_t version) {
  if (const StoredSettings* known = cache_.settings(version)) return known;
  RowNames names;
  names.settings = true;
  HF_ASSIGN(rows, parts_.store.load(names, {}));
  rows.settings->version = version;
  cache_.put_settings(std::move(*rows.settings));
  return cache_.settings(version);
}

// ---- answers -----------------------------------------------------------------------------------

void SharedWriter::keep_outcomes(Group* group) {
  auto submission = backlog_.begin();
  for (Outcome& outcome : group->outcomes) {
    while (submission->outcomes.size() == submission->commands.size()) ++submission;
    if (outcome.replayed) {
      ++submission->replayed;
      parts_.metrics.replayed.add();
    }
    parts_.metrics.answer(outcome.status).add();
    submission->outcomes.push_back(std::move(outcome));
  }
}

void SharedWriter::answer_all(size_t commands, ErrorCode code, const std::string& why) {
  Group group;
  for (; commands > 0; --commands) {
    Outcome& outcome = group.outcomes.emplace_back();
    outcome.status = OutcomeStatus::kRejected;
    outcome.error = {code, why, {}};
  }
  keep_outcomes(&group);
}

void SharedWriter::release_finished() {
  const auto open = std::find_if(backlog_.begin(), backlog_.end(), [](const Submission& s) {
    return s.outcomes.size() < s.commands.size();
  });
  std::vector<Submission> finished(std::make_move_iterator(backlog_.begin()),
                                   std::make_move_iterator(open));
  backlog_.erase(backlog_.begin(), open);
  if (!finished.empty()) parts_.releaser.release(finished);
}

// ---- chores ------------------------------------------------------------------------------------

/// Between groups: what nobody names. Several nodes doing it find nothing twice. A chore that fails
/// is due again: nobody waits for it.
bool SharedWriter::chores() {
  const Duration now = parts_.clock.boot();
  bool worked = false;
  if (settle_due_ && !stopping_.load()) worked |= chore(true);
  if (!more_due_ && swept_ != 0 && now - swept_ < options_.sweep_every) return worked;
  swept_ = now;
  more_due_ = chore(false);
  if (!settle_due_) settle_due_ = others_raised_settle_;
  if (purged_ == 0 || now - purged_ >= options_.purge_every) {
    purged_ = now;
    purge();
  }
  return worked || more_due_;
}

/// One group of expiries, or of consequences of settings. True: there was something to write.
bool SharedWriter::chore(bool settles) {
  Group group;
  group.swept = !settles;
  group.settles = settles;
  if (!begin({}, settles ? 0 : limits::kExpiriesPerGroupMax, &group)) return false;
  RowNames names;
  auto unsettled =
      parts_.store.unsettled_skus(group.start.ledger.settle, settles ? kSettledPerGroup : 1);
  if (!unsettled) {
    parts_.store.rollback();
    return false;
  }
  others_raised_settle_ = !unsettled->empty();
  if (settles) {
    settle_due_ = unsettled->size() == kSettledPerGroup;
    names.bare_skus = std::move(*unsettled);
  }
  if (settles ? names.empty() : group.start.rows.holds.empty()) {
    parts_.store.rollback();
    return false;
  }
  if (settles) {
    auto rows = load(names);
    if (!rows) {
      parts_.store.rollback();
      settle_due_ = true;
      return false;
    }
    group.start.rows = std::move(*rows);
  }
  Error error;
  const bool done = decide_on_desks(&group, &error) == Attempt::kDone;
  if (settles && !done) settle_due_ = true;
  return done;
}

void SharedWriter::purge() {
  (void)parts_.store.purge(parts_.rules.idempotency_window, limits::kClosedKept, kPurgedPerGroup);
}

}  // namespace holdfast::engine
