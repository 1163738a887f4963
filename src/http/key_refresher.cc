#include "http/key_refresher.h"

#include <chrono>

#include <pthread.h>

namespace holdfast::http {
namespace {

/// A deleted key opens nothing a second later, the read itself included.
constexpr std::chrono::milliseconds kEvery{500};

}  // namespace

KeyRefresher::KeyRefresher(KeyBook& keys, telemetry::Log& log)
    : keys_(keys), log_(log), thread_([this] { run(); }) {
  pthread_setname_np(thread_.native_handle(), "keys");
}

KeyRefresher::~KeyRefresher() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void KeyRefresher::run() {
  std::unique_lock lock(mutex_);
  while (!changed_.wait_for(lock, kEvery, [this] { return stopping_; })) {
    lock.unlock();
    tell(keys_.refresh());
    lock.lock();
  }
}

/// Keys that were known stay valid meanwhile: the ledger itself is away then too.
void KeyRefresher::tell(const Status& refreshed) {
  const bool failed = !refreshed;
  if (failed && !failed_) {
    log_.warning("changes of API keys at other nodes cannot be read",
                 {{"error", refreshed.error().detail}});
  }
  if (!failed && failed_) log_.info("changes of API keys at other nodes are read again");
  failed_ = failed;
}

}  // namespace holdfast::http
