// Entry point of the binary: parses the command line and runs one subcommand.
#pragma once

namespace holdfast::app {

/// Returns the process's exit code: 0 ok, 1 failed, 2 usage, 78 bad configuration.
int run(int count, const char* const* words);

}  // namespace holdfast::app
