#include "feed/courier_runner.h"

#include <algorithm>

#include "feed/event_courier.h"
#include "feed/stock_courier.h"

namespace holdfast::feed {
namespace {

std::unique_ptr<Courier> make_courier(const FeedServices& services, const SinkSettings& settings,
                                      size_t window, const SavedSink& saved) {
  const store::LedgerIdentity identity = services.store->identity();
  if (settings.deliver == DeliverMode::kEvents) {
    return std::make_unique<EventCourier>(settings, window, identity, saved, *services.random);
  }
  return std::make_unique<StockCourier>(settings, window, identity, saved,
                                        services.store->durable_seq(), *services.random);
}

}  // namespace

CourierRunner::CourierRunner(const FeedServices& services, SinkSettings settings,
                             std::unique_ptr<Sink> sink, CursorFile& cursors,
                             const ServingLease* lease)
    : services_(services),
      settings_(std::move(settings)),
      sink_(std::move(sink)),
      cursors_(cursors),
      lease_(lease),
      courier_(make_courier(services_, settings_, sink_->window(), cursors.saved(settings_.name))),
      comparison_(courier_->comparison()),
      metrics_(services_.metrics, settings_.name, comparison_ != nullptr) {
  publish();
  subscription_ = services_.store->subscribe([this](Seq) { wake(); });
}

CourierRunner::~CourierRunner() {
  services_.store->unsubscribe(subscription_);
  if (lease_ != nullptr) metrics_.fall_silent();
}

void CourierRunner::wake() {
  // Only a sleeping courier costs the flushing thread a system call.
  if (asleep_.exchange(false)) sink_->wake();
}

void CourierRunner::post(std::function<void(Courier&)> operation) {
  post(std::move(operation), nullptr);
}

void CourierRunner::post(std::function<void(Courier&)> operation,
                         std::function<void(uint64_t)> kept) {
  {
    std::lock_guard lock(mutex_);
    operations_.push_back(std::move(operation));
    if (kept) kept_.push_back(std::move(kept));
  }
  wake();
}

/// False, from then on, once the lease has run out.
bool CourierRunner::may_send() {
  if (lease_ == nullptr) return true;
  if (!lease_->valid(services_.clock->boot())) lost_ = true;
  if (lost_) return false;
  sink_->send_until(lease_->valid_until());
  return true;
}

/// The lease is asked at the last moment: reading the log and the numbers may have taken long.
bool CourierRunner::hand_over(std::vector<Item> items) {
  if (!may_send()) return false;
  if (!items.empty()) sink_->deliver(std::move(items), services_.clock->wall());
  return true;
}

bool CourierRunner::do_work(Duration wait_max) {
  if (!may_send()) return false;
  std::vector<std::function<void(Courier&)>> operations;
  std::vector<std::function<void(uint64_t)>> kept;
  {
    std::lock_guard lock(mutex_);
    operations.swap(operations_);
    kept.swap(kept_);
  }
  for (auto& operation : operations) operation(*courier_);
  tell_durable();

  bool progress = !operations.empty();
  progress |= read_log();
  progress |= fetch_needs();
  std::vector<Item> items = courier_->due(now());
  progress |= !items.empty();
  if (!hand_over(std::move(items))) return false;
  keep_records();
  for (const auto& tell : kept) tell(cursors_.appended());
  publish();

  asleep_.store(true);
  const std::vector<Report> reports = sink_->poll(progress ? 0 : wait_for(wait_max));
  asleep_.store(false);
  if (!may_send()) return false;
  for (const Report& report : reports) courier_->report(report, now());
  if (!reports.empty()) {
    keep_records();
    publish();
  }
  return progress || !reports.empty();
}

bool CourierRunner::read_log() {
  const std::optional<Seq> after = courier_->read_after();
  if (!after || *after >= services_.store->durable_seq()) return false;
  if (now().steady < log_retry_at_) return false;
  const auto batch = services_.store->read(*after, kReadBytes);
  if (!batch) {
    log_failed(batch.error());
    return false;
  }
  log_error_.clear();
  courier_->take(*batch);
  return !batch->commands.empty();
}

bool CourierRunner::fetch_needs() {
  if (now().steady < log_retry_at_) return false;
  for (int served = 0; served < kNeedsPerRound; ++served) {
    const Now at = now();
    const std::optional<Need> need = courier_->need(at);
    if (!need) return served > 0;
    if (!serve(*need, at)) return false;
  }
  return true;
}

bool CourierRunner::serve(const Need& need, const Now& at) {
  switch (need.kind) {
    case Need::Kind::kChain:
    case Need::Kind::kRange: {
      const auto events =
          need.kind == Need::Kind::kChain
              ? read_chain(*services_.store, need.sku, need.from, need.upto, need.limit)
              : read_range(*services_.store, need.from, need.upto, need.limit);
      if (!events) return log_failed(events.error()), false;
      courier_->give_events(need, *events);
      return true;
    }
    case Need::Kind::kNumbers: {
      // The engine is draining, or its queue is full: what is dirty stays so, and is asked for
      // again.
      const auto numbers = services_.stock->read(need.skus);
      if (!numbers) return false;
      courier_->give_numbers(need, *numbers, at);
      return true;
    }
    case Need::Kind::kSkuPage: {
      const auto skus = services_.stock->list_skus(need.sku, need.limit);
      if (!skus) return false;
      courier_->give_skus(need, *skus);
      return true;
    }
  }
  return false;
}

/// The log cannot be read: the cursor does not move. Damage stops the sink until an operator has
/// seen to it; anything else may pass, and is tried again.
void CourierRunner::log_failed(const Error& error) {
  if (error.code == ErrorCode::kCorrupt) {
    return courier_->set_state(SinkState::kDisabled, error.detail);
  }
  log_error_ = error.detail;
  log_retry_at_ = now().steady + kSecond;
}

void CourierRunner::end() {
  if (!may_send()) return;
  courier_->end();
  keep_records();
}

void CourierRunner::keep_records() {
  const std::vector<CursorRecord> records = courier_->take_records();
  if (records.empty()) return;
  records_ += records.size();
  const std::pair appended{cursors_.append(settings_.name, records), records_};
  // Nothing becomes durable for long: which of the newest it was need not be known to the record.
  if (undurable_.size() >= kUndurableMax) undurable_.pop_back();
  undurable_.push_back(appended);
}

void CourierRunner::tell_durable() {
  const uint64_t durable = cursors_.durable();
  uint64_t mine = 0;
  while (!undurable_.empty() && undurable_.front().first <= durable) {
    mine = undurable_.front().second;
    undurable_.pop_front();
  }
  if (mine > 0) courier_->records_durable(mine);
}

void CourierRunner::publish() {
  SinkStatus status;
  status.name = settings_.name;
  status.deliver = settings_.deliver;
  courier_->fill_status(&status, now());
  const Seq durable = services_.store->durable_seq();
  status.lag_events = durable > status.cursor ? durable - status.cursor : 0;
  if (status.state != SinkState::kActive && status.lag_events > 0 && status.lag == 0)
    status.lag = std::max<Duration>(0, now().wall - recorded_after(status.cursor));
  if (!log_error_.empty()) status.last_error = log_error_;
  std::vector<Observation> observations = courier_->observations();
  metrics_.update(status);
  std::lock_guard lock(mutex_);
  if (status.dead_letters != status_.dead_letters) {
    dead_letters_ = courier_->dead_letters();
  }
  observations_ = std::move(observations);
  all_taken_ = courier_->caught_up(status.cursor);
  status_ = std::move(status);
}

/// A courier that rests reads nothing, and so cannot say how old what it misses is.
Timestamp CourierRunner::recorded_after(Seq cursor) {
  if (missed_since_.first == cursor + 1) return missed_since_.second;
  const auto batch = services_.store->read_command(cursor + 1);
  if (!batch || batch->commands.empty()) return now().wall;
  missed_since_ = {cursor + 1, batch->commands.front().events.front().recorded_at};
  return missed_since_.second;
}

Duration CourierRunner::wait_for(Duration wait_max) const {
  {
    std::lock_guard lock(mutex_);
    if (!operations_.empty()) return 0;
  }
  const Now at = now();
  if (lease_ != nullptr) {
    wait_max = std::min(wait_max, std::max<Duration>(lease_->valid_until() - at.steady, 0));
  }
  if (!undurable_.empty() && undurable_.front().first <= cursors_.durable()) return 0;
  if (at.steady < log_retry_at_) return std::min(log_retry_at_ - at.steady, wait_max);
  const std::optional<Seq> after = courier_->read_after();
  if (after && *after < services_.store->durable_seq()) return 0;
  const std::optional<Duration> timer = courier_->next_timer(at);
  return timer ? std::clamp<Duration>(*timer - at.steady, 0, wait_max) : wait_max;
}

SinkStatus CourierRunner::status() const {
  std::lock_guard lock(mutex_);
  return status_;
}

std::vector<DeadLetter> CourierRunner::dead_letters() const {
  std::lock_guard lock(mutex_);
  return dead_letters_;
}

std::vector<Observation> CourierRunner::observations() const {
  std::lock_guard lock(mutex_);
  return observations_;
}

bool CourierRunner::caught_up(Seq seq) const {
  std::lock_guard lock(mutex_);
  return status_.cursor >= seq && all_taken_;
}

}  // namespace holdfast::feed
