#include "engine/log_time.h"

#include <algorithm>
#include <string>

#include <gtest/gtest.h>

namespace holdfast::engine {
namespace {

const Timestamp kStart{1'763'884'800'000'000};

LogTime started(const Clock& clock, Timestamp last) {
  auto time = LogTime::start(clock, last, false);
  EXPECT_TRUE(time.has_value());
  return *time;
}

TEST(LogTime, FollowsBootTime) {
  ManualClock clock(kStart);
  LogTime time = started(clock, {});
  clock.advance(3 * kSecond);
  EXPECT_EQ(time.now(), kStart + 3 * kSecond);
}

TEST(LogTime, AWallClockThatJumpsNeitherStepsNorStopsIt) {
  ManualClock clock(kStart);
  LogTime time = started(clock, {});
  clock.jump_wall(kHour);
  EXPECT_EQ(time.now(), kStart);
  clock.advance(10 * kSecond);
  EXPECT_EQ(time.now(), kStart + 10 * kSecond + 5 * kMillisecond);  // 0.05 % of 10 s
  clock.jump_wall(-2 * kHour);
  clock.advance(10 * kSecond);
  EXPECT_EQ(time.now(), kStart + 20 * kSecond);
}

TEST(LogTime, SlewsTheSameInMicrosecondStepsAndReachesTheWallClock) {
  ManualClock clock(kStart);
  LogTime time = started(clock, {});
  clock.jump_wall(100);
  Timestamp before = time.now();
  for (int i = 0; i < 300'000; ++i) {
    clock.advance(1);
    const Timestamp now = time.now();
    ASSERT_GE(now, before);
    before = now;
  }
  EXPECT_EQ(time.now(), clock.wall());
  EXPECT_EQ(time.offset(), 0);
}

TEST(LogTime, NeverGoesBackWhileSlewingDown) {
  ManualClock clock(kStart);
  LogTime time = started(clock, {});
  clock.jump_wall(-kSecond);
  Timestamp before = time.now();
  for (int i = 0; i < 10'000; ++i) {
    clock.advance(i % 3);
    const Timestamp now = time.now();
    ASSERT_GE(now, before);
    before = now;
  }
}

TEST(LogTime, StartsAtTheLaterOfWallClockAndLastGroup) {
  ManualClock clock(kStart);
  EXPECT_EQ(started(clock, kStart - kHour).now(), kStart);
  EXPECT_EQ(started(clock, kStart + kMinute).now(), kStart + kMinute);
}

TEST(LogTime, AStartWithAClockFarOffIsRefusedUnlessAccepted) {
  ManualClock clock(kStart);
  for (const Timestamp last : {kStart + kClockBehindMax + 1, kStart - kClockAheadMax - 1}) {
    const auto refused = LogTime::start(clock, last, false);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, ErrorCode::kClockRefused);
    EXPECT_NE(refused.error().detail.find("--accept-clock"), std::string::npos);
    auto accepted = LogTime::start(clock, last, true);
    ASSERT_TRUE(accepted.has_value());
    EXPECT_EQ(accepted->now(), std::max(last, kStart));
  }
  EXPECT_TRUE(LogTime::start(clock, kStart + kClockBehindMax, false).has_value());
  EXPECT_TRUE(LogTime::start(clock, kStart - kClockAheadMax, false).has_value());
}

}  // namespace
}  // namespace holdfast::engine
