#include "base/hash.h"

#include <string>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace holdfast {
namespace {

// The definition, bit by bit: reflected polynomial 0x82f63b78.
uint32_t slow_crc32c(const std::string& bytes) {
  uint32_t crc = 0xffffffff;
  for (const char c : bytes) {
    crc ^= static_cast<uint8_t>(c);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78 : 0);
  }
  return ~crc;
}

TEST(Crc32c, MatchesTheKnownVectors) {
  EXPECT_EQ(crc32c("123456789", 9), 0xe3069283u);
  EXPECT_EQ(crc32c(std::string(32, '\0').data(), 32), 0x8a9136aau);
}

RC_GTEST_PROP(Crc32c, EqualsTheBitwiseDefinition, (const std::string& bytes)) {
  RC_ASSERT(crc32c(bytes.data(), bytes.size()) == slow_crc32c(bytes));
}

RC_GTEST_PROP(Crc32c, GoesOnFromASeed, (const std::string& a, const std::string& b)) {
  RC_ASSERT(crc32c(b.data(), b.size(), crc32c(a.data(), a.size())) ==
            crc32c((a + b).data(), a.size() + b.size()));
}

RC_GTEST_PROP(Hash128, SumsAreIndependentOfOrderAndCanBeTakenBack,
              (const std::string& a, const std::string& b)) {
  Hash128 one, two;
  one += hash128(a, 7);
  one += hash128(b, 7);
  two += hash128(b, 7);
  two += hash128(a, 7);
  RC_ASSERT(one == two);
  two -= hash128(b, 7);
  RC_ASSERT(two == hash128(a, 7));
}

}  // namespace
}  // namespace holdfast
