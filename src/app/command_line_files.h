// The subcommands about files: import, export, backup, restore, rebuild, resume. Used by
// command_line.cc.
#pragma once

#include <functional>

#include "app/command_line.h"

namespace CLI {
class App;
}

namespace holdfast::app {

struct FileArguments {
  ImportArguments import;
  ExportArguments export_to;
  BackupArguments backup;
  RestoreArguments restore;
  RebuildArguments rebuild;
};

/// Adds them to `root`; the one that was asked for goes to *chosen. `files` and `chosen` outlive
/// the parse.
void add_files(CLI::App& root, Arguments* chosen, FileArguments* files,
               const std::function<void(CLI::App*)>& add_server,
               const std::function<void(CLI::App*, ConfigArguments*)>& add_config);

}  // namespace holdfast::app
