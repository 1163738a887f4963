#include "feed/shared_sink.h"

#include <algorithm>

#include "feed/stock_courier.h"

namespace holdfast::feed {
namespace {

constexpr Duration kServeAgain = kSecond;
constexpr Duration kAskEvery = 500 * kMillisecond;  ///< what other nodes were asked
constexpr size_t kReadAtOnce = 256;

}  // namespace

/// What there is while this node serves the sink. The courier goes before what it writes to.
struct SharedSink::Serving {
  Serving(uint64_t its_epoch, Duration valid_until) : epoch(its_epoch), lease(valid_until) {}

  const uint64_t epoch;
  ServingLease lease;
  std::unique_ptr<CursorFile> cursors;
  uint64_t taken_up = 0;  ///< operations up to this number were given to the courier
  uint64_t finished = 0;  ///< … and are known to be done

  std::mutex mutex;
  /// (record they came to, operation): done once that record is durable. Guarded by mutex.
  std::deque<std::pair<uint64_t, uint64_t>> applied;

  std::unique_ptr<CourierThread> courier;

  bool lost() const { return courier->runner().lost() || lease.valid_until() == 0; }
};

SharedSink::SharedSink(const SharedFeedServices& services, SinkSettings settings, SinkFactory make)
    : services_(services),
      settings_(std::move(settings)),
      make_(std::move(make)),
      election_(services.leases->me(), services.times) {}

SharedSink::~SharedSink() = default;

SharedSink::ServingPtr SharedSink::serving() const {
  std::lock_guard lock(mutex_);
  return serving_;
}

std::shared_ptr<CourierThread> SharedSink::courier() const {
  const ServingPtr now = serving();
  return now ? std::shared_ptr<CourierThread>(now, now->courier.get()) : nullptr;
}

// ---- the lease ----

void SharedSink::tend() {
  const Duration now = services_.feed.clock->boot();
  const ServingPtr before = serving();
  if (before && (before->lost() || election_.ran_out(now))) {
    end_serving();
    election_.give_up(now);
  }
  if (still_ending() || now < serve_again_at_) return;
  hold_election(now);
  if (election_.epoch() == 0) {
    if (serving()) end_serving();
    return pass_on_observed(nullptr);
  }
  if (!serving()) {
    const Status begun = begin_to_serve();
    {
      std::lock_guard lock(mutex_);
      error_ = begun ? "" : begun.error().detail;
    }
    if (!begun) return stand_back(now);
  }
  if (const ServingPtr serves = serving()) {
    serves->lease.extend(election_.valid_until());
    pass_on_observed(serves.get());
    take_up_operations(*serves);
    note_finished(*serves);
  }
}

void SharedSink::hold_election(Duration now) {
  store::SinkLeases& leases = *services_.leases;
  const Clock& clock = *services_.feed.clock;
  const SinkElection::Step step = election_.next(now);
  election_.sent(now);
  switch (step) {
    case SinkElection::Step::kNothing:
      return;
    case SinkElection::Step::kLook: {
      auto row = leases.look(settings_.name);
      if (!row) return election_.unanswered(clock.boot());
      std::unique_lock lock(mutex_);
      row_ = *row;
      lock.unlock();
      return election_.looked(std::move(*row), clock.boot());
    }
    case SinkElection::Step::kTake: {
      const auto taken = leases.take(settings_.name, election_.row());
      if (!taken) return election_.unanswered(clock.boot());
      return election_.took(*taken, clock.boot());
    }
    case SinkElection::Step::kRenew: {
      const ServingPtr serves = serving();
      const std::string report = serves ? report_of(*serves) : std::string();
      const auto renewed = leases.renew(settings_.name, election_.epoch(), report);
      if (!renewed) return election_.unanswered(clock.boot());
      return election_.renewed(*renewed, clock.boot());
    }
  }
}

/// What others wrote was written before the sink was taken, and nothing of theirs comes after it:
/// what is read here is where it goes on.
Status SharedSink::begin_to_serve() {
  auto next = std::make_shared<Serving>(election_.epoch(), election_.valid_until());
  HF_ASSIGN(cursors, CursorFile::open(services_.leases->cursor(settings_.name, next->epoch),
                                      "the cursor of " + settings_.name));
  next->cursors = std::move(cursors);
  HF_ASSIGN(row, services_.leases->look(settings_.name));
  next->taken_up = next->finished = row.finished;
  HF_ASSIGN(sink, make_());
  HF_TRY(sink->open());
  next->courier = std::make_unique<CourierThread>(std::make_unique<CourierRunner>(
      services_.feed, settings_, std::move(sink), *next->cursors, &next->lease));
  if (services_.threads) next->courier->start();
  std::lock_guard lock(mutex_);
  serving_ = std::move(next);
  ask_again_at_ = 0;
  return {};
}

/// It cannot be served here: another node may fare better.
void SharedSink::stand_back(Duration now) {
  (void)services_.leases->release(settings_.name, election_.epoch());
  election_.give_up(now);
  serve_again_at_ = now + kServeAgain;
}

/// The courier's thread may be waiting for the log: other leases must not wait for it.
void SharedSink::end_serving() {
  {
    std::lock_guard lock(mutex_);
    ending_ = std::exchange(serving_, nullptr);
  }
  ending_->lease.end();
  ending_->courier->begin_to_stop();
}

bool SharedSink::still_ending() {
  if (ending_ && ending_->courier->ended()) ending_.reset();
  return ending_ != nullptr;
}

void SharedSink::leave() {
  if (ending_) ending_->courier->stop();
  ending_.reset();
  ServingPtr last;
  {
    std::lock_guard lock(mutex_);
    last = std::exchange(serving_, nullptr);
  }
  const uint64_t epoch = election_.epoch();
  if (last) {
    if (services_.threads) last->courier->stop();
    if (!services_.threads) last->courier->runner().end();
    // What is not durable is told again by the next one.
    (void)last->cursors->flush();
    note_finished(*last);
    last->lease.end();
  }
  election_.give_up(services_.feed.clock->boot());
  if (epoch != 0) (void)services_.leases->release(settings_.name, epoch);
}

void SharedSink::flush() {
  const ServingPtr now = serving();
  if (!now || !now->cursors->dirty()) return;
  const Status flushed = now->cursors->flush();
  if (flushed) return now->courier->runner().wake();  // it may wait for durability
  // Another one is the writer now. Any other error leaves everything for the next round.
  if (flushed.error().code == ErrorCode::kInUse) now->lease.end();
}

// ---- what is asked of it ----

Result<uint64_t> SharedSink::ask(const SinkOperation& operation) {
  HF_ASSIGN(number, services_.leases->ask(settings_.name, encode(operation)));
  asked_here_ = true;
  return number;
}

Result<bool> SharedSink::is_finished(uint64_t operation) const {
  HF_ASSIGN(row, services_.leases->look(settings_.name));
  return row.finished >= operation;
}

void SharedSink::take_up_operations(Serving& serving) {
  const Duration now = services_.feed.clock->boot();
  if (!asked_here_.exchange(false) && now < ask_again_at_) return;
  ask_again_at_ = now + kAskEvery;
  const auto asked = services_.leases->asked(settings_.name, serving.taken_up);
  if (!asked) return;  // the next round asks again
  for (const store::AskedOperation& one : *asked) {
    const auto operation = decode_sink_operation(one.payload);
    // Of a newer version: it stays for a node that knows it.
    if (!operation) return;
    const SavedSink saved = serving.cursors->saved(settings_.name);
    const std::string paused_for = saved.state == SinkState::kPaused ? saved.reason : "";
    serving.courier->runner().post(
        [what = *operation, paused_for](Courier& courier) { apply(what, courier, paused_for); },
        [&serving, number = one.number](uint64_t record) {
          std::lock_guard lock(serving.mutex);
          serving.applied.emplace_back(record, number);
        });
    serving.taken_up = one.number;
  }
}

/// An operation leaves the list once what it came to is durable: after a crash in between it is
/// done again, in its order.
void SharedSink::note_finished(Serving& serving) {
  const uint64_t durable = serving.cursors->durable();
  uint64_t finished = serving.finished;
  {
    std::lock_guard lock(serving.mutex);
    while (!serving.applied.empty() && serving.applied.front().first <= durable) {
      finished = serving.applied.front().second;
      serving.applied.pop_front();
    }
  }
  if (finished == serving.finished) return;
  const auto noted =
      services_.leases->finish(settings_.name, serving.epoch, finished, report_of(serving));
  if (noted && *noted) serving.finished = finished;
}

void SharedSink::observe(std::vector<ObservedLevel> levels) {
  std::lock_guard lock(mutex_);
  if (observed_.size() >= kObservedMax) observed_.pop_front();
  observed_.push_back(std::move(levels));
}

/// To the courier here, or to the node that has it.
void SharedSink::pass_on_observed(Serving* serving) {
  std::deque<std::vector<ObservedLevel>> observed;
  {
    std::lock_guard lock(mutex_);
    observed.swap(observed_);
  }
  if (observed.empty()) return;
  ObserveLevels all;
  for (std::vector<ObservedLevel>& levels : observed)
    std::move(levels.begin(), levels.end(), std::back_inserter(all.levels));
  if (serving == nullptr) {
    // A hint and no fact: what is lost here is seen with the next observation.
    (void)ask(all);
    return;
  }
  serving->courier->runner().post(
      [all = std::move(all)](Courier& courier) { courier.observe(all.levels); });
}

// ---- what is known of it ----

std::string SharedSink::report_of(const Serving& serving) {
  const CourierRunner& runner = serving.courier->runner();
  return encode(SinkReport{runner.status(), runner.observations()});
}

SinkStatus SharedSink::status() const {
  std::unique_lock lock(mutex_);
  const ServingPtr now = serving_;
  const store::SinkLeaseRow row = row_;
  const std::string error = error_;
  lock.unlock();
  if (now) {
    SinkStatus status = now->courier->runner().status();
    status.served_by = services_.leases->address();
    return status;
  }
  SinkStatus status = decode_sink_report(row.report).value_or(SinkReport{}).status;
  if (row.report.empty()) {
    const SavedSink saved = saved_by_others();
    status.state = saved.state;
    status.cursor = saved.cursor;
    status.parked = saved.parked.size();
    status.dead_letters = saved.dead_letters.size();
    status.last_error = saved.reason;
  }
  status.name = settings_.name;
  status.deliver = settings_.deliver;
  status.served_by = row.owner.empty() ? std::string() : row.address;
  const Seq durable = services_.feed.store->durable_seq();
  status.lag_events = durable > status.cursor ? durable - status.cursor : 0;
  if (!error.empty()) status.last_error = error;
  return status;
}

std::vector<Observation> SharedSink::observations() const {
  if (const ServingPtr now = serving()) return now->courier->runner().observations();
  std::lock_guard lock(mutex_);
  return decode_sink_report(row_.report).value_or(SinkReport{}).observations;
}

/// As durable as it is now. What cannot be read is as it was.
SavedSink SharedSink::saved_by_others() const {
  std::lock_guard lock(follower_mutex_);
  if (!follower_) {
    auto opened = CursorFile::open(services_.leases->cursor(settings_.name, 0),
                                   "the cursor of " + settings_.name);
    if (!opened) return {};
    follower_ = std::move(*opened);
  } else {
    (void)follower_->catch_up();
  }
  return follower_->saved(settings_.name);
}

Result<std::vector<DeadLetter>> SharedSink::dead_letters() const {
  if (const ServingPtr now = serving()) return now->courier->runner().dead_letters();
  std::vector<DeadLetter> letters;
  for (const auto& [seq, letter] : saved_by_others().dead_letters) letters.push_back(letter);
  return letters;
}

/// Theirs from the cursor, ours from the ledger: any node can lay them side by side.
Result<std::shared_ptr<const Comparison>> SharedSink::comparison() const {
  if (const ServingPtr now = serving()) return now->courier->runner().comparison();
  if (settings_.deliver != DeliverMode::kStock || settings_.channel.empty()) return nullptr;
  auto compared = std::make_shared<Comparison>(saved_by_others());
  const std::vector<std::string> skus = compared->unread();
  for (size_t at = 0; at < skus.size(); at += kReadAtOnce) {
    const size_t end = std::min(at + kReadAtOnce, skus.size());
    const std::vector<std::string> some(skus.begin() + static_cast<ptrdiff_t>(at),
                                        skus.begin() + static_cast<ptrdiff_t>(end));
    HF_ASSIGN(numbers, services_.feed.stock->read(some));
    for (size_t i = 0; i < numbers.size(); ++i)
      compared->read(some[i], channel_numbers(numbers[i], settings_.channel));
  }
  return compared;
}

}  // namespace holdfast::feed
