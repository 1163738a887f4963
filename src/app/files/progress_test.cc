#include "app/files/progress.h"

#include <gtest/gtest.h>

namespace holdfast::app {
namespace {

TEST(Progress, SaysHowFarAndHowFast) {
  EXPECT_EQ(progress_line("lines", 500, 2'000, 0.5),
            "[#######.......................]  25%  500 of 2,000 lines  1,000/s");
  EXPECT_EQ(progress_line("rows", 12'345'678, 0, 1), "12,345,678 rows  12,345,678/s");
  EXPECT_EQ(progress_line("lines", 3, 2, 0),
            "[##############################] 100%  3 of 2 lines  0/s");
  EXPECT_EQ(with_commas(999), "999");
  EXPECT_EQ(with_commas(1'000), "1,000");
}

}  // namespace
}  // namespace holdfast::app
