// Follows the log of the demo's ledger as it becomes durable: counts events, watches for shortfalls, tells
// the twin the times, and knows how far behind each channel's number of each SKU is.
//
// start(), stop() belong to one thread; everything else is thread-safe.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>

#include "app/demo/books.h"
#include "app/demo/day.h"
#include "base/time.h"
#include "store/event_log.h"
#include "telemetry/metrics.h"

namespace holdfast::app {

class Follower {
 public:
  Follower(store::EventLog& store, TwinBooks& books) : store_(store), books_(books) {}
  ~Follower() { stop(); }
  Follower(const Follower&) = delete;
  Follower& operator=(const Follower&) = delete;

  void start();
  void stop();
  /// Waits until everything durable now has been followed.
  void catch_up();

  /// Lags count for changes from now on: the morning's count of every shelf is a load, not a day's traffic.
  void start_timing();
  /// A channel was told of the SKU's state as of `sku_seq`, now.
  void told(int channel, const std::string& sku, uint64_t sku_seq);

  uint64_t events() const { return events_; }
  uint64_t open_holds() const { return open_holds_; }
  uint64_t shortfalls() const { return shortfalls_; }  ///< ever opened
  /// Durable → received, of the oldest change a channel had not heard of, microseconds.
  const telemetry::Histogram& lag(int channel) const { return lags_[static_cast<size_t>(channel)]; }

 private:
  struct Change {
    uint64_t sku_seq = 0;
    Duration durable_at = 0;  ///< boot time
  };
  struct SkuChanges {
    std::deque<Change> recent;                            ///< bounded; older ones were long told
    std::array<uint64_t, kDemoChannels> told{};           ///< sku_seq
    std::array<Change, kDemoChannels> told_before_known;  ///< a push that was faster than this follower
  };
  void run();
  void follow(const store::LogBatch& batch);
  void count(const Event& event);
  void note_change(const std::string& sku, uint64_t sku_seq, Duration durable_at);
  void observe(SkuChanges& changes, size_t channel, uint64_t sku_seq, Duration received_at);
  Duration durable_time_of(Seq seq);

  store::EventLog& store_;
  TwinBooks& books_;
  uint64_t subscription_ = 0;
  std::thread thread_;
  std::atomic<uint64_t> events_{0};
  std::atomic<uint64_t> shortfalls_{0};
  std::atomic<uint64_t> open_holds_{0};
  std::atomic<Duration> timed_from_{INT64_MAX};  ///< boot time
  std::array<telemetry::Histogram, kDemoChannels> lags_;

  std::unordered_map<std::string, int64_t> held_;  ///< units by open hold; the follower's thread only

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::pair<Seq, Duration>> durable_;  // guarded by mutex_, as is all below
  Seq durable_seq_ = 0;
  Seq followed_ = 0;
  bool stopping_ = false;

  std::mutex changes_mutex_;
  std::unordered_map<std::string, SkuChanges> changes_;  // guarded by changes_mutex_
};

}  // namespace holdfast::app
