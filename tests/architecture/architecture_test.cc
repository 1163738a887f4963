// Reads every #include of src/ and holds it against the table of rooms in ARCHITECTURE.md: which rooms a
// room may include, and behind which room (or file) each third-party header stays.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

const fs::path kSource = fs::path(HOLDFAST_SOURCE_DIR) / "src";

using Rooms = std::set<std::string>;

/// Which rooms a room may include besides itself.
const std::map<std::string, Rooms> kMayInclude = {
    {"base", {}},
    {"io", {"base"}},
    {"model", {"base"}},
    {"ledger", {"base", "model"}},
    {"json", {"base", "model"}},
    {"telemetry", {"base"}},
    {"store", {"base", "io", "model", "telemetry"}},
    {"engine", {"base", "io", "model", "telemetry", "ledger", "store"}},
    {"intake", {"base", "io", "model", "telemetry", "json", "engine"}},
    {"feed", {"base", "io", "model", "telemetry", "json", "store", "engine"}},
    {"http", {"base", "io", "model", "telemetry", "json", "engine", "intake", "feed"}},
    {"connectors", {"base", "io", "model", "telemetry", "json", "intake", "feed"}},
    {"app",
     {"base", "io", "model", "telemetry", "json", "ledger", "store", "engine", "intake", "feed",
      "http", "connectors", "sim"}},
};

/// Of these rooms others see only the listed headers; `app` composes and sees everything.
const std::map<std::pair<std::string, std::string>, Rooms> kOnlyHeaders = {
    {{"intake", "engine"}, {"engine/command_port.h", "engine/stock_reader.h"}},
    {{"feed", "engine"}, {"engine/command_port.h", "engine/stock_reader.h"}},
    {{"http", "engine"}, {"engine/command_port.h", "engine/stock_reader.h"}},
    {{"feed", "store"}, {"store/event_log.h", "store/sink_leases.h"}},
    // journal.h is for one file of engine: the adapter that makes snapshot files its SnapshotPort
    {{"engine", "store"},
     {"store/event_log.h", "store/event_store.h", "store/journal/journal.h", "store/record_keeper.h",
      "store/shared_store.h"}},
    {{"connectors", "intake"}, {"intake/source.h"}},
    {{"connectors", "feed"}, {"feed/sink.h", "feed/settings.h"}},
};

/// The path prefixes (relative to src/) behind which a third-party header stays.
struct ThirdParty {
  std::regex header;
  std::vector<std::string> stays_in;
};
const std::vector<ThirdParty> kThirdParty = {
    {std::regex("fmt/.*"), {""}},
    {std::regex("boost/unordered.*"), {"base/", "ledger/", "engine/", "feed/", "store/", "intake/"}},
    {std::regex("boost/container/small_vector\\.hpp"), {"ledger/few.h"}},
    {std::regex("xxhash\\.h"), {"base/"}},
    {std::regex("isa-l.*"), {"base/"}},
    {std::regex("openssl/.*"), {"io/"}},
    {std::regex("boost/beast.*"), {"http/"}},
    {std::regex("simdjson.*"), {"json/"}},
    {std::regex("spdlog/.*"), {"telemetry/"}},
    {std::regex("prometheus/.*"), {"telemetry/"}},
    {std::regex("libpq-fe\\.h"), {"store/postgres/"}},
    {std::regex("curl/.*"), {"connectors/shared/", "app/client/"}},
    {std::regex("CLI/.*"), {"app/command_line/"}},
    {std::regex("toml\\+\\+/.*"), {"app/config/toml_file.cc"}},
    {std::regex("(gtest|gmock|rapidcheck)(/.*|\\.h)"), {"*_test"}},
};

struct Include {
  std::string file;  ///< relative to src/
  int line = 0;
  bool quoted = false;
  std::string header;
};

bool is_cpp(const fs::path& path) { return path.extension() == ".cc" || path.extension() == ".h"; }

std::vector<Include> includes_below(const fs::path& root) {
  static const std::regex kPattern(R"(^\s*#\s*include\s*([<"])([^>"]+)[>"].*)");
  std::vector<Include> found;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    if (!entry.is_regular_file() || !is_cpp(entry.path())) continue;
    std::ifstream in(entry.path());
    std::string text;
    for (int line = 1; std::getline(in, text); ++line) {
      std::smatch match;
      if (!std::regex_match(text, match, kPattern)) continue;
      found.push_back({fs::relative(entry.path(), root).string(), line, match[1] == "\"",
                       match[2].str()});
    }
  }
  return found;
}

std::string room_of(const std::string& path) { return path.substr(0, path.find('/')); }
/// `x_test.cc`, and `test_x.h` that several of them share.
bool is_test(const std::string& file) {
  return file.find("_test.") != std::string::npos || file.find("/test_") != std::string::npos;
}
bool is_system_header(const std::string& header) {
  static const std::regex kStandard("[a-z_0-9]+");
  static const std::regex kPosix(
      "((sys|netinet|arpa|linux)/[a-z_0-9]+|fcntl|unistd|signal|poll|pthread|sched|netdb|errno|"
      "endian|ifaddrs|termios|malloc|dirent|fnmatch|net/if)\\.h");
  return std::regex_match(header, kStandard) || std::regex_match(header, kPosix);
}

/// The rule an include breaks, or empty.
std::string broken_rule(const Include& include) {
  const std::string room = room_of(include.file);
  if (!kMayInclude.contains(room)) return "is in no room of the table";
  if (include.quoted) {
    const std::string target = room_of(include.header);
    if (target == room) return {};
    if (!kMayInclude.contains(target) && target != "sim") {
      return "names no room (includes are written from src/)";
    }
    const bool may = kMayInclude.at(room).contains(target);
    // a room's tests may drive it with the room below the port it sees
    if (!may && !is_test(include.file)) return room + " may not include " + target;
    const auto only = kOnlyHeaders.find({room, target});
    if (only != kOnlyHeaders.end() && !only->second.contains(include.header) &&
        !is_test(include.file)) {
      return "is not one of the headers of " + target + " that " + room + " may see";
    }
    return {};
  }
  if (is_system_header(include.header)) return {};
  for (const ThirdParty& library : kThirdParty) {
    if (!std::regex_match(include.header, library.header)) continue;
    for (const std::string& prefix : library.stays_in) {
      if (prefix == "*_test" ? is_test(include.file) : include.file.starts_with(prefix)) return {};
    }
    return "stays behind another room";
  }
  return "belongs to no library of the table";
}

TEST(Architecture, EveryIncludeObeysTheTableOfRooms) {
  const std::vector<Include> includes = includes_below(kSource);
  ASSERT_GT(includes.size(), 100u) << "found too few includes below " << kSource;
  for (const Include& include : includes) {
    const std::string rule = broken_rule(include);
    EXPECT_TRUE(rule.empty()) << "src/" << include.file << ":" << include.line << ": "
                              << include.header << " " << rule;
  }
}

TEST(Architecture, TheTableRefusesWhatItShould) {
  const std::vector<Include> wrong = {
      {"ledger/x.cc", 1, true, "store/event_store.h"}, {"ledger/x.cc", 1, true, "io/file_system.h"},
      {"base/x.h", 1, true, "model/event.h"},          {"http/x.cc", 1, true, "ledger/ledger.h"},
      {"http/x.cc", 1, true, "engine/sequencer.h"},    {"connectors/x.cc", 1, true, "engine/command_port.h"},
      {"connectors/x.cc", 1, true, "feed/courier.h"},  {"json/x.cc", 1, false, "curl/curl.h"},
      {"app/main.cc", 1, false, "CLI/CLI.hpp"},        {"ledger/x.cc", 1, false, "gtest/gtest.h"},
      {"ledger/x.cc", 1, false, "unheard/of.h"},       {"ledger/x.cc", 1, true, "rules.h"},
  };
  for (const Include& include : wrong) {
    EXPECT_FALSE(broken_rule(include).empty()) << include.file << " includes " << include.header;
  }
}

TEST(Architecture, CmakeAllowsNoRoomMoreThanTheTable) {
  static const std::regex kDepends(R"(DEPENDS\s+([a-z \n]+))");
  for (const auto& [room, may] : kMayInclude) {
    std::ifstream in(kSource / room / "CMakeLists.txt");
    ASSERT_TRUE(in) << room << " has no CMakeLists.txt";
    const std::string text((std::istreambuf_iterator<char>(in)), {});
    std::smatch match;
    if (!std::regex_search(text, match, kDepends)) continue;
    std::istringstream words(match[1].str());
    for (std::string word; words >> word;) {
      EXPECT_TRUE(may.contains(word)) << "src/" << room << "/CMakeLists.txt depends on " << word;
    }
  }
}

TEST(Architecture, EveryRoomHasAReadme) {
  for (const auto& [room, may] : kMayInclude) {
    EXPECT_TRUE(fs::exists(kSource / room / "README.md")) << "src/" << room << "/README.md";
  }
}

TEST(Architecture, NoIncludeGoesUpwards) {
  for (const Include& include : includes_below(kSource)) {
    EXPECT_EQ(include.header.find(".."), std::string::npos)
        << "src/" << include.file << ":" << include.line << " includes by a relative path";
  }
}

}  // namespace
