// Who wants to hear that the durable seq has risen. Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>

#include "model/event.h"

namespace holdfast::store {

class Listeners {
 public:
  uint64_t add(std::function<void(Seq)> listener) {
    const std::lock_guard lock(mutex_);
    listeners_.emplace(++last_id_, std::move(listener));
    return last_id_;
  }
  /// On return the listener is not running and will not be called again.
  void remove(uint64_t id) {
    const std::lock_guard lock(mutex_);
    listeners_.erase(id);
  }
  /// REQUIRES: no listener adds or removes listeners.
  void tell(Seq durable) {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, listener] : listeners_) listener(durable);
  }

 private:
  std::mutex mutex_;
  uint64_t last_id_ = 0;
  std::map<uint64_t, std::function<void(Seq)>> listeners_;
};

}  // namespace holdfast::store
