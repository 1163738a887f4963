#include "engine/inbox.h"

#include <chrono>
#include <iterator>

namespace holdfast::engine {

bool Inbox::push(Submission& submission) {
  bool notify = false;
  {
    const std::lock_guard lock(mutex_);
    // A single submission larger than the whole queue still fits into an empty one.
    const bool full = unanswered_ > 0 && unanswered_ + submission.weight > capacity_;
    if (closed_ || full) return false;
    unanswered_ += submission.weight;
    waiting_ += submission.weight;
    submissions_.push_back(std::move(submission));
    notify = sleeping_ && awake_needed();
    if (notify) sleeping_ = false;  // one notification per sleep is enough
  }
  if (notify) wake_.notify_one();
  return true;
}

void Inbox::resume(Submission submission) {
  {
    const std::lock_guard lock(mutex_);
    waiting_ += submission.weight;
    resumed_.push_back(std::move(submission));
    sleeping_ = false;
  }
  wake_.notify_one();
}

void Inbox::answered(size_t weight) {
  bool drained = false;
  {
    const std::lock_guard lock(mutex_);
    unanswered_ -= weight;
    drained = closed_ && unanswered_ == 0;
  }
  if (drained) poke();  // a drain waits for this
}

void Inbox::poke() {
  {
    const std::lock_guard lock(mutex_);
    poked_ = true;
    sleeping_ = false;
  }
  wake_.notify_one();
}

void Inbox::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
}

bool Inbox::closed() const {
  const std::lock_guard lock(mutex_);
  return closed_;
}

size_t Inbox::take(std::vector<Submission>* out) {
  const std::lock_guard lock(mutex_);
  const size_t taken = waiting_;
  waiting_ = 0;
  if (out->empty() && resumed_.empty()) {
    out->swap(submissions_);
    return taken;
  }
  for (auto* from : {&resumed_, &submissions_}) {
    out->insert(out->end(), std::move_iterator(from->begin()), std::move_iterator(from->end()));
    from->clear();
  }
  return taken;
}

size_t Inbox::waiting() const {
  const std::lock_guard lock(mutex_);
  return waiting_;
}

size_t Inbox::unanswered() const {
  const std::lock_guard lock(mutex_);
  return unanswered_;
}

void Inbox::wait(std::optional<Duration> timeout, size_t wake_at) {
  std::unique_lock lock(mutex_);
  wake_at_ = wake_at;
  const auto ready = [this] {
    const bool needed = awake_needed();
    sleeping_ = !needed;
    return needed;
  };
  if (timeout) {
    wake_.wait_for(lock, std::chrono::microseconds(*timeout), ready);
  } else {
    wake_.wait(lock, ready);
  }
  sleeping_ = false;
  poked_ = false;  // here, not in take(): what was poked for may have been missed by the turn before
}

}  // namespace holdfast::engine
