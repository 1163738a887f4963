#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "telemetry/log.h"
#include "telemetry/metrics.h"

namespace holdfast::telemetry {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

std::string one_line(LogFormat format, LogLevel level, LogLevel written, std::string_view message,
                     std::initializer_list<LogField> fields) {
  std::string seen;
  auto log = Log::to([&](std::string_view line) { seen = line; }, level, format);
  log->write(written, message, fields);
  return seen;
}

TEST(Log, WritesPlainTextWithFields) {
  const std::string line = one_line(LogFormat::kText, LogLevel::kInfo, LogLevel::kWarning, "slow flush",
                                    {{"file", "a b"}, {"ms", 12}, {"again", true}});
  EXPECT_THAT(line, EndsWith("warning slow flush file=\"a b\" ms=12 again=true"));
}

TEST(Log, WritesJsonThatAClientCannotBreak) {
  const std::string line = one_line(LogFormat::kJson, LogLevel::kInfo, LogLevel::kInfo, "refused",
                                    {{"sku", "a\"\n\x1b[2J\\"}});
  EXPECT_THAT(line, EndsWith(R"("message":"refused","sku":"a\"\n\u001b[2J\\"})"));
  EXPECT_THAT(line, Not(HasSubstr("\n")));
}

TEST(Log, KeepsQuietBelowItsLevel) {
  EXPECT_EQ(one_line(LogFormat::kText, LogLevel::kWarning, LogLevel::kInfo, "x", {}), "");
  auto quiet = Log::quiet();
  EXPECT_FALSE(quiet->enabled(LogLevel::kError));
}

TEST(Log, NamesTheChoicesForAnUnknownLevel) {
  EXPECT_EQ(log_level_named("debug").value(), LogLevel::kDebug);
  const auto refused = log_level_named("loud");
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().detail, HasSubstr("debug, info, warning, error"));
}

TEST(Log, RefusesAFileItCannotOpen) {
  const auto log = Log::open({.file = "/proc/none/x.log"});
  ASSERT_FALSE(log);
  EXPECT_EQ(log.error().code, ErrorCode::kIo);
}

RC_GTEST_PROP(Histogram, EveryValueLiesInItsBucket, ()) {
  const auto value = *rc::gen::inRange<uint64_t>(0, uint64_t{1} << Histogram::kPowers);
  const size_t bucket = Histogram::bucket_of(value);
  RC_ASSERT(bucket < Histogram::kBuckets);
  RC_ASSERT(value <= Histogram::upper_bound(bucket));
  RC_ASSERT(bucket == 0 || value > Histogram::upper_bound(bucket - 1));
}

TEST(Histogram, QuantilesAreWithinAnEighth) {
  Histogram histogram;
  for (uint64_t value = 1; value <= 10'000; ++value) histogram.observe(value);
  EXPECT_EQ(histogram.count(), 10'000u);
  EXPECT_NEAR(static_cast<double>(histogram.quantile(0.5)), 5'000, 5'000 / 8.0);
  EXPECT_NEAR(static_cast<double>(histogram.quantile(0.99)), 9'900, 9'900 / 8.0);
  EXPECT_EQ(Histogram{}.quantile(0.5), 0u);
  histogram.observe(UINT64_MAX);  // beyond the range: the last bucket, not beyond the table
  EXPECT_EQ(histogram.bucket_count(Histogram::kBuckets - 1), 1u);
}

TEST(Metrics, ShowsPrometheusText) {
  Metrics metrics;
  metrics.counter("holdfast_requests_total", "Requests.", {{"code", "201"}}).add(3);
  metrics.counter("holdfast_requests_total", "Requests.", {{"code", "201"}}).add(1);
  metrics.gauge("holdfast_open", "Open.").set(-2);
  metrics.gauge_from("holdfast_asked", "Asked.", {}, [] { return 7.0; });
  metrics.histogram("holdfast_wait_seconds", "Wait.").observe(1'500);
  const std::string page = metrics.text();
  EXPECT_THAT(page, HasSubstr("holdfast_requests_total{code=\"201\"} 4"));
  EXPECT_THAT(page, HasSubstr("# TYPE holdfast_requests_total counter"));
  EXPECT_THAT(page, HasSubstr("holdfast_open -2"));
  EXPECT_THAT(page, HasSubstr("holdfast_asked 7"));
  EXPECT_THAT(page, HasSubstr("holdfast_wait_seconds_count 1"));
  EXPECT_THAT(page, HasSubstr("le=\"+Inf\"} 1"));
}

}  // namespace
}  // namespace holdfast::telemetry
