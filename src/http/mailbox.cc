#include "http/mailbox.h"

namespace holdfast::http {

void Mailbox::post(Call call) {
  const std::lock_guard lock(mutex_);
  if (reactor_ == nullptr) return;
  waiting_.push_back(std::move(call));
  if (woken_) return;
  woken_ = true;
  reactor_->post([self = shared_from_this()] { self->run_all(); });
}

void Mailbox::run_all() {
  {
    const std::lock_guard lock(mutex_);
    woken_ = false;
    running_.swap(waiting_);
  }
  for (Call& call : running_) call();
  running_.clear();
}

void Mailbox::close() {
  std::vector<Call> dropped;
  const std::lock_guard lock(mutex_);
  reactor_ = nullptr;
  dropped.swap(waiting_);
}

}  // namespace holdfast::http
