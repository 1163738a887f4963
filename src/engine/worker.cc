#include "engine/worker.h"

#include <utility>

namespace holdfast::engine {

void Worker::post(Task task) {
  {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
  }
  wake_.notify_one();
}

bool Worker::do_work() {
  Task task;
  {
    const std::lock_guard lock(mutex_);
    if (tasks_.empty()) return false;
    task = std::move(tasks_.front());
    tasks_.pop_front();
    ++running_;
  }
  task();
  const std::lock_guard lock(mutex_);
  --running_;
  return true;
}

size_t Worker::pending() const {
  const std::lock_guard lock(mutex_);
  return tasks_.size() + running_;
}

void Worker::start() {
  stopping_ = false;
  thread_ = std::thread([this] { run(); });
}

void Worker::stop() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void Worker::run() {
  for (;;) {
    while (do_work()) {
    }
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return stopping_ || !tasks_.empty(); });
    if (tasks_.empty()) return;
  }
}

}  // namespace holdfast::engine
