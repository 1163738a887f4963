// Every numbered case this project was reviewed with has a test that names its number: a scenario
// of commerce as a transcript `NN-…` or "Scenario NN" in a test, a failing schedule as `fs-NN-…` or
// "Schedule NN".
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

namespace {

namespace fs = std::filesystem;

const fs::path kRoot = HOLDFAST_SOURCE_DIR;

std::string text_of(const fs::path& path) {
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

/// Numbers after the word, also of "Schedules 4 and 39".
void collect(const std::string& text, const std::string& word, std::set<int>* numbers) {
  static const std::regex list("[ ]?([0-9]+)(( and |, )([0-9]+))*");
  static const std::regex number("[0-9]+");
  for (size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
    std::string rest = text.substr(at + word.size(), 40);
    if (!rest.empty() && rest.front() == 's') rest.erase(0, 1);
    std::smatch found;
    if (!std::regex_search(rest, found, list, std::regex_constants::match_continuous)) continue;
    const std::string numbers_text = found.str();
    for (std::sregex_iterator each(numbers_text.begin(), numbers_text.end(), number), end;
         each != end; ++each) {
      numbers->insert(std::stoi(each->str()));
    }
  }
}

struct Named {
  std::set<int> scenarios, schedules;
};

Named named() {
  Named all;
  for (const char* folder : {"tests", "src"}) {
    for (const auto& entry : fs::recursive_directory_iterator(kRoot / folder)) {
      const std::string name = entry.path().filename().string();
      if (name == "scenarios_test.cc" && entry.path().parent_path().filename() == "architecture") {
        continue;
      }
      const bool transcript = entry.path().parent_path().filename() == "transcripts";
      const bool is_test = name.ends_with("_test.cc") || (transcript && name.ends_with(".txt"));
      if (!is_test) continue;
      const std::string text = text_of(entry.path());
      collect(text, "Scenario", &all.scenarios);
      collect(text, "Schedule", &all.schedules);
      if (!transcript) continue;
      if (name.starts_with("fs-")) all.schedules.insert(std::stoi(name.substr(3)));
      if (std::isdigit(static_cast<unsigned char>(name[0]))) all.scenarios.insert(std::stoi(name));
    }
  }
  return all;
}

TEST(Scenarios, OfCommerceHaveATestEach) {
  const Named all = named();
  // 42 to 44 are not built; 46 was superseded by the facts of orders.
  for (int number = 1; number <= 52; ++number) {
    if (number >= 42 && number <= 44) continue;
    if (number == 46) continue;
    EXPECT_TRUE(all.scenarios.contains(number)) << "no test names scenario " << number;
  }
}

TEST(Schedules, OfOneMachineAndTheFeedHaveATestEach) {
  const Named all = named();
  for (const int number : {4, 5, 6, 8, 9, 15, 34, 35, 36, 37, 38, 39}) {
    EXPECT_TRUE(all.schedules.contains(number)) << "no test names schedule " << number;
  }
}

}  // namespace
