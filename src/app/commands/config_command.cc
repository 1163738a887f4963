// `holdfast config check` and `holdfast config show --origin`.
#include <fmt/format.h>

#include "app/commands/commands.h"
#include "app/commands/output.h"
#include "app/config/config.h"
#include "json/print.h"

namespace holdfast::app {
namespace {

std::string problems_as_json(const ConfigProblems& problems) {
  std::string out =
      "{\"ok\":" + std::string(problems.empty() ? "true" : "false") + ",\"problems\":[";
  for (size_t i = 0; i < problems.size(); ++i) {
    std::string members;
    print_member(&members, "place", problems[i].place);
    print_member(&members, "key", problems[i].key);
    print_member(&members, "message", problems[i].message);
    out += (i > 0 ? "," : "") + to_object(members);
  }
  return out + "]}\n";
}

std::string settings_as_json(const Config& config) {
  std::string out = "{\"settings\":[";
  for (size_t i = 0; i < config.shown.size(); ++i) {
    std::string members;
    print_member(&members, "key", config.shown[i].key);
    members += ",\"value\":";
    json::print_text(&members, config.shown[i].value);
    print_member(&members, "origin", config.shown[i].origin);
    out += (i > 0 ? "," : "") + to_object(members);
  }
  return out + "]}\n";
}

}  // namespace

int run_config(const ConfigCommandArguments& arguments, bool json) {
  ConfigProblems problems;
  const Config config = load_config(arguments.config, process_environment(), &problems);
  if (!problems.empty()) {
    if (json) {
      print_out(problems_as_json(problems));
    } else {
      print_error(to_text(problems));
    }
    return kExitConfig;
  }
  if (arguments.action == ConfigCommandArguments::Action::kCheck) {
    print_out(json ? problems_as_json(problems)
                   : fmt::format("{}: no mistake found\n", arguments.config.file.empty()
                                                               ? "configuration"
                                                               : arguments.config.file));
    return kExitOk;
  }
  if (json) {
    print_out(settings_as_json(config));
    return kExitOk;
  }
  std::vector<std::vector<std::string>> rows;
  for (const SettingShown& setting : config.shown) {
    rows.push_back({setting.key, setting.value});
    if (arguments.origin) rows.back().push_back("# " + setting.origin);
  }
  print_out(to_table(rows, 3));
  return kExitOk;
}

}  // namespace holdfast::app
