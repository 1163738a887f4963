#include "feed/sink_election.h"

#include <utility>

namespace holdfast::feed {

SinkElection::Step SinkElection::next(Duration now) const {
  if (epoch_ != 0) return now >= next_at_ ? Step::kRenew : Step::kNothing;
  if (!seen_) return now >= next_at_ ? Step::kLook : Step::kNothing;
  const bool is_free = row_.owner.empty() || row_.owner == me_;
  // A beat that did not move is no proof by itself: it is looked at again and again meanwhile, and
  // taking it compares the row with the one that was seen.
  if (is_free || now >= same_since_ + times_.ttl) return Step::kTake;
  return now >= next_at_ ? Step::kLook : Step::kNothing;
}

void SinkElection::looked(store::SinkLeaseRow row, Duration now) {
  if (!seen_ || !row.same_turn(row_)) same_since_ = now;
  seen_ = true;
  row_ = std::move(row);
  next_at_ = now + times_.look_every;
}

void SinkElection::took(bool mine, Duration now) {
  if (!mine) return lose(now);
  row_.owner = me_;
  hold(row_.epoch + 1, now);
}

void SinkElection::renewed(bool mine, Duration now) {
  if (!mine) return lose(now);
  hold(epoch_, now);
}

/// What was sent may come true later; it is trusted from before it was sent, and no longer.
void SinkElection::hold(uint64_t epoch, Duration now) {
  epoch_ = epoch;
  row_.epoch = epoch;
  valid_until_ = sent_at_ + times_.ttl - times_.margin;
  next_at_ = sent_at_ + times_.renew_every();
  if (now >= valid_until_) lose(now);  // the answer took so long that it is worth nothing
}

void SinkElection::unanswered(Duration now) {
  next_at_ = now + times_.look_every / 2;
  if (epoch_ != 0) return;
  // A take may have happened: the row is looked at before anything else is asked.
  seen_ = false;
}

void SinkElection::lose(Duration now) {
  epoch_ = 0;
  valid_until_ = 0;
  seen_ = false;
  next_at_ = now;
}

void SinkElection::give_up(Duration now) {
  lose(now);
  next_at_ = now + times_.look_every;
}

}  // namespace holdfast::feed
