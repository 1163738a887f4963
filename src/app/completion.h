// Scripts that complete commands, options and their values in a shell, made from the command tree.
// Pure.
#pragma once

#include <string>

#include "app/command_tree.h"

namespace holdfast::app {

std::string bash_completion(const CommandNode& root);
std::string zsh_completion(const CommandNode& root);
std::string fish_completion(const CommandNode& root);

}  // namespace holdfast::app
