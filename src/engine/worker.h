// A role that runs tasks in order: the helper and the snapshot writer are one each.
//
// post() is thread-safe. Tasks run on the worker's thread once start() was called, else in do_work() by
// hand. A task must not throw.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace holdfast::engine {

class Worker {
 public:
  using Task = std::move_only_function<void()>;

  Worker() = default;
  ~Worker() { stop(); }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  void post(Task task);
  /// Runs the oldest task, if any. True if it ran one.
  bool do_work();
  /// Posted and not yet finished.
  size_t pending() const;

  /// Runs the tasks on a thread of its own.
  void start();
  /// Finishes the tasks posted so far and ends the thread. Tasks posted later run by hand only.
  void stop();

 private:
  void run();

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Task> tasks_;   // guarded by mutex_
  size_t running_ = 0;       // guarded by mutex_
  bool stopping_ = false;    // guarded by mutex_
  std::thread thread_;
};

}  // namespace holdfast::engine
