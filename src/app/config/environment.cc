#include "app/config/environment.h"

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include <fmt/format.h>
#include <unistd.h>

#include "app/config/scalars.h"

namespace holdfast::app {
namespace {

constexpr std::string_view kPrefix = "HOLDFAST_";
constexpr std::string_view kTestPrefix = "HOLDFAST_TEST_";
/// Of the client commands, and of where the configuration is.
constexpr const char* kOthers[] = {"HOLDFAST_CA_FILE", "HOLDFAST_CONFIG", "HOLDFAST_KEY",
                                   "HOLDFAST_URL"};

/// The known variable that `name` was most likely meant to be. What all have in common says
/// nothing.
std::string meant_by(const std::string& name) {
  std::vector<std::string> known;
  for (const std::string& variable : known_variables())
    known.push_back(variable.substr(kPrefix.size()));
  const std::string word = nearest(name.substr(kPrefix.size()), known);
  return word.empty() ? "" : std::string(kPrefix) + word;
}

bool is_known(const std::string& name) {
  const std::vector<std::string> known = known_variables();
  return name.starts_with(kTestPrefix) || std::ranges::binary_search(known, name);
}

}  // namespace

Environment process_environment() {
  std::vector<std::string> names;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    if (text.starts_with(kPrefix)) names.emplace_back(text.substr(0, text.find('=')));
  }
  std::ranges::sort(names);
  const auto get = [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) return std::nullopt;
    return value;
  };
  return {get, std::move(names)};
}

std::vector<std::string> known_variables() {
  std::vector<std::string> known(std::begin(kOthers), std::end(kOthers));
  for (const ScalarSetting& setting : scalar_settings()) known.emplace_back(setting.environment);
  std::ranges::sort(known);
  return known;
}

void check_variables(const Environment& environment, const std::set<std::string>& used,
                     ConfigProblems* problems) {
  for (const std::string& name : environment.names()) {
    if (is_known(name) || used.contains(name)) continue;
    const std::string meant = meant_by(name);
    if (meant.empty()) continue;
    problems->push_back(
        {"environment", name, fmt::format("is no setting; did you mean {}?", meant)});
  }
}

}  // namespace holdfast::app
