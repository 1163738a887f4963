// Virtual time: what is to happen, in order. Nothing waits; the clock jumps from one thing to the
// next, so the same plan always comes out the same.
//
// Confined to one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <queue>
#include <vector>

#include "base/time.h"

namespace holdfast::app {

class VirtualTime {
 public:
  /// Plans `what` for `when`; at the same time, in the order of planning. REQUIRES: when ≥ now().
  void at(Duration when, std::function<void()> what);
  void after(Duration delay, std::function<void()> what) { at(now_ + delay, std::move(what)); }
  /// Does everything planned, and what that plans, until nothing is left.
  void run();
  /// Since the beginning of the simulation.
  Duration now() const { return now_; }
  /// The same as the ledger's time.
  Timestamp wall() const { return kBegin + now_; }

  static constexpr Timestamp kBegin{1'763'884'800'000'000};  ///< 2025-11-23T08:00:00Z

 private:
  struct Planned {
    Duration when = 0;
    uint64_t number = 0;
    std::function<void()> what;
    bool operator>(const Planned& other) const {
      return when != other.when ? when > other.when : number > other.number;
    }
  };
  std::priority_queue<Planned, std::vector<Planned>, std::greater<>> planned_;
  Duration now_ = 0;
  uint64_t planned_ever_ = 0;
};

}  // namespace holdfast::app
