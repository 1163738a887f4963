#include "app/command_line/tree.h"

#include <algorithm>

namespace holdfast::app {
namespace {

/// The values an IsMember check allows, which stand in braces behind the type:
/// "TEXT:{open,closed}".
std::vector<std::string> choices_of(const std::string& type) {
  std::vector<std::string> choices;
  const size_t open = type.find('{'), close = type.rfind('}');
  if (open == std::string::npos || close == std::string::npos) return choices;
  for (size_t at = open + 1; at < close;) {
    const size_t end = std::min(type.find(',', at), close);
    choices.push_back(type.substr(at, end - at));
    at = end + 1;
  }
  return choices;
}

OptionNode node_of(const CLI::Option& option) {
  OptionNode node;
  node.help = option.get_description();
  node.environment = option.get_envname();
  node.required = option.get_required();
  node.takes_value = option.get_type_size_max() > 0 && option.get_expected_max() > 0;  // no flag
  node.repeatable = option.get_expected_max() > 1;
  if (node.takes_value) node.choices = choices_of(option.get_type_name());
  if (option.get_positional()) {
    node.names.push_back(option.get_name(true));
    return node;
  }
  for (const std::string& name : option.get_snames()) node.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) node.names.push_back("--" + name);
  return node;
}

}  // namespace

CommandNode tree_of(const CLI::App& app) {
  CommandNode node;
  node.name = app.get_name();
  node.help = app.get_description();
  for (const CLI::Option* option : app.get_options()) {
    (option->get_positional() ? node.positionals : node.options).push_back(node_of(*option));
  }
  for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; })) {
    node.commands.push_back(tree_of(*sub));
  }
  return node;
}

}  // namespace holdfast::app
