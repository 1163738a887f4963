#include "app/app.h"

#include <csignal>
#include <cstdio>
#include <exception>
#include <type_traits>

#include "app/command_line.h"
#include "app/commands/commands.h"
#include "app/config/environment.h"

namespace holdfast::app {
namespace {

struct Dispatch {
  const CommandLine& line;

  int operator()(const VersionArguments&) const { return run_version(line.json); }
  int operator()(const ServeArguments& arguments) const { return run_serve(arguments, line.json); }
  int operator()(const DemoArguments& arguments) const { return run_demo(arguments, line.json); }
  int operator()(const EventArguments& arguments) const {
    return run_event(arguments, line.server, line.json);
  }
  int operator()(const HoldArguments& arguments) const {
    return run_hold(arguments, line.server, line.json);
  }
  int operator()(const OrderArguments& arguments) const {
    return run_order(arguments, line.server, line.json);
  }
  int operator()(const StockArguments& arguments) const {
    return run_stock(arguments, line.server, line.json);
  }
  int operator()(const TailArguments& arguments) const {
    return run_tail(arguments, line.server, line.json);
  }
  int operator()(const KeyArguments& arguments) const {
    return run_key(arguments, line.server, line.json);
  }
  int operator()(const SinkArguments& arguments) const {
    return run_sink(arguments, line.server, line.json);
  }
  int operator()(const SourceArguments& arguments) const {
    return run_source(arguments, line.server, line.json);
  }
  int operator()(const VerifyArguments& arguments) const {
    return run_verify(arguments, line.json);
  }
  int operator()(const ImportArguments& arguments) const {
    return run_import(arguments, line.server, line.json);
  }
  int operator()(const ExportArguments& arguments) const {
    return run_export(arguments, line.server, line.json);
  }
  int operator()(const BackupArguments& arguments) const {
    return run_backup(arguments, line.server, line.json);
  }
  int operator()(const RestoreArguments& arguments) const {
    return run_restore(arguments, line.json);
  }
  int operator()(const RebuildArguments& arguments) const {
    return run_rebuild(arguments, line.json);
  }
  int operator()(const MigrateArguments& arguments) const {
    return run_migrate(arguments, line.json);
  }
  int operator()(const ResumeArguments&) const { return run_resume(line.server, line.json); }
  int operator()(const ConfigCommandArguments& arguments) const {
    return run_config(arguments, line.json);
  }
  int operator()(const SimulateRaceArguments& arguments) const {
    return run_simulate_race(arguments, line.json);
  }
  int operator()(const SimulateBatchSyncArguments& arguments) const {
    return run_simulate_batch_sync(arguments, line.json);
  }
  int operator()(const ExplainArguments& arguments) const {
    return run_explain(arguments, line.server, line.json);
  }
  int operator()(const DoctorArguments& arguments) const {
    return run_doctor(arguments, line.server, line.json);
  }
  int operator()(const CompletionArguments& arguments) const { return run_completion(arguments); }
  int operator()(const ManArguments& arguments) const { return run_man(arguments); }
};

/// Commands that load a configuration have every variable checked together with it.
bool loads_config(const Arguments& arguments) {
  return std::visit(
      []<typename T>(const T&) {
        return requires { &T::config; } && !std::is_same_v<T, KeyArguments>;
      },
      arguments);
}

}  // namespace

int run(int count, const char* const* words) {
  std::signal(SIGPIPE,
              SIG_IGN);  // a reader that went away is an error of write(), not the end of us
  const ParsedCommandLine parsed = parse_command_line(count, words);
  if (!parsed.command) {
    std::fputs(parsed.output.c_str(), parsed.exit_code == kExitOk ? stdout : stderr);
    return parsed.exit_code;
  }
  ConfigProblems mistaken;
  if (!loads_config(parsed.command->arguments)) {
    check_variables(process_environment(), {}, &mistaken);
  }
  if (!mistaken.empty()) {
    std::fputs(to_text(mistaken).c_str(), stderr);
    return kExitUsage;
  }
  try {
    return std::visit(Dispatch{*parsed.command}, parsed.command->arguments);
  } catch (const std::exception& error) {  // out of memory, a thread that cannot be started
    std::fprintf(stderr, "holdfast: %s\n", error.what());
    return kExitFailed;
  }
}

}  // namespace holdfast::app
