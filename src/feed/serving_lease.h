// How long this node may go on serving a sink. Written by the thread that keeps the lease, read by
// the courier before everything it sends. Thread-safe. See sink_election.h.
#pragma once

#include <atomic>

#include "base/time.h"

namespace holdfast::feed {

class ServingLease {
 public:
  explicit ServingLease(Duration valid_until) : valid_until_(valid_until) {}

  /// By CLOCK_BOOTTIME. Nothing is sent from then on.
  Duration valid_until() const { return valid_until_.load(std::memory_order_acquire); }
  bool valid(Duration now) const { return now < valid_until(); }
  /// Without effect once it has been ended.
  void extend(Duration until) {
    Duration present = valid_until_.load();
    while (present != 0 && !valid_until_.compare_exchange_weak(present, until)) {
    }
  }
  /// For good: somebody else serves the sink, or soon will.
  void end() { valid_until_.store(0, std::memory_order_release); }

 private:
  std::atomic<Duration> valid_until_;
};

}  // namespace holdfast::feed
