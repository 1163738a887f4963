// The unit's sandbox, as systemd itself rates it.
#include <array>
#include <cstdio>
#include <filesystem>
#include <regex>

#include <gtest/gtest.h>

#include "tests/integration/harness.h"

namespace holdfast::test {
namespace {

TEST(Unit, IsSandboxed) {
  const std::string unit = std::string(HOLDFAST_SOURCE_DIR) + "/packaging/holdfast.service";
  ASSERT_TRUE(std::filesystem::exists(unit));
  const std::string text = read_file(unit);
  for (const char* line :
       {"Type=notify", "WatchdogSec=", "DynamicUser=yes", "StateDirectory=holdfast",
        "ProtectSystem=strict", "SystemCallFilter=@system-service", "CapabilityBoundingSet=\n"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line;
  }
  if (!std::filesystem::exists("/usr/bin/systemd-analyze"))
    return;  // the lines above are all there is to see
  FILE* rated = popen(
      ("systemd-analyze security --offline=true --no-pager '" + unit + "' 2>&1").c_str(), "r");
  ASSERT_NE(rated, nullptr);
  std::string output;
  std::array<char, 4096> buffer;
  while (const size_t got = fread(buffer.data(), 1, buffer.size(), rated))
    output.append(buffer.data(), got);
  EXPECT_EQ(pclose(rated), 0) << output;
  std::smatch level;
  ASSERT_TRUE(std::regex_search(output, level,
                                std::regex("exposure level for holdfast.service: ([0-9.]+)")))
      << output;
  EXPECT_LE(std::stod(level[1]), 2.0) << output;
}

}  // namespace
}  // namespace holdfast::test
