#include "base/time.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace holdfast {
namespace {

TEST(Rfc3339, ReadsOffsetsAndFractions) {
  EXPECT_EQ(parse_rfc3339("1970-01-01T00:00:00Z"), Timestamp{0});
  EXPECT_EQ(parse_rfc3339("2026-11-23T10:00:00+01:00"), parse_rfc3339("2026-11-23T09:00:00Z"));
  EXPECT_EQ(parse_rfc3339("1970-01-01T00:00:00.5Z"), Timestamp{500'000});
  EXPECT_EQ(parse_rfc3339("1970-01-01T00:00:00.1234567Z"), Timestamp{123'456});
  EXPECT_EQ(parse_rfc3339("2024-02-29T00:00:00-00:30"), parse_rfc3339("2024-02-29T00:30:00Z"));
  EXPECT_EQ(parse_rfc3339("2016-12-31T23:59:60Z"), parse_rfc3339("2016-12-31T23:59:59Z"));
}

TEST(Rfc3339, RefusesWhatHasNoOffsetOrIsNoDate) {
  for (const char* text :
       {"", "2026-11-23", "2026-11-23T10:00:00", "2026-11-23T10:00:00+0100", "2025-02-29T00:00:00Z",
        "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-01-32T00:00:00Z",
        "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z", "2026-01-01T00:00:61Z",
        "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00Zx", "1969-12-31T23:59:59Z",
        "2026-01-01T00:00:00+24:00", "2026/01/01T00:00:00Z", "20260101T000000Z"}) {
    EXPECT_EQ(parse_rfc3339(text), std::nullopt) << text;
  }
}

TEST(Rfc3339, PrintsTheShortestExactForm) {
  EXPECT_EQ(to_rfc3339({0}), "1970-01-01T00:00:00Z");
  EXPECT_EQ(to_rfc3339({1'500'000}), "1970-01-01T00:00:01.500Z");
  EXPECT_EQ(to_rfc3339({1'500'001}), "1970-01-01T00:00:01.500001Z");
}

RC_GTEST_PROP(Rfc3339, ReadsBackWhatItPrints, ()) {
  const Timestamp time{*rc::gen::inRange<int64_t>(0, 253'402'300'799 * kSecond)};
  RC_ASSERT(parse_rfc3339(to_rfc3339(time)) == time);
}

RC_GTEST_PROP(Rfc3339, NeverReadsPastTheText, (const std::string& text)) {
  parse_rfc3339(text);  // under the sanitizers: any text is safe to try
}

TEST(ManualClock, MovesOnlyWhenTold) {
  ManualClock clock;
  const Timestamp wall = clock.wall();
  const Duration boot = clock.boot();
  clock.advance(kSecond);
  EXPECT_EQ(clock.wall() - wall, kSecond);
  EXPECT_EQ(clock.boot() - boot, kSecond);
  clock.jump_wall(-kHour);
  EXPECT_EQ(clock.wall() - wall, kSecond - kHour);
  EXPECT_EQ(clock.boot() - boot, kSecond);
}

TEST(SystemClock, BootTimeDoesNotGoBack) {
  SystemClock clock;
  const Duration first = clock.boot();
  EXPECT_LE(first, clock.boot());
  EXPECT_GT(clock.wall().us, 1'700'000'000 * kSecond);
}

}  // namespace
}  // namespace holdfast
