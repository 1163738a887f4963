// The `http-reader` threads: work that reads the disk, done off the event loop. Thread-safe.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace holdfast::http {

class Background {
 public:
  static constexpr size_t kWaitingMax = 1'024;

  explicit Background(int threads);
  /// Stops as stop() does.
  ~Background();

  /// False when kWaitingMax are waiting already, or after stop(): answer 503 overloaded.
  bool run(std::move_only_function<void()> work);
  /// Ends the threads after what they are doing now; what waits is dropped. Idempotent.
  void stop();

 private:
  void serve();

  std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<std::move_only_function<void()>> waiting_;  // guarded by mutex_
  bool stopped_ = false;                                 // guarded by mutex_
  std::vector<std::thread> threads_;
};

}  // namespace holdfast::http
