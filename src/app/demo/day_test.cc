#include "app/demo/day.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>

namespace holdfast::app {
namespace {

using ::testing::HasSubstr;

class CsvTest : public ::testing::Test {
 protected:
  CsvTest() {
    std::string name = (std::filesystem::temp_directory_path() / "holdfast-day.XXXXXX").string();
    const int file = mkstemp(name.data());
    close(file);
    path_ = name;
  }
  ~CsvTest() override { std::filesystem::remove(path_); }
  Result<Day> read(const std::string& rows) {
    std::ofstream(path_) << "order,sku,quantity,ordered_at,country\n" << rows;
    return read_day(path_);
  }
  std::string path_;
};

TEST_F(CsvTest, GroupsLinesAndScalesTimes) {
  const Result<Day> day = read(
      "1,A,10,2010-12-01T08:00:00Z,\"Isle, of Man\"\n"
      "1,B,1,2010-12-01T08:00:00Z,UK\n"
      "2,A,10,2010-12-01T09:00:00Z,UK\n"
      "3,A,20,2010-12-01T10:00:00Z,UK\r\n");
  ASSERT_TRUE(day) << day.error().detail;
  ASSERT_EQ(day->orders.size(), 3u);
  EXPECT_EQ(day->orders[0].lines.size(), 2u);
  EXPECT_DOUBLE_EQ(day->orders[1].at, 0.5);
  EXPECT_EQ(day->supply.at("A"), 36) << "90% of 40";
  EXPECT_EQ(day->supply.at("B"), 1);
}

TEST_F(CsvTest, CancellationsAndWhatIsNoGoods) {
  const Result<Day> day = read(
      "1,A,10,2010-12-01T08:00:00Z,UK\n"
      "1,POST,3,2010-12-01T08:00:00Z,UK\n"
      "C2,A,-4,2010-12-01T09:00:00Z,UK\n"
      "C3,D,-1,2010-12-01T09:30:00Z,UK\n");
  ASSERT_TRUE(day) << day.error().detail;
  ASSERT_EQ(day->orders.size(), 2u) << "an order of discounts alone is none";
  EXPECT_TRUE(day->orders[1].cancellation);
  EXPECT_EQ(day->orders[1].lines[0].quantity, 4);
  EXPECT_EQ(day->supply.size(), 1u);
  EXPECT_EQ(day->supply.at("A"), 9) << "cancellations are no demand";
}

TEST_F(CsvTest, MistakesNameTheLine) {
  const std::pair<const char*, const char*> cases[] = {
      {"1,A,x,2010-12-01T08:00:00Z,UK\n", "quantity 'x'"},
      {"1,A,0,2010-12-01T08:00:00Z,UK\n", "quantity '0'"},
      {"1,A,1.5,2010-12-01T08:00:00Z,UK\n", "quantity '1.5'"},
      {"1,A,-2,2010-12-01T08:00:00Z,UK\n", "no cancellation"},
      {"1,A,2,yesterday,UK\n", "ordered_at 'yesterday'"},
      {"1,A\n", "2 fields"},
      {"1,,2,2010-12-01T08:00:00Z,UK\n", ":2: "},
  };
  for (const auto& [rows, says] : cases) {
    const Result<Day> day = read(rows);
    ASSERT_FALSE(day) << rows;
    EXPECT_THAT(day.error().detail, HasSubstr(says));
    EXPECT_THAT(day.error().detail, HasSubstr(":2: "));
  }
  EXPECT_FALSE(read(""));
  EXPECT_THAT(read_day("/nowhere.csv").error().detail, HasSubstr("/nowhere.csv"));
}

TEST(GeneratedDay, TheSameSeedGivesTheSameDay) {
  const Day one = generate_day(7, 200), two = generate_day(7, 200), other = generate_day(8, 200);
  EXPECT_EQ(one.supply, two.supply);
  EXPECT_NE(one.supply, other.supply);
}

TEST(GeneratedDay, HasTheShapeOfTheRealOne) {
  const Day day = generate_day(1, 3'000);
  std::vector<size_t> lines;
  std::vector<int64_t> quantities;
  std::set<std::string> skus;
  size_t cancellations = 0, all_lines = 0, at_noon = 0;
  for (const DayOrder& order : day.orders) {
    if (order.cancellation) {
      ++cancellations;
      EXPECT_EQ(order.number[0], 'C');
      continue;
    }
    lines.push_back(order.lines.size());
    all_lines += order.lines.size();
    if (order.at > 0.5 && order.at < 5.0 / 6) ++at_noon;
    for (const DayLine& line : order.lines) {
      quantities.push_back(line.quantity);
      skus.insert(line.sku);
    }
  }
  std::sort(lines.begin(), lines.end());
  std::sort(quantities.begin(), quantities.end());
  EXPECT_NEAR(static_cast<double>(all_lines) / static_cast<double>(lines.size()), 14.5, 2.5);
  EXPECT_NEAR(static_cast<double>(cancellations) / 3'000, 0.08, 0.02);
  const int64_t median = quantities[quantities.size() / 2];
  EXPECT_GE(median, 3);
  EXPECT_LE(median, 5);
  EXPECT_GT(quantities.back(), 300);
  EXPECT_GT(skus.size(), 500u);
  EXPECT_GT(static_cast<double>(at_noon) / static_cast<double>(lines.size()), 0.4) << "the peak, 11 to 13";
}

TEST(GeneratedDay, TimesAreInOrder) {
  const Day day = generate_day(3, 500);
  for (size_t i = 1; i < day.orders.size(); ++i) EXPECT_LE(day.orders[i - 1].at, day.orders[i].at);
}

}  // namespace
}  // namespace holdfast::app
