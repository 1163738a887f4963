// The parser's tree as the values of command_tree.h.
#pragma once

#include <CLI/CLI.hpp>

#include "app/command_tree.h"

namespace holdfast::app {

CommandNode tree_of(const CLI::App& root);

}  // namespace holdfast::app
