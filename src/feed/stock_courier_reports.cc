// What a StockCourier makes of answers, and what operators ask of it.
#include <algorithm>
#include <utility>

#include "feed/stock_courier.h"

namespace holdfast::feed {

void StockCourier::report(const Report& report, const Now& now) {
  const auto found = in_flight_.find(report.token);
  if (found == in_flight_.end()) return;
  const Push push = std::move(found->second);
  in_flight_.erase(found);
  if (report.verdict == Verdict::kDelivered) return delivered(push);
  ++failed_;
  last_error_ = report.detail;
  failed(push, report, now);
}

void StockCourier::delivered(const Push& push) {
  ++delivered_;
  last_error_.clear();
  const bool was_open = circuit_.state() != CircuitState::kClosed;
  circuit_.succeeded(push.sku);
  const auto at = dirty_.find(push.sku);
  at->second.attempts = 0;
  at->second.unconfirmed.clear();
  // What was given up about this SKU is superseded by the newer number.
  std::erase_if(dead_letters_, [&](const auto& letter) {
    if (letter.second.sku != push.sku) return false;
    records_.push_back(DeadLetterGone{letter.first});
    return true;
  });
  clean(at, push.reflects);
  if (was_open) sink_recovered();
}

void StockCourier::failed(const Push& push, const Report& report, const Now& now) {
  const auto at = dirty_.find(push.sku);
  Dirty& dirty = at->second;
  const bool ambiguous = report.verdict == Verdict::kAmbiguous;
  if (ambiguous) {
    dirty.unconfirmed.push_back(push.push_seq);
    if (dirty.unconfirmed.size() > kUnconfirmedMax) dirty.unconfirmed.pop_front();
  }
  if (report.verdict == Verdict::kGone) {
    enter(at, Phase::kUnsized);
    return set_state(SinkState::kDisabled, report.detail);
  }
  if (report.throttled) {
    circuit_.throttled(report.retry_after, now.steady);
    return enter(at, Phase::kSized);
  }
  const bool sink_at_fault = circuit_.failed(push.sku, report.unreachable, report.retry_after,
                                             waiting_.size(), now.steady);
  // An unanswered push may still be applied: a newer number must not overtake it at the receiver.
  Duration wait = ambiguous ? settings_.ambiguous_wait : 0;
  if (!sink_at_fault) {
    ++dirty.attempts;
    const auto& schedule = settings_.retry.schedule;
    const bool final = report.verdict == Verdict::kRejected || dirty.attempts >= schedule.size();
    if (final && dead_letter(push, dirty, report.detail, now)) {
      dirty.attempts = 0;
      if (ambiguous) stay_quiet(push.sku, now);
      return clean(at, push.reflects);
    }
    const Duration scheduled =
        schedule.empty() ? kMinute
                         : schedule[std::min<size_t>(dirty.attempts, schedule.size() - 1)];
    wait = std::max({wait, scheduled + static_cast<Duration>(random_.below(scheduled / 10 + 1)),
                     std::min(report.retry_after, kDay)});
  }
  if (wait == 0) return enter(at, Phase::kSized);
  dirty.due_at = now.steady + wait;
  enter(at, Phase::kWaiting);
}

bool StockCourier::dead_letter(const Push& push, Dirty& dirty, const std::string& reason,
                               const Now& now) {
  if (dead_letters_.size() >= settings_.dead_letters_max) return false;
  DeadLetter letter{dirty.last, push.sku, push.sku_seq, dirty.attempts, reason, now.wall};
  // Dirty through a setting, several SKUs share a seq: each keeps a letter of its own.
  while (dead_letters_.contains(letter.seq) && dead_letters_.at(letter.seq).sku != letter.sku) {
    ++letter.seq;
  }
  dead_letters_[letter.seq] = letter;
  records_.push_back(DeadLettered{std::move(letter)});
  return true;
}

/// Given up, but it may still be applied: a newer number of this SKU waits until that is over.
void StockCourier::stay_quiet(const std::string& sku, const Now& now) {
  if (quiet_until_.size() >= kQuietMax) {
    std::erase_if(quiet_until_, [&](const auto& quiet) { return quiet.second <= now.steady; });
  }
  quiet_until_[sku] = now.steady + settings_.ambiguous_wait;
}

void StockCourier::end() {
  const bool unanswered = !in_flight_.empty() || !quiet_until_.empty() ||
                          std::any_of(dirty_.begin(), dirty_.end(), [](const auto& dirty) {
                            return !dirty.second.unconfirmed.empty();
                          });
  if (!unanswered && !wait_out_) records_.push_back(Pushing{false});
}

/// What waited because the sink failed goes now; what waits because it was unanswered goes on
/// waiting, and what failed again and again keeps its turn in the schedule.
void StockCourier::sink_recovered() {
  const auto waiting = waiting_;
  for (const auto& [due_at, sku] : waiting) {
    const auto at = dirty_.find(sku);
    if (!at->second.unconfirmed.empty() || at->second.attempts > 1) continue;
    leave(at);
    enter(at, Phase::kUnsized);
  }
}

void StockCourier::set_state(SinkState state, std::string reason) {
  if (state == state_ && reason == last_error_) return;
  state_ = state;
  if (!reason.empty()) last_error_ = reason;
  records_.push_back(StateChanged{state, std::move(reason)});
}

void StockCourier::replay(Seq, Seq) {
  acked_ahead_.clear();
  mark_all(std::max<Seq>(read_seq_, 1));
}

void StockCourier::activate() {
  if (!std::exchange(observing_, false)) return;
  records_.push_back(ObserveMode{ObserveMode::Kind::kActivated});
  if (compares()) comparison_->keep_all(false);
  observations_.clear();
  acked_ahead_.clear();
  mark_all(1);
}

std::vector<Observation> StockCourier::observations() const {
  return {observations_.rbegin(), observations_.rend()};
}

void StockCourier::redeliver(const std::vector<Seq>& seqs) {
  for (const auto& [seq, letter] : dead_letters_) {
    const bool asked = seqs.empty() || std::find(seqs.begin(), seqs.end(), seq) != seqs.end();
    if (!asked) continue;
    acked_ahead_.erase(letter.sku);
    mark(letter.sku, read_seq_, letter.at);
  }
}

std::vector<DeadLetter> StockCourier::dead_letters() const {
  std::vector<DeadLetter> letters;
  for (const auto& [seq, letter] : dead_letters_) letters.push_back(letter);
  return letters;
}

void StockCourier::fill_status(SinkStatus* status, const Now& now) const {
  status->state = state_;
  status->circuit = circuit_.state();
  status->cursor = cursor();
  if (!by_age_.empty()) {
    const Timestamp since = dirty_.at(by_age_.begin()->second).since;
    status->lag = since.has_value() ? std::max<Duration>(0, now.wall - since) : 0;
  }
  status->observing = observing_;
  status->observed = observations_.size();
  if (compares()) status->comparison = comparison_->counts();
  status->in_flight = in_flight_.size();
  status->waiting = dirty_.size() - in_flight_.size();
  status->parked = waiting_.size();
  status->dead_letters = dead_letters_.size();
  status->delivered = delivered_;
  status->failed = failed_;
  status->last_error = last_error_;
}

}  // namespace holdfast::feed
