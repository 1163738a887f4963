// What an EventCourier makes of answers: advance, park, give up, or blame the sink.
#include <algorithm>

#include "base/invariant.h"
#include "feed/event_courier.h"

namespace holdfast::feed {

void EventCourier::report(const Report& report, const Now& now) {
  const auto found = in_flight_.find(report.token);
  if (found == in_flight_.end()) return;  // an answer to a delivery of before a replay or restart
  InFlight flight = std::move(found->second);
  in_flight_.erase(found);
  if (report.verdict == Verdict::kDelivered) {
    ++delivered_;
    last_error_.clear();
  } else {
    ++failed_;
    last_error_ = report.detail;
  }
  if (flight.extra) return report_extra(std::move(flight), report, now);

  Lane& lane = lanes_.at(flight.lane);
  lane.in_flight = false;
  switch (report.verdict) {
    case Verdict::kDelivered: {
      const bool was_open = circuit_.state() != CircuitState::kClosed;
      circuit_.succeeded(flight.lane);
      advance(flight.lane, lane);
      if (was_open) sink_recovered();
      return;
    }
    case Verdict::kGone:
      send_again(flight.lane, lane, now);
      return set_state(SinkState::kDisabled, report.detail);
    case Verdict::kRetry:
    case Verdict::kAmbiguous:
    case Verdict::kRejected:
      return lane_failed(flight.lane, lane, report, now);
  }
}

void EventCourier::lane_failed(const std::string& name, Lane& lane, const Report& report,
                               const Now& now) {
  if (report.throttled) {
    circuit_.throttled(report.retry_after, now.steady);
    return send_again(name, lane, now);
  }
  const bool was_closed = circuit_.state() == CircuitState::kClosed;
  if (circuit_.failed(name, report.unreachable, report.retry_after, parked_, now.steady)) {
    if (was_closed) forgive_parked();
    return send_again(name, lane, now);
  }
  ++lane.attempts;
  const bool final =
      report.verdict == Verdict::kRejected || lane.attempts >= settings_.retry.schedule.size();
  if (final && dead_letter(lane.queue.front(), lane.attempts, report.detail, now)) {
    return advance(name, lane);
  }
  park(name, lane, now.steady + retry_wait(lane.attempts, report.retry_after));
}

/// The front of the lane is done with: delivered, or a dead letter.
void EventCourier::advance(const std::string& name, Lane& lane) {
  const Entry done = std::move(lane.queue.front());
  lane.queue.pop_front();
  --waiting_;
  waiting_bytes_ -= done.body.size();
  lane.attempts = 0;
  if (lane.parked) {
    lane.parked_from = done.seq + 1;
    records_.push_back(SkuParked{name, lane.parked_from, 0});
    return set_due(name, lane, 0);
  }
  finish(done.seq);
  if (!lane.queue.empty()) {
    ready_.push_back(name);
  } else {
    lanes_.erase(name);
  }
}

/// The same delivery once more, without counting the failure: the sink was at fault.
void EventCourier::send_again(const std::string& name, Lane& lane, const Now& now) {
  if (lane.parked) return set_due(name, lane, now.steady);
  ready_.push_back(name);
}

void EventCourier::park(const std::string& name, Lane& lane, Duration due_at) {
  const Seq from = lane.parked ? lane.parked_from : lane.queue.front().seq;
  // The record comes before any cursor that passes these events: see take_records().
  records_.push_back(SkuParked{name, from, lane.attempts});
  if (!lane.parked) {
    lane.parked = true;
    lane.parked_from = from;
    ++parked_;
    for (const Entry& entry : lane.queue) finish(entry.seq);
  }
  drop_waiting(lane);
  set_due(name, lane, due_at);
}

/// A SKU with more events than may wait for it: the rest is read from its chain when its turn
/// comes. The one on its way stays.
void EventCourier::overflow(const std::string& name, Lane& lane) {
  records_.push_back(SkuParked{name, lane.queue.front().seq, 0});
  lane.parked = true;
  lane.parked_from = lane.queue.front().seq;
  ++parked_;
  for (const Entry& entry : lane.queue) finish(entry.seq);
  Entry on_its_way = std::move(lane.queue.front());
  lane.queue.pop_front();
  drop_waiting(lane);
  lane.queue.push_back(std::move(on_its_way));
}

void EventCourier::unpark(const std::string& name) {
  const auto found = lanes_.find(name);
  parked_due_.erase({found->second.due_at, name});
  records_.push_back(SkuUnparked{name});
  --parked_;
  lanes_.erase(found);
}

void EventCourier::drop_waiting(Lane& lane) {
  for (const Entry& entry : lane.queue) {
    --waiting_;
    waiting_bytes_ -= entry.body.size();
  }
  lane.queue.clear();
}

void EventCourier::set_due(const std::string& name, Lane& lane, Duration due_at) {
  parked_due_.erase({lane.due_at, name});
  lane.due_at = due_at;
  parked_due_.insert({due_at, name});
}

/// A first failure just before the circuit opened was the sink's. What failed again and again is
/// judged by the schedule all the same, or a poisonous event would be forgiven at every opening.
void EventCourier::forgive_parked() {
  for (const auto& [due_at, name] : parked_due_) {
    uint32_t& attempts = lanes_.at(name).attempts;
    if (attempts <= 1) attempts = 0;
  }
}

void EventCourier::sink_recovered() {
  const std::set<std::pair<Duration, std::string>> parked = parked_due_;
  for (const auto& [due_at, name] : parked) {
    Lane& lane = lanes_.at(name);
    if (lane.attempts <= 1) set_due(name, lane, 0);
  }
}

void EventCourier::finish(Seq seq) {
  const auto at = std::lower_bound(open_.begin(), open_.end(), seq,
                                   [](const Open& open, Seq value) { return open.seq < value; });
  if (at != open_.end() && at->seq == seq) at->done = true;
  while (!open_.empty() && open_.front().done) open_.pop_front();
}

bool EventCourier::dead_letter(const Entry& entry, uint32_t attempts, const std::string& reason,
                               const Now& now) {
  const bool known = dead_letters_.contains(entry.seq);
  if (!known && dead_letters_.size() >= settings_.dead_letters_max) return false;
  DeadLetter letter{entry.seq, entry.sku, entry.sku_seq, attempts, reason, now.wall};
  dead_letters_[entry.seq] = letter;
  records_.push_back(DeadLettered{std::move(letter)});
  return true;
}

void EventCourier::report_extra(InFlight flight, const Report& report, const Now& now) {
  Entry& entry = flight.entry;
  if (report.verdict == Verdict::kDelivered) {
    const bool was_open = circuit_.state() != CircuitState::kClosed;
    circuit_.succeeded(entry.sku);
    if (was_open) sink_recovered();
    if (!entry.redelivered) --replay_pending_;
    if (entry.redelivered && dead_letters_.erase(entry.seq) > 0) {
      records_.push_back(DeadLetterGone{entry.seq});
    }
    return;
  }
  if (report.verdict == Verdict::kGone) {
    extras_.push_back(std::move(entry));
    return set_state(SinkState::kDisabled, report.detail);
  }
  if (report.throttled) {
    circuit_.throttled(report.retry_after, now.steady);
    extras_.push_back(std::move(entry));
    return;
  }
  if (circuit_.failed(entry.sku, report.unreachable, report.retry_after, parked_, now.steady)) {
    entry.not_before = now.steady;
    extras_.push_back(std::move(entry));
    return;
  }
  ++entry.attempts;
  const bool final =
      report.verdict == Verdict::kRejected || entry.attempts >= settings_.retry.schedule.size();
  if (final) {
    if (!entry.redelivered) --replay_pending_;
    dead_letter(entry, entry.attempts, report.detail, now);
    return;
  }
  entry.not_before = now.steady + retry_wait(entry.attempts, report.retry_after);
  extras_.push_back(std::move(entry));
}

Duration EventCourier::retry_wait(uint32_t attempts, Duration retry_after) {
  const auto& schedule = settings_.retry.schedule;
  const Duration wait =
      schedule.empty() ? kMinute : schedule[std::min<size_t>(attempts, schedule.size() - 1)];
  const Duration jitter = static_cast<Duration>(random_.below(wait / 10 + 1));
  return std::max(wait + jitter, std::min(retry_after, kDay));
}

void EventCourier::set_state(SinkState state, std::string reason) {
  if (state == state_ && reason == last_error_) return;
  state_ = state;
  if (!reason.empty()) last_error_ = reason;
  records_.push_back(StateChanged{state, std::move(reason)});
}

void EventCourier::replay(Seq from, Seq to) {
  const Seq last = std::min(to, read_seq_);
  const Seq first = std::max<Seq>(from, 1);
  if (first > last) return;
  // Asked for a second time before the first is done: both ranges, and what lies between them.
  replay_next_ = replay_next_ > 0 ? std::min(replay_next_, first) : first;
  replay_to_ = replaying_ ? std::max(replay_to_, last) : last;
  replay_from_ = replaying_ ? std::min(replay_from_, first) : first;
  replaying_ = true;
  records_.push_back(Replaying{replay_from_, replay_to_});
}

void EventCourier::redeliver(const std::vector<Seq>& seqs) {
  redeliver_.clear();
  for (const auto& [seq, letter] : dead_letters_) {
    const bool asked = seqs.empty() || std::find(seqs.begin(), seqs.end(), seq) != seqs.end();
    if (asked) redeliver_.push_back(seq);
  }
}

std::vector<DeadLetter> EventCourier::dead_letters() const {
  std::vector<DeadLetter> letters;
  for (const auto& [seq, letter] : dead_letters_) letters.push_back(letter);
  return letters;
}

void EventCourier::fill_status(SinkStatus* status, const Now& now) const {
  status->state = state_;
  status->circuit = circuit_.state();
  status->cursor = cursor();
  status->lag = open_.empty() ? 0 : std::max<Duration>(0, now.wall - open_.front().recorded_at);
  status->in_flight = in_flight_.size();
  status->waiting = waiting_;
  status->parked = parked_;
  status->dead_letters = dead_letters_.size();
  status->delivered = delivered_;
  status->failed = failed_;
  status->last_error = last_error_;
}

}  // namespace holdfast::feed
