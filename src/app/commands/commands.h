// Every subcommand as a function: takes its arguments, prints, returns the exit code.
#pragma once

#include "app/command_line.h"

namespace holdfast::app {

int run_serve(const ServeArguments& arguments, bool json);
int run_demo(const DemoArguments& arguments, bool json);
int run_event(const EventArguments& arguments, const ServerArguments& server, bool json);
int run_hold(const HoldArguments& arguments, const ServerArguments& server, bool json);
int run_order(const OrderArguments& arguments, const ServerArguments& server, bool json);
int run_stock(const StockArguments& arguments, const ServerArguments& server, bool json);
int run_tail(const TailArguments& arguments, const ServerArguments& server, bool json);
int run_key(const KeyArguments& arguments, const ServerArguments& server, bool json);
int run_sink(const SinkArguments& arguments, const ServerArguments& server, bool json);
int run_compare(const SinkArguments& arguments, const ServerArguments& server, bool json);
int run_source(const SourceArguments& arguments, const ServerArguments& server, bool json);
int run_verify(const VerifyArguments& arguments, bool json);
int run_import(const ImportArguments& arguments, const ServerArguments& server, bool json);
int run_export(const ExportArguments& arguments, const ServerArguments& server, bool json);
int run_backup(const BackupArguments& arguments, const ServerArguments& server, bool json);
int run_restore(const RestoreArguments& arguments, bool json);
int run_rebuild(const RebuildArguments& arguments, bool json);
int run_migrate(const MigrateArguments& arguments, bool json);
int run_resume(const ServerArguments& server, bool json);
int run_config(const ConfigCommandArguments& arguments, bool json);
int run_simulate_race(const SimulateRaceArguments& arguments, bool json);
int run_simulate_batch_sync(const SimulateBatchSyncArguments& arguments, bool json);
int run_explain(const ExplainArguments& arguments, const ServerArguments& server, bool json);
int run_doctor(const DoctorArguments& arguments, const ServerArguments& server, bool json);
int run_completion(const CompletionArguments& arguments);
int run_man(const ManArguments& arguments);
int run_version(bool json);

}  // namespace holdfast::app
