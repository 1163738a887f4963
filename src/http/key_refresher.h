// Reads twice a second what other nodes changed about API keys. Made by app where keys are shared;
// the book and the log outlive it.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "http/key_book.h"
#include "telemetry/log.h"

namespace holdfast::http {

class KeyRefresher {
 public:
  KeyRefresher(KeyBook& keys, telemetry::Log& log);
  ~KeyRefresher();
  KeyRefresher(const KeyRefresher&) = delete;
  KeyRefresher& operator=(const KeyRefresher&) = delete;

 private:
  void run();
  void tell(const Status& refreshed);

  KeyBook& keys_;
  telemetry::Log& log_;
  bool failed_ = false;  ///< said once, and again once it is over; the thread's own
  std::mutex mutex_;     ///< guards stopping_
  std::condition_variable changed_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace holdfast::http
