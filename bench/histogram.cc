#include "bench/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace holdfast::bench {
namespace {

constexpr int kStepBits = 7;
constexpr int kPowers = 42;
constexpr int64_t kLargest = (int64_t{1} << kPowers) - 1;

size_t bucket_of(int64_t value) {
  const auto v = static_cast<uint64_t>(std::clamp<int64_t>(value, 0, kLargest));
  const int power = std::bit_width(v >> kStepBits);
  if (power == 0) return v;
  return (static_cast<size_t>(power) << kStepBits) + ((v >> (power - 1)) & ((1 << kStepBits) - 1));
}

int64_t highest_in(size_t bucket) {
  const size_t power = bucket >> kStepBits;
  const size_t step = bucket & ((1 << kStepBits) - 1);
  if (power == 0) return static_cast<int64_t>(step);
  return static_cast<int64_t>(((step + (size_t{1} << kStepBits) + 1) << (power - 1)) - 1);
}

}  // namespace

Histogram::Histogram() : buckets_(static_cast<size_t>(kPowers) << kStepBits) {}

void Histogram::record(int64_t nanoseconds) {
  ++buckets_[bucket_of(nanoseconds)];
  ++count_;
  max_ = std::max(max_, nanoseconds);
}

void Histogram::add(const Histogram& other) {
  for (size_t i = 0; i < buckets_.size(); ++i) buckets_[i] += other.buckets_[i];
  count_ += other.count_;
  max_ = std::max(max_, other.max_);
}

int64_t Histogram::at(double fraction) const {
  if (count_ == 0) return 0;
  const auto wanted = static_cast<uint64_t>(std::ceil(fraction * static_cast<double>(count_)));
  uint64_t seen = 0;
  for (size_t i = 0; i < buckets_.size(); ++i) {
    seen += buckets_[i];
    if (seen >= std::max<uint64_t>(wanted, 1)) return std::min(highest_in(i), max_);
  }
  return max_;
}

}  // namespace holdfast::bench
