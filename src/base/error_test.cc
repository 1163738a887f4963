#include "base/error.h"

#include <set>
#include <string>

#include <gtest/gtest.h>

namespace holdfast {
namespace {

TEST(ErrorCodes, AreUniqueInNumberAndName) {
  size_t count = 0;
  const ErrorCodeInfo* codes = all_error_codes(&count);
  std::set<int> numbers;
  std::set<std::string> names;
  for (size_t i = 0; i < count; ++i) {
    EXPECT_TRUE(numbers.insert(static_cast<int>(codes[i].code)).second) << codes[i].name;
    EXPECT_TRUE(names.insert(std::string(codes[i].name)).second) << codes[i].name;
    EXPECT_EQ(name_of(codes[i].code), codes[i].name);
    EXPECT_GT(codes[i].remedy.size(), 10u) << codes[i].name << " does not say what to do";
    if (i > 0) EXPECT_GT(codes[i].code, codes[i - 1].code) << codes[i].name;
  }
  EXPECT_GT(count, 50u);
}

}  // namespace
}  // namespace holdfast
