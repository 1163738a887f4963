#include "feed/local_feed.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <future>
#include <mutex>
#include <thread>

#include <fmt/format.h>

#include "feed/courier_thread.h"
#include "feed/cursor_file.h"

namespace holdfast::feed {
namespace {

constexpr Duration kFlushEvery = 200 * kMillisecond;
constexpr Duration kComparedWait = 5 * kSecond;

Status check_cursor(const SavedSink& saved, const std::string& sink,
                    const store::LedgerIdentity& identity, Seq durable) {
  if (!saved.known || saved.incarnation < identity.incarnation) return {};
  if (saved.incarnation == identity.incarnation && saved.cursor <= durable) return {};
  return fail(
      ErrorCode::kSnapshotAhead,
      fmt::format("feed.log: sink {} has taken events up to {}-{}, and the log ends at {}-{}: "
                  "acknowledged events are gone; put a whole copy of the directory in its place, "
                  "or move feed.log away to have everything told again",
                  sink, saved.incarnation, saved.cursor, identity.incarnation, durable));
}

}  // namespace

/// Makes cursors durable every 200 ms, off the write path.
struct LocalFeed::Flusher {
  Flusher(CursorFile& file, std::vector<std::unique_ptr<CourierThread>>& owned)
      : cursors(file), couriers(owned) {}
  ~Flusher() { stop(); }

  void start() {
    if (thread.joinable()) return;
    stopping = false;
    thread = std::thread([this] { run(); });
  }
  void stop() {
    {
      std::lock_guard lock(mutex);
      stopping = true;
    }
    changed.notify_all();
    if (thread.joinable()) thread.join();
  }
  void run() {
    std::unique_lock lock(mutex);
    while (!stopping) {
      lock.unlock();
      flush();
      lock.lock();
      changed.wait_for(lock, std::chrono::microseconds(kFlushEvery), [this] { return stopping; });
    }
  }
  void flush() {
    if (!cursors.dirty()) return;
    // An error leaves everything for the next round: deliveries go on, a crash would repeat more of
    // them.
    const Status flushed = cursors.flush();
    error.store(flushed ? 0 : 1);
    if (!flushed) return;
    for (const auto& courier : couriers) courier->runner().wake();  // they may wait for durability
  }

  CursorFile& cursors;
  std::vector<std::unique_ptr<CourierThread>>& couriers;
  std::atomic<int> error{0};
  std::mutex mutex;
  std::condition_variable changed;
  bool stopping = false;
  std::thread thread;
};

LocalFeed::LocalFeed(FeedServices services, std::unique_ptr<CursorFile> cursors)
    : services_(services),
      cursors_(std::move(cursors)),
      flusher_(std::make_unique<Flusher>(*cursors_, couriers_)) {}

LocalFeed::~LocalFeed() { stop(); }

Result<std::unique_ptr<LocalFeed>> LocalFeed::open(FeedServices services, const std::string& path) {
  const store::LedgerIdentity identity = services.store->identity();
  HF_ASSIGN(cursors, CursorFile::open(*services.files, path, identity.ledger_id));
  for (const std::string& sink : cursors->sinks()) {
    HF_TRY(check_cursor(cursors->saved(sink), sink, identity, services.store->durable_seq()));
  }
  return std::unique_ptr<LocalFeed>(new LocalFeed(services, std::move(cursors)));
}

Status LocalFeed::add_sink(SinkSettings settings, SinkFactory make) {
  if (find(settings.name) != nullptr) {
    return fail(ErrorCode::kConfigInvalid,
                fmt::format("two sinks are named {}: give one another name", settings.name));
  }
  HF_ASSIGN(sink, make());
  HF_TRY(sink->open());
  adopt_restored(settings.name);
  pause_at_start(settings.name);
  couriers_.push_back(std::make_unique<CourierThread>(
      std::make_unique<CourierRunner>(services_, std::move(settings), std::move(sink), *cursors_)));
  return {};
}

/// A cursor from before a restore may name events of the abandoned future: it is cut to where that
/// parted from this one, so that nothing of this one is skipped, `ledger.restored` first of all.
void LocalFeed::adopt_restored(const std::string& sink) {
  const SavedSink saved = cursors_->saved(sink);
  const store::LedgerIdentity& identity = services_.store->identity();
  const Seq shared =
      identity.descends_from(saved.incarnation)
          ? identity.shared_with(saved.incarnation).value_or(services_.store->durable_seq())
          : 0;
  if (!saved.known || saved.cursor <= shared) return;
  std::vector<CursorRecord> records;
  for (const auto& [sku, parked] : saved.parked) {
    if (parked.from > shared) records.push_back(SkuUnparked{sku});
  }
  for (const auto& [seq, letter] : saved.dead_letters) {
    if (seq > shared) records.push_back(DeadLetterGone{seq});
  }
  // Still of the old incarnation: a stock sink takes that as "every SKU is dirty".
  records.push_back(CursorMoved{shared, saved.incarnation});
  cursors_->append(sink, records);
}

void LocalFeed::pause_at_start(const std::string& sink) {
  if (pause_reason_.empty() || cursors_->saved(sink).state != SinkState::kActive) return;
  cursors_->append(sink, {StateChanged{SinkState::kPaused, pause_reason_}});
}

void LocalFeed::resume_paused_for(const std::string& reason) {
  for (const auto& courier : couriers_) {
    const std::string& name = courier->runner().name();
    const SavedSink saved = cursors_->saved(name);
    if (saved.state != SinkState::kPaused || saved.reason != reason) continue;
    courier->runner().post([](Courier& paused) { paused.set_state(SinkState::kActive, ""); });
  }
}

void LocalFeed::start() {
  flusher_->start();
  for (const auto& courier : couriers_) courier->start();
}

void LocalFeed::stop() {
  for (const auto& courier : couriers_) courier->stop();
  flusher_->stop();
  flusher_->flush();
}

CourierThread* LocalFeed::find(const std::string& sink) const {
  for (const auto& courier : couriers_) {
    if (courier->runner().name() == sink) return courier.get();
  }
  return nullptr;
}

std::vector<SinkStatus> LocalFeed::status() const {
  std::vector<SinkStatus> all;
  for (const auto& courier : couriers_) all.push_back(courier->runner().status());
  return all;
}

Result<SinkStatus> LocalFeed::status(const std::string& sink) const {
  const CourierThread* courier = find(sink);
  if (courier == nullptr) return no_such_sink(sink);
  return courier->runner().status();
}

bool LocalFeed::caught_up(Seq seq) const {
  return std::all_of(couriers_.begin(), couriers_.end(), [&](const auto& courier) {
    return courier->runner().status().state != SinkState::kActive ||
           courier->runner().caught_up(seq);
  });
}

Status LocalFeed::pause(const std::string& sink) {
  return post(sink, [](Courier& courier) { courier.set_state(SinkState::kPaused, ""); });
}

Status LocalFeed::resume(const std::string& sink) {
  return post(sink, [](Courier& courier) { courier.set_state(SinkState::kActive, ""); });
}

Status LocalFeed::replay(const std::string& sink, Seq from, Seq to) {
  HF_TRY(check_replay(from, to));
  return post(sink,
              [from, to](Courier& courier) { courier.replay(from, to == 0 ? UINT64_MAX : to); });
}

Status LocalFeed::activate(const std::string& sink) {
  const CourierThread* courier = find(sink);
  if (courier != nullptr) HF_TRY(check_activate(courier->runner().settings()));
  return post(sink, [](Courier& to) { to.activate(); });
}

Result<std::vector<Observation>> LocalFeed::observations(const std::string& sink) const {
  const CourierThread* courier = find(sink);
  if (courier == nullptr) return no_such_sink(sink);
  return courier->runner().observations();
}

void LocalFeed::observe(const std::vector<ObservedLevel>& levels) {
  for (const auto& courier : couriers_) {
    if (courier->runner().comparison() == nullptr) continue;
    std::vector<ObservedLevel> own =
        clamped(of_channel(levels, courier->runner().settings().channel), services_.clock->wall());
    if (own.empty()) continue;
    courier->runner().post([own = std::move(own)](Courier& to) { to.observe(own); });
  }
}

Status LocalFeed::compare(const std::string& sink, std::vector<ObservedLevel> levels) {
  HF_ASSIGN(compared, comparison(sink));
  levels = clamped(std::move(levels), services_.clock->wall());
  auto taken = std::make_shared<std::promise<void>>();
  std::future<void> is_taken = taken->get_future();
  HF_TRY(post(sink, [taken, levels = std::move(levels)](Courier& to) {
    to.observe(levels);
    taken->set_value();
  }));
  // Should the courier have ended, what it was given is given up, and that ends the wait too.
  const bool is_read =
      is_taken.wait_for(std::chrono::microseconds(kComparedWait)) == std::future_status::ready;
  // A sink that is not active reads nothing: there is nothing to wait for.
  const bool reads = find(sink)->runner().status().state == SinkState::kActive;
  if (is_read && reads) compared->wait_until_read(kComparedWait);
  return {};
}

Result<std::shared_ptr<const Comparison>> LocalFeed::comparison(const std::string& sink) const {
  const CourierThread* courier = find(sink);
  if (courier == nullptr) return no_such_sink(sink);
  auto comparison = courier->runner().comparison();
  if (comparison == nullptr) return fail(compares_nothing(sink));
  return comparison;
}

Result<std::vector<DeadLetter>> LocalFeed::dead_letters(const std::string& sink) const {
  const CourierThread* courier = find(sink);
  if (courier == nullptr) return no_such_sink(sink);
  return courier->runner().dead_letters();
}

Status LocalFeed::redeliver(const std::string& sink, std::vector<Seq> seqs) {
  return post(sink, [seqs = std::move(seqs)](Courier& courier) { courier.redeliver(seqs); });
}

Status LocalFeed::post(const std::string& sink, std::function<void(Courier&)> operation) {
  CourierThread* courier = find(sink);
  if (courier == nullptr) return no_such_sink(sink);
  courier->runner().post(std::move(operation));
  return {};
}

}  // namespace holdfast::feed
