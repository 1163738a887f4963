// Manual pages (roff, man macros) made from the command tree. Pure.
#pragma once

#include <string>
#include <vector>

#include "app/command_tree.h"

namespace holdfast::app {

/// The page of the command at `path` below the root; empty path = holdfast itself. No date, so that
/// the same version always gives the same bytes. REQUIRES: the path leads to a command.
std::string man_page(const CommandNode& root, const std::vector<std::string>& path,
                     const std::string& version);

}  // namespace holdfast::app
