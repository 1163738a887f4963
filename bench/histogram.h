// A log-linear histogram of durations in nanoseconds: 128 steps per power of two (below 0.8%
// error), fixed memory, values up to 2^42 ns (73 minutes). Confined to one thread.
#pragma once

#include <cstdint>
#include <vector>

namespace holdfast::bench {

class Histogram {
 public:
  Histogram();
  void record(int64_t nanoseconds);
  void add(const Histogram& other);
  /// The value at or below which `fraction` (0 … 1) of the recorded ones lie, in nanoseconds; 0 if
  /// none.
  int64_t at(double fraction) const;
  int64_t max() const { return max_; }
  uint64_t count() const { return count_; }

 private:
  std::vector<uint64_t> buckets_;
  uint64_t count_ = 0;
  int64_t max_ = 0;
};

}  // namespace holdfast::bench
