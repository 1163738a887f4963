// Reports that wait to be polled, and a way to end the waiting: what a sink without sockets needs.
// put() and poll() belong to the courier's thread; wake() is thread-safe.
#pragma once

#include <condition_variable>
#include <mutex>
#include <vector>

#include "feed/sink.h"

namespace holdfast::connectors {

class Mailbox {
 public:
  void put(feed::Report report) { reports_.push_back(std::move(report)); }

  std::vector<feed::Report> poll(Duration wait) {
    std::unique_lock lock(mutex_);
    if (reports_.empty()) {
      changed_.wait_for(lock, std::chrono::microseconds(wait), [this] { return woken_; });
    }
    woken_ = false;
    return std::exchange(reports_, {});
  }

  void wake() {
    {
      std::lock_guard lock(mutex_);
      woken_ = true;
    }
    changed_.notify_one();
  }

 private:
  std::vector<feed::Report> reports_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool woken_ = false;  ///< guarded by mutex_
};

}  // namespace holdfast::connectors
