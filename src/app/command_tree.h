// Every command and option there is, as values: what completion scripts and man pages are made of.
//
// Built in command_line/ from the same tree that parses. Values only.
#pragma once

#include <string>
#include <vector>

namespace holdfast::app {

struct OptionNode {
  std::vector<std::string> names;  ///< "-l", "--line"; of a positional its one name
  std::string help;
  std::vector<std::string> choices;  ///< the only values it takes; empty = any
  std::string environment;           ///< the variable that stands for it; empty = none
  bool takes_value = false;
  bool required = false;
  bool repeatable = false;
};

struct CommandNode {
  std::string name;
  std::string help;
  std::vector<OptionNode> options;
  std::vector<OptionNode> positionals;
  std::vector<CommandNode> commands;
};

/// The whole tree, `holdfast` at its root. The root's options are taken by every command.
CommandNode command_tree();

/// The node at that path below the root ({"hold", "place"}); null where there is none.
const CommandNode* find_command(const CommandNode& root, const std::vector<std::string>& path);

}  // namespace holdfast::app
