// When failures are the sink's fault and when a SKU's.
#include "feed/circuit.h"

#include <gtest/gtest.h>

namespace holdfast::feed {
namespace {

class CircuitTest : public testing::Test {
 protected:
  bool fail_sku(const std::string& sku, bool unreachable = false) {
    return circuit_.failed(sku, unreachable, 0, 0, now_);
  }
  SeededRandom random_{1};
  Circuit circuit_{CircuitPolicy{}, random_};
  Duration now_ = kHour;
};

TEST_F(CircuitTest, OnePoisonSkuIsItsOwnFaultHoweverOftenItFails) {
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(fail_sku("poison"));
  EXPECT_EQ(circuit_.allowed(8, now_), 8u);
}

TEST_F(CircuitTest, ManySkusThatFailAreTheSinksFault) {
  for (int i = 0; i < 4; ++i) EXPECT_FALSE(fail_sku("sku-" + std::to_string(i)));
  EXPECT_TRUE(fail_sku("sku-4"));
  EXPECT_EQ(circuit_.state(), CircuitState::kOpen);
  EXPECT_EQ(circuit_.allowed(8, now_), 0u);
}

TEST_F(CircuitTest, FewFailuresAmongManySuccessesAreNot) {
  for (int i = 0; i < 200; ++i) {
    circuit_.succeeded("good");
    circuit_.succeeded("good");
    EXPECT_FALSE(fail_sku("sku-" + std::to_string(i)));
  }
}

TEST_F(CircuitTest, NoConnectionThreeTimesInARowIsEnough) {
  EXPECT_FALSE(fail_sku("a", true));
  EXPECT_FALSE(fail_sku("a", true));
  EXPECT_TRUE(fail_sku("a", true));
}

TEST_F(CircuitTest, TooManyParkedSkusOpenIt) {
  EXPECT_TRUE(circuit_.failed("a", false, 0, CircuitPolicy{}.parked_max + 1, now_));
}

TEST_F(CircuitTest, ProbesOneAtATimeWithGrowingWaitsAndClosesOnSuccess) {
  for (int i = 0; i < 5; ++i) fail_sku("sku-" + std::to_string(i));
  Duration last_wait = 0;
  for (int probe = 0; probe < 12; ++probe) {
    ASSERT_TRUE(circuit_.opens_at());
    const Duration wait = *circuit_.opens_at() - now_;
    EXPECT_LE(wait, CircuitPolicy{}.probe_max);
    if (probe < 5) {
      EXPECT_GE(wait, (kSecond << probe) / 2);
    }
    now_ += wait - 1;
    EXPECT_EQ(circuit_.allowed(8, now_), 0u);
    now_ += 1;
    EXPECT_EQ(circuit_.allowed(8, now_), 1u);
    EXPECT_EQ(circuit_.state(), CircuitState::kHalfOpen);
    EXPECT_TRUE(fail_sku("sku-0"));
    last_wait = wait;
  }
  EXPECT_GE(last_wait, CircuitPolicy{}.probe_max / 2);
  now_ = *circuit_.opens_at();
  EXPECT_EQ(circuit_.allowed(8, now_), 1u);
  circuit_.succeeded("sku-1");
  EXPECT_EQ(circuit_.state(), CircuitState::kClosed);
  EXPECT_EQ(circuit_.allowed(8, now_), 8u);
}

TEST_F(CircuitTest, RetryAfterIsRespected) {
  for (int i = 0; i < 4; ++i) fail_sku("sku-" + std::to_string(i));
  EXPECT_TRUE(circuit_.failed("sku-4", false, 10 * kMinute, 0, now_));
  EXPECT_GE(*circuit_.opens_at(), now_ + 10 * kMinute);
}

}  // namespace
}  // namespace holdfast::feed
