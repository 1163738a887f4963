// The thread `courier-<sink>` around a CourierRunner. Made and owned by Feed.
#pragma once

#include <atomic>
#include <memory>
#include <thread>

#include "feed/courier_runner.h"

namespace holdfast::feed {

class CourierThread {
 public:
  explicit CourierThread(std::unique_ptr<CourierRunner> runner) : runner_(std::move(runner)) {}
  ~CourierThread() { stop(); }

  void start();
  /// Ends the round that is under way and joins. Idempotent.
  void stop();
  /// The same without waiting for it.
  void begin_to_stop();
  /// It was never started, or has ended: stop() will not wait.
  bool ended() const { return !thread_.joinable() || ended_; }
  CourierRunner& runner() { return *runner_; }
  const CourierRunner& runner() const { return *runner_; }

 private:
  void run();

  std::unique_ptr<CourierRunner> runner_;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> ended_{false};
  std::thread thread_;
};

}  // namespace holdfast::feed
