#include "app/command_tree.h"

#include <algorithm>

namespace holdfast::app {

const CommandNode* find_command(const CommandNode& root, const std::vector<std::string>& path) {
  const CommandNode* at = &root;
  for (const std::string& name : path) {
    const auto found =
        std::find_if(at->commands.begin(), at->commands.end(),
                     [&](const CommandNode& command) { return command.name == name; });
    if (found == at->commands.end()) return nullptr;
    at = &*found;
  }
  return at;
}

}  // namespace holdfast::app
