// What the files of this folder share: where parsed words go, and the options that many commands
// have. Each add_… below adds its commands to the root and is defined in the file named above it.
//
// Only this folder sees CLI11. Confined to the thread that parses.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "app/command_line.h"

namespace holdfast::app {

/// Everything the parser writes into; the part of the command that was asked for becomes
/// `command.arguments`. Outlives the parse.
struct Parsed {
  CommandLine command;
  ServeArguments serve;
  DemoArguments demo;
  EventArguments event;
  HoldArguments hold;
  OrderArguments order;
  StockArguments stock;
  TailArguments tail;
  SinkArguments sink;
  SourceArguments source;
  ExplainArguments explain;
  DoctorArguments doctor;
  CompletionArguments completion;
  ManArguments man;
  VerifyArguments verify;
  KeyArguments key;
  ConfigCommandArguments config;
  SimulateRaceArguments race;
  SimulateBatchSyncArguments batch_sync;
  ImportArguments import;
  ExportArguments export_to;
  BackupArguments backup;
  RestoreArguments restore;
  RebuildArguments rebuild;
  MigrateArguments migrate;
};

// running.cc
void add_serve(CLI::App& root, Parsed* parsed);
void add_demo(CLI::App& root, Parsed* parsed);
void add_simulate(CLI::App& root, Parsed* parsed);
// selling.cc
void add_event(CLI::App& root, Parsed* parsed);
void add_hold(CLI::App& root, Parsed* parsed);
void add_order(CLI::App& root, Parsed* parsed);
void add_reads(CLI::App& root, Parsed* parsed);
// operating.cc
void add_sink(CLI::App& root, Parsed* parsed);
void add_source(CLI::App& root, Parsed* parsed);
void add_key(CLI::App& root, Parsed* parsed);
void add_offline(CLI::App& root, Parsed* parsed);
void add_help(CLI::App& root, Parsed* parsed);
// files.cc
void add_files(CLI::App& root, Parsed* parsed);

/// --server, --key, --ca-file: of every command that talks to a server.
void add_server(CLI::App* app, Parsed* parsed);
/// --config and a flag for each setting of a server.
void add_config(CLI::App* app, ConfigArguments* config);
/// A scalar setting as a flag: it wins over environment, file and default.
void add_setting(CLI::App* app, const std::string& flag, const std::string& setting,
                 ConfigArguments* config, const std::string& help);

/// A command whose subcommands are the actions of `Arguments`: `holdfast hold place`.
template <typename Arguments>
class ActionCommand {
 public:
  ActionCommand(CLI::App& root, const char* name, const char* help, Parsed* parsed,
                Arguments* arguments)
      : app_(root.add_subcommand(name, help)), parsed_(parsed), arguments_(arguments) {
    app_->require_subcommand(1);
  }

  CLI::App* add(const char* name, const char* help, typename Arguments::Action action) {
    CLI::App* sub = app_->add_subcommand(name, help);
    sub->parse_complete_callback([parsed = parsed_, arguments = arguments_, action] {
      arguments->action = action;
      parsed->command.arguments = *arguments;
    });
    return sub;
  }
  /// One that asks a server.
  CLI::App* ask(const char* name, const char* help, typename Arguments::Action action) {
    CLI::App* sub = add(name, help, action);
    add_server(sub, parsed_);
    return sub;
  }
  /// One that asks a server about the thing of that name.
  CLI::App* ask_about(const char* name, const char* help, typename Arguments::Action action,
                      const char* what) {
    CLI::App* sub = ask(name, help, action);
    sub->add_option("name", arguments_->name, what)->required();
    return sub;
  }

 private:
  CLI::App* const app_;
  Parsed* const parsed_;
  Arguments* const arguments_;
};

/// -l, --line SKU=QUANTITY, repeatable.
CLI::Option* add_lines(CLI::App* app, std::vector<LineArgument>* lines);
/// A span of time such as 30m, from `low` to `high`, which `bounds` says in words.
void add_span(CLI::App* app, const std::string& flag, Duration* span, Duration low, Duration high,
              const std::string& bounds, const std::string& help);

}  // namespace holdfast::app
