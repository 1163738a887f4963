// docs/reference/metrics.md and /metrics, held against each other both ways; and the names a
// Prometheus expects.
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

#include "tests/integration/harness.h"

namespace holdfast::test {
namespace {

/// Name to type, by a line of either page.
std::map<std::string, std::string> types_in(const std::string& text, const std::string& line_of) {
  std::map<std::string, std::string> types;
  const std::regex pattern(line_of);
  std::istringstream lines(text);
  std::smatch found;
  for (std::string line; std::getline(lines, line);) {
    if (std::regex_search(line, found, pattern)) types[found[1]] = found[2];
  }
  return types;
}

/// Of a server with a sink, after some work.
std::string exported() {
  const TempDir dir;
  write_file(
      dir / "shop.toml",
      "[[channels]]\nid = \"web\"\nlocations = [\"berlin\"]\n"
      "[[sinks]]\nname = \"out\"\ntype = \"noop\"\n"
      "[[sinks]]\nname = \"shop\"\ntype = \"noop\"\ndeliver = \"stock\"\n"
             "channel = \"web\"\n");
  Server server(dir / "data", {"--config", dir / "shop.toml"});
  EXPECT_TRUE(server.ready()) << server.process().err();
  app::HttpClient client = server.client();
  stock_up(client, "A", 5);
  const auto page = client.get("/metrics");
  EXPECT_TRUE(page);
  return page ? page->body : std::string();
}

TEST(Metrics, AreDocumentedAndTheReverse) {
  const auto documented =
      types_in(read_file(std::string(HOLDFAST_SOURCE_DIR) + "/docs/reference/metrics.md"),
               R"(^\| `(\w+)` \| (\w+) \|)");
  const auto served = types_in(exported(), R"(^# TYPE (\w+) (\w+)$)");
  ASSERT_GT(served.size(), 20u);
  for (const auto& [name, type] : served) {
    ASSERT_TRUE(documented.contains(name)) << name << " is missing from docs/reference/metrics.md";
    EXPECT_EQ(documented.at(name), type) << name;
  }
  for (const auto& [name, type] : documented) {
    EXPECT_TRUE(served.contains(name)) << name << " is documented and not exported";
  }
}

TEST(Metrics, HaveTheNamesAPrometheusExpects) {
  const std::string page = exported();
  const auto help = types_in(page, R"(^# HELP (\w+) (.+)$)");
  for (const auto& [name, type] : types_in(page, R"(^# TYPE (\w+) (\w+)$)")) {
    EXPECT_TRUE(std::regex_match(name, std::regex("holdfast_(engine|http|feed)_[a-z]+(_[a-z]+)*")))
        << name;
    EXPECT_EQ(name.ends_with("_total"), type == "counter") << name;
    EXPECT_TRUE(help.contains(name)) << name;
    for (const char* unit :
         {"milli", "micro", "nano", "kilo", "minute", "hour", "_ms", "_us", "_kb"}) {
      EXPECT_EQ(name.find(unit), std::string::npos) << name << ": base units are seconds and bytes";
    }
    for (const char* reserved : {"_count", "_sum", "_bucket", "_info"}) {
      EXPECT_FALSE(name.ends_with(reserved)) << name;
    }
  }
}

}  // namespace
}  // namespace holdfast::test
