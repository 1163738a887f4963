#include "feed/courier_thread.h"

#include <pthread.h>

namespace holdfast::feed {

void CourierThread::start() {
  if (thread_.joinable()) return;
  stopping_ = false;
  thread_ = std::thread([this] { run(); });
  const std::string name = "courier-" + runner_->name();
  pthread_setname_np(thread_.native_handle(), name.substr(0, 15).c_str());
}

void CourierThread::stop() {
  stopping_ = true;
  // post() and not wake(): it also ends a round that is only about to sleep.
  if (thread_.joinable()) {
    runner_->post([](Courier&) {});
    thread_.join();
  }
}

void CourierThread::run() {
  while (!stopping_) runner_->do_work(kSecond);
  runner_->end();
}

}  // namespace holdfast::feed
