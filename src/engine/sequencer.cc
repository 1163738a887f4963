#include "engine/sequencer.h"

#include <algorithm>
#include <utility>

#include "engine/count_basis.h"
#include "model/limits.h"

namespace holdfast::engine {
namespace {

/// Walks by the helper before the sequencer walks the rest itself, and its own before it gives up.
constexpr unsigned kBasisAttempts = 2;
constexpr unsigned kBasisAttemptsInline = 16;
/// Keys and closed holds dropped per group: more than a group can add, so they never pile up.
constexpr size_t kForgottenPerGroupMax = 2 * limits::kGroupCommandsMax;
/// The store's group limit holds for the largest command too, so a group ends this much before it.
constexpr size_t kCommandBytesMax = 4 << 20;
/// Deadlines are on boot time, which runs through a suspend; condition variables sleep on monotonic
/// time, which does not. A machine that wakes up expires what is due at most this much late.
constexpr Duration kSleepMax = 30 * kSecond;

}  // namespace

Sequencer::Sequencer(Parts parts, LogTime log_time, SequencerOptions options)
    : parts_(std::move(parts)),
      log_time_(log_time),
      options_(options),
      sealed_last_(parts_.store.durable_seq()),
      durable_(parts_.store.durable_seq()) {}

bool Sequencer::do_work() {
  if (failed_) return false;
  bool worked = collect_flush();
  worked |= decide_waiting();
  if (!in_flight_ && !failed_) worked |= close_group();
  if (failed_) return false;
  // Only between groups: the snapshot's seq must be the end of a group.
  worked |= parts_.snapshotter.turn(writer_ == nullptr);
  return worked;
}

void Sequencer::wait() {
  if (failed_) return parts_.inbox.wait(std::nullopt, Inbox::kPokeOnly);
  if (in_flight_) {
    const bool stuck = group_full() || backlog_next_ < backlog_.size();
    return parts_.inbox.wait(std::nullopt,
                             stuck ? Inbox::kPokeOnly : options_.overlap_commands_min);
  }
  std::optional<Duration> timeout;
  if (const auto deadline = parts_.ledger.next_deadline()) {
    timeout = std::clamp<Duration>(*deadline - log_time_.now(), 1, kSleepMax);
  }
  parts_.inbox.wait(timeout, 1);
}

bool Sequencer::idle() const {
  return !in_flight_ && writer_ == nullptr && backlog_next_ == backlog_.size() &&
         parts_.inbox.unanswered() == 0;
}

/// Takes the flusher's result, if it is there, and releases what waited for it.
bool Sequencer::collect_flush() {
  if (!in_flight_) return false;
  const auto result = parts_.flusher.take_result();
  if (!result) return false;
  in_flight_ = false;
  if (!*result) {
    fail(result->error());
    return true;
  }
  durable_ = sealed_last_;
  parts_.releaser.release(wait_in_flight_);
  return true;
}

bool Sequencer::decide_waiting() {
  if (backlog_next_ == backlog_.size()) {
    backlog_.clear();
    backlog_next_ = 0;
    const size_t taken = parts_.inbox.take(&backlog_);
    if (taken > 0) parts_.metrics.queue_commands.set(static_cast<int64_t>(taken));
  }
  const size_t first = backlog_next_;
  bool worked = false;
  while (backlog_next_ < backlog_.size()) {
    Submission& submission = backlog_[backlog_next_];
    const size_t before = submission.outcomes.size();
    const Progress progress = advance(submission);
    worked |= submission.outcomes.size() != before;
    if (progress == Progress::kGroupEnds) break;
    if (progress == Progress::kFinished) finish(std::move(submission));
    ++backlog_next_;
  }
  parts_.releaser.release(ready_);
  return worked || backlog_next_ != first;
}

/// Decides the submission's items as far as the open group allows.
Sequencer::Progress Sequencer::advance(Submission& submission) {
  if (submission.reads) {
    evaluate(submission);
    return Progress::kFinished;
  }
  while (submission.outcomes.size() < submission.commands.size()) {
    if (group_full()) return Progress::kGroupEnds;
    Command& command = submission.commands[submission.outcomes.size()];
    if (!submission.basis_skus.empty()) {
      BasisSkus& skus = submission.basis_skus[submission.outcomes.size()];
      drop_stale_bases(parts_.ledger, &command, &skus);
    }
    if (!expire_for(command)) return Progress::kGroupEnds;
    Outcome outcome = decide(command);
    if (outcome.error.code == ErrorCode::kBasisMoved) {
      const Progress progress = prepare_basis(submission);
      if (progress != Progress::kFinished) return progress;
      continue;
    }
    submission.basis_attempts = 0;
    submission.rest_on(std::max(outcome.depends_on, outcome.seq));
    if (outcome.replayed) {
      ++submission.replayed;
      parts_.metrics.replayed.add();
    }
    parts_.metrics.answer(outcome.status).add();
    submission.outcomes.push_back(std::move(outcome));
  }
  return Progress::kFinished;
}

/// A count of the past needs its basis. kHandedOver: the helper walks and resumes the submission;
/// kGroupEnds: it goes on once everything before it is durable; kFinished: decide it again now.
Sequencer::Progress Sequencer::prepare_basis(Submission& submission) {
  submission.basis_skus.resize(submission.commands.size());
  if (submission.basis_attempts < kBasisAttempts) {
    ++submission.basis_attempts;
    parts_.metrics.bases_prepared.add();
    parts_.helper.post([this, moved = std::move(submission)]() mutable {
      // All counts of the submission at once; an unreadable log leaves the basis absent, and the
      // walk on the sequencer meets the same error and reports it.
      for (size_t i = moved.outcomes.size(); i < moved.commands.size(); ++i) {
        if (!may_need_basis(moved.commands[i])) continue;
        if (!prepare_bases(parts_.store, &moved.commands[i], &moved.basis_skus[i])) {
          moved.commands[i].count_bases.clear();
          moved.basis_skus[i].clear();
        }
      }
      parts_.inbox.resume(std::move(moved));
    });
    return Progress::kHandedOver;
  }
  if (in_flight_ || durable_ < parts_.ledger.last_seq()) return Progress::kGroupEnds;
  Command& command = submission.commands[submission.outcomes.size()];
  parts_.metrics.bases_inline.add();
  const Status prepared =
      prepare_bases(parts_.store, &command, &submission.basis_skus[submission.outcomes.size()]);
  if (prepared && submission.basis_attempts < kBasisAttempts + kBasisAttemptsInline) {
    ++submission.basis_attempts;
    return Progress::kFinished;
  }
  Outcome outcome;
  outcome.error = prepared
                      ? Error{ErrorCode::kOverloaded,
                              "the SKU changes faster than its history can be summed; try again",
                              {}}
                      : prepared.error();
  parts_.metrics.answer(outcome.status).add();
  submission.outcomes.push_back(std::move(outcome));
  submission.basis_attempts = 0;
  return Progress::kFinished;
}

/// What is due of the command's SKUs is free before it is decided. A hundred thousand carts that
/// end at once would make a group no start could read: each group takes one bite, and the command
/// waits for the last.
bool Sequencer::expire_for(const Command& command) {
  open_group();
  bite_taken_ =
      !parts_.ledger.expire_for(command, group_time_, limits::kExpiriesPerGroupMax, *writer_);
  return !bite_taken_;
}

Outcome Sequencer::decide(const Command& command) {
  ++decided_;
  return parts_.ledger.decide(command, group_time_, *writer_, storage_full_);
}

void Sequencer::evaluate(Submission& submission) {
  const Timestamp now = decision_time();
  for (const Query& query : submission.reads->queries) {
    submission.reads->results.push_back(parts_.ledger.query(query, now));
  }
  submission.rest_on(parts_.ledger.last_seq());
  parts_.metrics.queries.add(submission.reads->queries.size());
}

void Sequencer::finish(Submission submission) {
  if (submission.depends_on <= durable_) {
    ready_.push_back(std::move(submission));
  } else if (in_flight_ && submission.depends_on <= sealed_last_) {
    wait_in_flight_.push_back(std::move(submission));
  } else {
    wait_open_.push_back(std::move(submission));
  }
}

void Sequencer::open_group() {
  if (writer_ != nullptr) return;
  group_time_ = log_time_.now();
  writer_ = &parts_.store.begin_group(group_time_);
  storage_full_ = !parts_.store.has_room();
  decided_ = 0;
  bite_taken_ = false;
  parts_.metrics.storage_full.set(storage_full_ ? 1 : 0);
  parts_.metrics.clock_offset_us.set(log_time_.offset());
}

bool Sequencer::group_full() const {
  return writer_ != nullptr && (bite_taken_ || decided_ >= limits::kGroupCommandsMax ||
                                writer_->bytes() + kCommandBytesMax >= limits::kGroupBytesMax);
}

/// Ends the open group, or opens one for what is due, and has it flushed. False: nothing was open
/// or due.
bool Sequencer::close_group() {
  const auto deadline = parts_.ledger.next_deadline();
  const bool due = deadline && *deadline <= decision_time();
  const bool settled = parts_.ledger.settled();
  if (writer_ == nullptr && !due && settled) return false;
  open_group();
  if (due && !bite_taken_) {
    parts_.metrics.holds_expired.add(
        parts_.ledger.expire_due(group_time_, limits::kExpiriesPerGroupMax, *writer_));
  }
  if (!settled) parts_.ledger.settle(group_time_, limits::kAvailabilityPerGroupMax, *writer_);
  parts_.ledger.forget_expired(kForgottenPerGroupMax);

  SealedGroup group;
  group.commands = writer_->commands();
  group.last_seq = parts_.ledger.last_seq();
  group.events = group.last_seq - sealed_last_;
  parts_.snapshotter.note_group(writer_->bytes());
  writer_ = nullptr;
  if (!parts_.store.seal_group()) return !settled;  // settling may find nothing to say for a while
  group.answers = std::exchange(wait_open_, {});
  parts_.metrics.idempotency_keys.set(static_cast<int64_t>(parts_.ledger.idempotency_keys()));
  parts_.metrics.open_holds.set(static_cast<int64_t>(parts_.ledger.open_holds()));
  flush_sealed(std::move(group));
  return true;
}

void Sequencer::flush_sealed(SealedGroup group) {
  sealed_last_ = group.last_seq;
  const size_t left = backlog_.size() - backlog_next_;
  if (left + parts_.inbox.waiting() >= options_.overlap_commands_min) {
    in_flight_ = true;
    parts_.metrics.groups_overlapped.add();
    parts_.flusher.hand_over(std::move(group));
    return;
  }
  if (const Status flushed = parts_.flusher.flush(group); !flushed) return fail(flushed.error());
  durable_ = sealed_last_;
}

/// The outcome of everything undurable is unknown: nobody is answered, nothing is retried.
void Sequencer::fail(const Error& error) {
  failed_ = true;
  parts_.inbox.close();
  parts_.metrics.failed.set(1);
  backlog_.clear();
  backlog_next_ = 0;
  for (auto* waiting : {&ready_, &wait_in_flight_, &wait_open_}) waiting->clear();
  parts_.inbox.take(&backlog_);
  backlog_.clear();
  parts_.on_fatal(error);
}

}  // namespace holdfast::engine
