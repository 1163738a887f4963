#include "feed/courier_thread.h"

#include <pthread.h>

namespace holdfast::feed {

void CourierThread::start() {
  if (thread_.joinable()) return;
  stopping_ = false;
  ended_ = false;
  thread_ = std::thread([this] { run(); });
  const std::string name = "courier-" + runner_->name();
  pthread_setname_np(thread_.native_handle(), name.substr(0, 15).c_str());
}

void CourierThread::begin_to_stop() {
  stopping_ = true;
  // post() and not wake(): it also ends a round that is only about to sleep.
  if (thread_.joinable()) runner_->post([](Courier&) {});
}

void CourierThread::stop() {
  begin_to_stop();
  if (thread_.joinable()) thread_.join();
}

void CourierThread::run() {
  while (!stopping_ && !runner_->lost()) runner_->do_work(kSecond);
  runner_->end();
  ended_ = true;
}

}  // namespace holdfast::feed
