#include "feed/shared_feed.h"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>
#include <pthread.h>

namespace holdfast::feed {
namespace {

constexpr Duration kTendEvery = 100 * kMillisecond;
constexpr Duration kFlushEvery = 200 * kMillisecond;
constexpr Duration kFinishedWait = 5 * kSecond;

}  // namespace

Status SharedFeed::add_sink(SinkSettings settings, SinkFactory make) {
  if (!pause_reason_.empty()) {
    return fail(ErrorCode::kConfigInvalid,
                fmt::format("sinks of many nodes do not start paused ({})", pause_reason_));
  }
  if (find(settings.name) != nullptr) {
    return fail(ErrorCode::kConfigInvalid,
                fmt::format("two sinks are named {}: give one another name", settings.name));
  }
  HF_ASSIGN(checked, make());  // what is wrong with it is said at the start, not when it is won
  HF_TRY(checked->open());
  sinks_.push_back(std::make_unique<SharedSink>(services_, std::move(settings), std::move(make)));
  return {};
}

void SharedFeed::start() {
  if (leases_.joinable()) return;
  stopping_ = false;
  leases_ = std::thread([this] { run(kTendEvery, [](SharedSink& sink) { sink.tend(); }); });
  pthread_setname_np(leases_.native_handle(), "sinks");
  cursors_ = std::thread([this] { run(kFlushEvery, [](SharedSink& sink) { sink.flush(); }); });
  pthread_setname_np(cursors_.native_handle(), "cursors");
}

void SharedFeed::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (leases_.joinable()) leases_.join();
  if (cursors_.joinable()) cursors_.join();
  for (const auto& sink : sinks_) sink->leave();
}

void SharedFeed::run(Duration every, const std::function<void(SharedSink&)>& work) {
  const bool soon = every == kTendEvery;
  do {
    for (const auto& sink : sinks_) work(*sink);
  } while (pass(every, soon));
}

/// False when it is time to stop.
bool SharedFeed::pass(Duration wait, bool soon) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, std::chrono::microseconds(wait),
                    [&] { return stopping_ || (soon && soon_); });
  if (soon) soon_ = false;
  return !stopping_;
}

void SharedFeed::look_soon() {
  {
    std::lock_guard lock(mutex_);
    soon_ = true;
  }
  changed_.notify_all();
}

SharedSink* SharedFeed::find(const std::string& name) const {
  const auto found = std::find_if(sinks_.begin(), sinks_.end(),
                                  [&](const auto& sink) { return sink->settings().name == name; });
  return found == sinks_.end() ? nullptr : found->get();
}

// ---- what is known ----

std::vector<SinkStatus> SharedFeed::status() const {
  std::vector<SinkStatus> all;
  for (const auto& sink : sinks_) all.push_back(sink->status());
  return all;
}

Result<SinkStatus> SharedFeed::status(const std::string& sink) const {
  const SharedSink* shared = find(sink);
  if (shared == nullptr) return no_such_sink(sink);
  return shared->status();
}

bool SharedFeed::caught_up(Seq seq) const {
  return std::all_of(sinks_.begin(), sinks_.end(), [&](const auto& sink) {
    const SinkStatus status = sink->status();
    const bool rests = status.state != SinkState::kActive;
    return rests || (status.cursor >= seq && status.parked == 0);
  });
}

Result<std::vector<Observation>> SharedFeed::observations(const std::string& sink) const {
  const SharedSink* shared = find(sink);
  if (shared == nullptr) return no_such_sink(sink);
  return shared->observations();
}

Result<std::vector<DeadLetter>> SharedFeed::dead_letters(const std::string& sink) const {
  const SharedSink* shared = find(sink);
  if (shared == nullptr) return no_such_sink(sink);
  return shared->dead_letters();
}

Result<std::shared_ptr<const Comparison>> SharedFeed::comparison(const std::string& sink) const {
  const SharedSink* shared = find(sink);
  if (shared == nullptr) return no_such_sink(sink);
  HF_ASSIGN(compared, shared->comparison());
  if (compared == nullptr) return fail(compares_nothing(sink));
  return compared;
}

// ---- what is asked ----

Status SharedFeed::ask(const std::string& sink, const SinkOperation& operation) {
  SharedSink* shared = find(sink);
  if (shared == nullptr) return no_such_sink(sink);
  HF_TRY(shared->ask(operation));
  look_soon();
  return {};
}

Status SharedFeed::pause(const std::string& sink) { return ask(sink, PauseSink{}); }

Status SharedFeed::resume(const std::string& sink) { return ask(sink, ResumeSink{}); }

void SharedFeed::resume_paused_for(const std::string& reason) {
  for (const auto& sink : sinks_) (void)ask(sink->settings().name, ResumeSink{reason});
}

Status SharedFeed::replay(const std::string& sink, Seq from, Seq to) {
  HF_TRY(check_replay(from, to));
  return ask(sink, ReplaySink{from, to});
}

Status SharedFeed::activate(const std::string& sink) {
  const SharedSink* shared = find(sink);
  if (shared != nullptr) HF_TRY(check_activate(shared->settings()));
  return ask(sink, ActivateSink{});
}

Status SharedFeed::redeliver(const std::string& sink, std::vector<Seq> seqs) {
  return ask(sink, RedeliverSink{std::move(seqs)});
}

void SharedFeed::observe(const std::vector<ObservedLevel>& levels) {
  bool any = false;
  for (const auto& sink : sinks_) {
    if (sink->settings().deliver != DeliverMode::kStock) continue;
    if (sink->settings().channel.empty()) continue;
    auto own = clamped(of_channel(levels, sink->settings().channel), services_.feed.clock->wall());
    if (own.empty()) continue;
    sink->observe(std::move(own));
    any = true;
  }
  if (any) look_soon();
}

Status SharedFeed::compare(const std::string& sink, std::vector<ObservedLevel> levels) {
  SharedSink* shared = find(sink);
  if (shared == nullptr) return no_such_sink(sink);
  const SinkSettings& settings = shared->settings();
  if (settings.deliver != DeliverMode::kStock || settings.channel.empty())
    return fail(compares_nothing(sink));
  HF_ASSIGN(asked,
            shared->ask(ObserveLevels{clamped(std::move(levels), services_.feed.clock->wall())}));
  look_soon();
  wait_until_finished(*shared, asked);
  return {};
}

/// Whoever serves the sink may be another node: its row is all there is to wait for.
void SharedFeed::wait_until_finished(const SharedSink& sink, uint64_t operation) {
  const Clock& clock = *services_.feed.clock;
  const Duration until = clock.boot() + kFinishedWait;
  while (clock.boot() < until) {
    const auto finished = sink.is_finished(operation);
    if (!finished || *finished) return;
    if (!pass(kTendEvery, false)) return;
  }
}

}  // namespace holdfast::feed
