// The demo as a user starts it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/harness.h"

namespace holdfast::test {
namespace {

using ::testing::HasSubstr;

/// The demo's own verdict, read from --json.
void expect_all_well(const Finished& run, const std::string& what) {
  ASSERT_EQ(run.exit_code, 0) << what << ": " << run.out << run.err;
  const Result<json::Value> summary = json::parse_value(run.out);
  ASSERT_TRUE(summary) << run.out;
  EXPECT_EQ(summary->get("passed")->as_bool(), true);
  EXPECT_EQ(summary->get("oversold")->as_integer(), 0);
  EXPECT_GT(summary->get("events")->as_integer().value_or(0), 100) << run.out;
  const int64_t skus = summary->get("skus")->as_integer().value_or(0);
  EXPECT_GT(skus, 0) << run.out;
  EXPECT_EQ(summary->get("numbers_compared")->as_integer(), skus * 3) << "every SKU at each channel";
  for (const json::Value& channel : summary->get("channels")->items()) {
    EXPECT_GT(channel.get("orders")->as_integer().value_or(0), 0) << channel.to_text();
    EXPECT_GT(channel.get("pushes")->as_integer().value_or(0), 0) << channel.to_text();
    EXPECT_GT(channel.get("lag_p50_us")->as_integer().value_or(0), 0) << channel.to_text();
  }
}

TEST(Demo, AGeneratedDayEndsWell) {
  expect_all_well(run_holdfast({"demo", "--for", "5s", "--json"}), "the default day");
}

TEST(Demo, AnotherSeedEndsWellToo) {
  expect_all_well(run_holdfast({"demo", "--for", "4s", "--seed", "7", "--json"}), "seed 7");
}

TEST(Demo, SpeaksInPlainLinesWithoutATerminal) {
  const Finished run = run_holdfast({"demo", "--for", "4s"});
  EXPECT_EQ(run.exit_code, 0) << run.out << run.err;
  EXPECT_EQ(run.out.find('\033'), std::string::npos) << "no terminal, no escape codes";
  EXPECT_THAT(run.out, HasSubstr("dashboard    http://127.0.0.1:"));
  EXPECT_THAT(run.out, HasSubstr("oversold=0"));
  EXPECT_THAT(run.out, HasSubstr("the books agree"));
}

TEST(Demo, ReplaysOrdersOfAFile) {
  const TempDir dir;
  std::string rows = "order,sku,quantity,ordered_at,country\n";
  for (int i = 0; i < 60; ++i) {
    const std::string at = "2010-12-01T08:" + std::string(i < 10 ? "0" : "") + std::to_string(i) + ":00Z,UK\n";
    rows += std::to_string(1000 + i) + ",MUG," + std::to_string(1 + i % 4) + "," + at;
    rows += std::to_string(1000 + i) + ",TEE,2," + at;
    if (i % 10 == 9) rows += "C" + std::to_string(2000 + i) + ",MUG,-3," + at;
  }
  write_file(dir / "orders.csv", rows);
  expect_all_well(run_holdfast({"demo", "--orders", dir / "orders.csv", "--for", "5s", "--json"}), rows);
}

TEST(Demo, NamesTheLineOfABrokenFile) {
  const TempDir dir;
  write_file(dir / "orders.csv", "order,sku,quantity,ordered_at,country\n1,A,many,2010-12-01T08:26:00Z,UK\n");
  const Finished run = run_holdfast({"demo", "--orders", dir / "orders.csv", "--for", "1s"});
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.err, HasSubstr("orders.csv:2: quantity 'many'"));
}

#ifdef HOLDFAST_ORDERS_SAMPLE
TEST(Demo, RealOrdersEndWell) {
  expect_all_well(run_holdfast({"demo", "--orders", HOLDFAST_ORDERS_SAMPLE, "--for", "8s", "--json"}),
                  "the sample");
}
#endif

}  // namespace
}  // namespace holdfast::test
