// The README's session does what the README says, pasted into a shell as it stands.
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <regex>
#include <sstream>

#include "tests/integration/harness.h"

namespace holdfast::test {
namespace {

/// The shell block behind the marker.
std::string session_of(const std::string& readme) {
  const size_t marker = readme.find("<!-- test:session -->");
  if (marker == std::string::npos) return {};
  const size_t begin = readme.find("```sh\n", marker);
  const size_t end = readme.find("```", begin + 6);
  if (begin == std::string::npos || end == std::string::npos) return {};
  return readme.substr(begin + 6, end - begin - 6);
}

TEST(Readme, TheSessionWorksByPasting) {
  std::string session = session_of(read_file(std::string(HOLDFAST_SOURCE_DIR) + "/README.md"));
  ASSERT_FALSE(session.empty()) << "README.md has no session behind <!-- test:session -->";
  const TempDir dir;
  write_file(dir / "plain.toml", "");  // as the README starts it: without any channel
  Server server(dir / "data", {"--config", dir / "plain.toml"});
  ASSERT_TRUE(server.ready()) << server.process().err();
  session = std::regex_replace(session, std::regex("http://127.0.0.1:4653"), server.url());
  write_file(dir / "session.sh",
             "set -e\ncurl() { command curl --silent --show-error --fail-with-body \"$@\"; echo; }\n" + session);

  FILE* shell = popen(("bash " + (dir / "session.sh") + " 2>&1").c_str(), "r");
  ASSERT_NE(shell, nullptr);
  std::string output;
  std::array<char, 4096> buffer;
  while (const size_t got = fread(buffer.data(), 1, buffer.size(), shell)) output.append(buffer.data(), got);
  ASSERT_EQ(pclose(shell), 0) << output;

  std::istringstream lines(output);
  std::string last;
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty()) last = line;
  }
  const Result<json::Value> stock = json::parse_value(last);
  ASSERT_TRUE(stock) << output;
  const json::Value* left = stock->find("/channels/web/available_to_sell");
  ASSERT_NE(left, nullptr) << last;
  EXPECT_EQ(left->as_integer(), 8) << "ten counted, two sold";
  EXPECT_EQ(server.stop(), 0);
}

}  // namespace
}  // namespace holdfast::test
