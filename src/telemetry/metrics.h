// Metrics: counters, gauges and histograms that cost one relaxed atomic add, and their Prometheus text.
//
// Made once by app; rooms ask the registry for their metrics at start and keep the references, which live
// as long as the registry. Adding a metric takes a lock; everything else is lock-free. Thread-safe.
// Names follow Prometheus: holdfast_<room>_<what>_<unit>, counters end in _total.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace holdfast::telemetry {

class Counter {
 public:
  void add(uint64_t by = 1) { value_.fetch_add(by, std::memory_order_relaxed); }
  uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> value_{0};
};

class Gauge {
 public:
  void set(int64_t value) { value_.store(value, std::memory_order_relaxed); }
  void add(int64_t by) { value_.fetch_add(by, std::memory_order_relaxed); }
  int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<int64_t> value_{0};
};

/// Log-linear: 8 equal buckets per power of two, so a value is known to within 12.5%. Holds 0 … 2^40 (in
/// microseconds: 12 days); larger values count in the last bucket.
class Histogram {
 public:
  static constexpr int kSubBits = 3;
  static constexpr int kPowers = 40;
  static constexpr size_t kBuckets = (kPowers - kSubBits + 2) << kSubBits;

  void observe(uint64_t value) {
    buckets_[bucket_of(value)].fetch_add(1, std::memory_order_relaxed);
    sum_.fetch_add(value, std::memory_order_relaxed);
  }
  uint64_t count() const;
  uint64_t sum() const { return sum_.load(std::memory_order_relaxed); }
  /// Upper bound of the bucket that holds the q-quantile, 0 < q ≤ 1; 0 when empty.
  uint64_t quantile(double q) const;
  uint64_t bucket_count(size_t bucket) const {
    return buckets_[bucket].load(std::memory_order_relaxed);
  }

  static size_t bucket_of(uint64_t value);
  /// Largest value that falls into the bucket.
  static uint64_t upper_bound(size_t bucket);

 private:
  std::array<std::atomic<uint64_t>, kBuckets> buckets_{};
  std::atomic<uint64_t> sum_{0};
};

using Labels = std::vector<std::pair<std::string, std::string>>;

class Metrics {
 public:
  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  /// The metric of that name and those labels; made at the first call, the same one afterwards.
  /// REQUIRES: one name is only ever one kind of metric.
  Counter& counter(std::string_view name, std::string_view help, const Labels& labels = {});
  /// `unit` converts what is set into what is shown: 1e-3 for milliseconds shown as seconds.
  Gauge& gauge(std::string_view name, std::string_view help, const Labels& labels = {},
               double unit = 1);
  /// `unit` converts what is observed into what is shown: 1e-6 for microseconds shown as seconds.
  Histogram& histogram(std::string_view name, std::string_view help, const Labels& labels = {},
                       double unit = 1e-6);
  /// A gauge that is asked when the page is made. `read` must be thread-safe and outlive the registry.
  void gauge_from(std::string_view name, std::string_view help, const Labels& labels,
                  std::function<double()> read);

  /// Text exposition format 0.0.4.
  std::string text() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace holdfast::telemetry
