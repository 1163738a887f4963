#include "app/commands/loaded_config.h"

#include "app/commands/output.h"

namespace holdfast::app {

std::optional<Config> load_or_complain(const ConfigArguments& arguments) {
  ConfigProblems problems;
  Config config = load_config(arguments, process_environment(), &problems);
  if (problems.empty()) return config;
  print_error(to_text(problems));
  return std::nullopt;
}

}  // namespace holdfast::app
