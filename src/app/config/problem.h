// What is wrong with a configuration: collected, so that one run names every mistake.
#pragma once

#include <string>
#include <vector>

namespace holdfast::app {

struct ConfigProblem {
  std::string place;    ///< "shop.toml:12", "environment", "command line"
  std::string key;      ///< "sinks[0].retry.schedule_s"
  std::string message;  ///< what is wrong and what would be right
};
using ConfigProblems = std::vector<ConfigProblem>;

/// "shop.toml:12: sinks[0].url: …", one problem a line.
std::string to_text(const ConfigProblems& problems);

/// The word of `known` that `word` was most likely meant to be; empty when none is near.
std::string nearest(const std::string& word, const std::vector<std::string>& known);

}  // namespace holdfast::app
