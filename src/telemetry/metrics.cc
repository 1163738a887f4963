#include "telemetry/metrics.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <bit>
#include <cmath>
#include <limits>
#include <map>
#include <mutex>
#include <sstream>

#include "base/invariant.h"

namespace holdfast::telemetry {

size_t Histogram::bucket_of(uint64_t value) {
  constexpr uint64_t kLinear = 1u << kSubBits;
  if (value < kLinear) return value;
  const int power = std::bit_width(value) - 1;
  if (power >= kPowers) return kBuckets - 1;
  const uint64_t sub = (value >> (power - kSubBits)) & (kLinear - 1);
  return ((static_cast<size_t>(power) - kSubBits + 1) << kSubBits) + sub;
}

uint64_t Histogram::upper_bound(size_t bucket) {
  constexpr size_t kLinear = 1u << kSubBits;
  if (bucket < kLinear) return bucket;
  const size_t shift = (bucket >> kSubBits) - 1;
  const uint64_t sub = kLinear + (bucket & (kLinear - 1));
  return ((sub + 1) << shift) - 1;
}

uint64_t Histogram::count() const {
  uint64_t total = 0;
  for (const auto& bucket : buckets_) total += bucket.load(std::memory_order_relaxed);
  return total;
}

uint64_t Histogram::quantile(double q) const {
  const uint64_t total = count();
  if (total == 0) return 0;
  const auto rank = static_cast<uint64_t>(std::ceil(q * static_cast<double>(total)));
  uint64_t seen = 0;
  for (size_t bucket = 0; bucket < kBuckets; ++bucket) {
    seen += bucket_count(bucket);
    if (seen >= rank) return upper_bound(bucket);
  }
  return upper_bound(kBuckets - 1);
}

namespace {

enum class Kind : uint8_t { kCounter, kGauge, kHistogram, kReadGauge };

struct Series {
  Labels labels;
  std::unique_ptr<Counter> counter;
  std::unique_ptr<Gauge> gauge;
  std::unique_ptr<Histogram> histogram;
  std::function<double()> read;
};
struct Family {
  Kind kind = Kind::kCounter;
  std::string help;
  double unit = 1;
  std::vector<std::unique_ptr<Series>> series;
};

/// Every power of two is a bucket on the page; the finer ones serve quantiles inside the process.
void show_histogram(const Histogram& histogram, double unit, prometheus::ClientMetric& out) {
  uint64_t seen = 0;
  for (size_t bucket = 0; bucket < Histogram::kBuckets; ++bucket) {
    seen += histogram.bucket_count(bucket);
    const bool last_of_power = (bucket & ((1u << Histogram::kSubBits) - 1)) == 7;
    if (!last_of_power || bucket + 1 == Histogram::kBuckets) continue;
    const double bound = static_cast<double>(Histogram::upper_bound(bucket)) * unit;
    out.histogram.bucket.push_back({seen, bound});
  }
  out.histogram.bucket.push_back({seen, std::numeric_limits<double>::infinity()});
  out.histogram.sample_count = seen;
  out.histogram.sample_sum = static_cast<double>(histogram.sum()) * unit;
}

prometheus::ClientMetric show(const Family& family, const Series& series) {
  prometheus::ClientMetric out;
  for (const auto& [name, value] : series.labels) out.label.push_back({name, value});
  switch (family.kind) {
    case Kind::kCounter: out.counter.value = static_cast<double>(series.counter->value()); break;
    case Kind::kGauge:
      out.gauge.value = static_cast<double>(series.gauge->value()) * family.unit;
      break;
    case Kind::kReadGauge: out.gauge.value = series.read(); break;
    case Kind::kHistogram: show_histogram(*series.histogram, family.unit, out); break;
  }
  return out;
}

prometheus::MetricType type_of(Kind kind) {
  switch (kind) {
    case Kind::kCounter: return prometheus::MetricType::Counter;
    case Kind::kHistogram: return prometheus::MetricType::Histogram;
    default: return prometheus::MetricType::Gauge;
  }
}

}  // namespace

struct Metrics::Impl {
  mutable std::mutex mutex;
  std::map<std::string, Family, std::less<>> families;

  Series& series(std::string_view name, std::string_view help, const Labels& labels, Kind kind,
                 double unit) {
    auto [found, made] = families.try_emplace(std::string(name));
    Family& family = found->second;
    if (made) {
      family.kind = kind;
      family.help = help;
      family.unit = unit;
    }
    INVARIANT(family.kind == kind, "metric {} is asked for as two kinds", name);
    for (auto& series : family.series)
      if (series->labels == labels) return *series;
    family.series.push_back(std::make_unique<Series>());
    family.series.back()->labels = labels;
    return *family.series.back();
  }
};

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {}
Metrics::~Metrics() = default;

Counter& Metrics::counter(std::string_view name, std::string_view help, const Labels& labels) {
  const std::lock_guard lock(impl_->mutex);
  Series& series = impl_->series(name, help, labels, Kind::kCounter, 1);
  if (!series.counter) series.counter = std::make_unique<Counter>();
  return *series.counter;
}

Gauge& Metrics::gauge(std::string_view name, std::string_view help, const Labels& labels,
                      double unit) {
  const std::lock_guard lock(impl_->mutex);
  Series& series = impl_->series(name, help, labels, Kind::kGauge, unit);
  if (!series.gauge) series.gauge = std::make_unique<Gauge>();
  return *series.gauge;
}

Histogram& Metrics::histogram(std::string_view name, std::string_view help, const Labels& labels,
                              double unit) {
  const std::lock_guard lock(impl_->mutex);
  Series& series = impl_->series(name, help, labels, Kind::kHistogram, unit);
  if (!series.histogram) series.histogram = std::make_unique<Histogram>();
  return *series.histogram;
}

void Metrics::gauge_from(std::string_view name, std::string_view help, const Labels& labels,
                         std::function<double()> read) {
  const std::lock_guard lock(impl_->mutex);
  impl_->series(name, help, labels, Kind::kReadGauge, 1).read = std::move(read);
}

std::string Metrics::text() const {
  std::vector<prometheus::MetricFamily> shown;
  {
    const std::lock_guard lock(impl_->mutex);
    for (const auto& [name, family] : impl_->families) {
      prometheus::MetricFamily& out = shown.emplace_back();
      out.name = name;
      out.help = family.help;
      out.type = type_of(family.kind);
      for (const auto& series : family.series) out.metric.push_back(show(family, *series));
    }
  }
  std::ostringstream page;
  prometheus::TextSerializer{}.Serialize(page, shown);
  return std::move(page).str();
}

}  // namespace holdfast::telemetry
