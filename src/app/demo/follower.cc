#include "app/demo/follower.h"

#include <algorithm>

namespace holdfast::app {
namespace {

constexpr size_t kReadBytes = 1 << 20;
constexpr size_t kChangesKept = 256;

Duration boot_now() { return SystemClock().boot(); }

}  // namespace

void Follower::start() {
  thread_ = std::thread([this] { run(); });
  subscription_ = store_.subscribe([this](Seq durable) {
    const std::lock_guard lock(mutex_);
    durable_.emplace_back(durable, boot_now());
    durable_seq_ = durable;
    changed_.notify_all();
  });
  // what became durable before anyone listened
  const std::lock_guard lock(mutex_);
  durable_seq_ = std::max(durable_seq_, store_.durable_seq());
  changed_.notify_all();
}

void Follower::stop() {
  if (!thread_.joinable()) return;
  store_.unsubscribe(subscription_);
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  thread_.join();
}

void Follower::catch_up() {
  std::unique_lock lock(mutex_);
  const Seq target = std::max(durable_seq_, store_.durable_seq());
  durable_seq_ = target;
  changed_.notify_all();
  changed_.wait(lock, [&] { return followed_ >= target || stopping_; });
}

void Follower::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stopping_ || durable_seq_ > followed_; });
    if (stopping_) return;
    const Seq after = followed_;
    lock.unlock();
    const Result<store::LogBatch> batch = store_.read(after, kReadBytes);
    if (batch) follow(*batch);
    lock.lock();
    if (!batch) {
      stopping_ = true;  // an unreadable log ends the demo elsewhere: the couriers stand still
      changed_.notify_all();
      return;
    }
    followed_ = std::max(followed_, batch->last_seq);
    changed_.notify_all();
  }
}

/// When the flush that made `seq` durable was done; notes of earlier flushes are dropped on the way.
Duration Follower::durable_time_of(Seq seq) {
  const std::lock_guard lock(mutex_);
  while (!durable_.empty() && durable_.front().first < seq) durable_.pop_front();
  return durable_.empty() ? boot_now() : durable_.front().second;
}

void Follower::follow(const store::LogBatch& batch) {
  for (const store::LoggedCommand& command : batch.commands) {
    const Duration durable_at = durable_time_of(command.last_seq());
    books_.note_time(command.last_seq(), command.events.back().recorded_at);
    for (const Event& event : command.events) {
      count(event);
      if (event.sku_seq != 0) note_change(std::string(event.sku), event.sku_seq, durable_at);
    }
  }
}

void Follower::count(const Event& event) {
  ++events_;
  if (event.type == EventType::kShortfallOpened) ++shortfalls_;
  if (event.hold.empty() || event.from == event.to) return;
  // a hold is open while units are held for it
  int64_t& units = held_[std::string(event.hold)];
  if (event.to == Account::kHeld) units += event.quantity;
  if (event.from == Account::kHeld) units -= event.quantity;
  if (units == 0) held_.erase(std::string(event.hold));
  open_holds_ = held_.size();
}

void Follower::note_change(const std::string& sku, uint64_t sku_seq, Duration durable_at) {
  const std::lock_guard lock(changes_mutex_);
  SkuChanges& changes = changes_[sku];
  changes.recent.push_back({sku_seq, durable_at});
  if (changes.recent.size() > kChangesKept) changes.recent.pop_front();
  for (size_t channel = 0; channel < kDemoChannels; ++channel) {
    const Change early = changes.told_before_known[channel];
    if (early.sku_seq == 0 || early.sku_seq > sku_seq) continue;
    changes.told_before_known[channel] = {};
    observe(changes, channel, early.sku_seq, early.durable_at);
  }
}

void Follower::start_timing() { timed_from_ = boot_now(); }

void Follower::told(int channel, const std::string& sku, uint64_t sku_seq) {
  const Duration now = boot_now();
  const std::lock_guard lock(changes_mutex_);
  SkuChanges& changes = changes_[sku];
  const auto index = static_cast<size_t>(channel);
  if (changes.recent.empty() || changes.recent.back().sku_seq < sku_seq) {
    changes.told_before_known[index] = {sku_seq, now};
    return;
  }
  observe(changes, index, sku_seq, now);
}

/// The lag is that of the oldest change the channel had not heard of: a coalesced push is as late as the
/// first change it carries.
void Follower::observe(SkuChanges& changes, size_t channel, uint64_t sku_seq, Duration received_at) {
  uint64_t& told = changes.told[channel];
  for (const Change& change : changes.recent) {
    if (change.sku_seq <= told || change.sku_seq > sku_seq) continue;
    if (change.durable_at >= timed_from_) {
      lags_[channel].observe(
          static_cast<uint64_t>(std::max<Duration>(0, received_at - change.durable_at)));
    }
    break;
  }
  told = std::max(told, sku_seq);
}

}  // namespace holdfast::app
