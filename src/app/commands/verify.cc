// `holdfast verify`: proves a data directory that no server holds.
#include "engine/verify.h"

#include <fmt/format.h>

#include "app/commands/commands.h"
#include "app/commands/loaded_config.h"
#include "app/commands/offline.h"
#include "app/commands/output.h"
#include "engine/journal_snapshots.h"
#include "io/file_system.h"
#include "store/journal/journal.h"

namespace holdfast::app {
namespace {

std::string report_as_json(const engine::VerifyReport& report) {
  std::string members = fmt::format(",\"passed\":{}", report.passed());
  print_member(&members, "seq", static_cast<int64_t>(report.last_seq));
  print_member(&members, "skus", static_cast<int64_t>(report.skus));
  print_member(&members, "commands", static_cast<int64_t>(report.commands));
  print_member(&members, "state_hash", report.state_hash);
  members += ",\"checks\":[";
  for (size_t i = 0; i < report.checks.size(); ++i) {
    std::string check = fmt::format(",\"passed\":{}", report.checks[i].passed);
    print_member(&check, "name", report.checks[i].name);
    print_member(&check, "detail", report.checks[i].detail);
    members += (i > 0 ? "," : "") + to_object(check);
  }
  return to_object(members + "]") + "\n";
}

}  // namespace

int run_verify(const VerifyArguments& arguments, bool json) {
  const std::optional<Config> loaded = load_or_complain(arguments.config);
  if (!loaded) return kExitConfig;
  const Config& config = *loaded;
  io::FileSystem& files = io::posix_file_system();
  if (const Status there = check_ledger_is_there(files, config); !there)
    return report(there.error(), json);
  if (arguments.truncate_at) {
    const Result<Seq> kept = store::Journal::truncate_at(files, config.data_dir,
                                                         static_cast<Seq>(*arguments.truncate_at));
    if (!kept) return report(kept.error(), json);
    print_error(fmt::format("holdfast: every event after seq {} was given up; cursors of before are of "
                            "another future, stock sinks tell every number anew, and all sinks and "
                            "sources are paused until `holdfast resume`\n",
                            *kept));
  }
  store::JournalOptions journal_options;
  journal_options.read_only = true;  // proves what is there: no spare, no mark, no tail zeroed
  Result<std::unique_ptr<store::Journal>> journal =
      store::Journal::open(files, config.data_dir, journal_options);
  if (!journal) return report(journal.error(), json);
  engine::JournalSnapshots snapshots(**journal);
  const ledger::LedgerOptions options = ledger_options((*journal)->identity(), config);
  engine::VerifyReport found =
      engine::verify({**journal, &snapshots, [&] { return (*journal)->verify(); }, options});
  if (const store::Recovery& tail = (*journal)->recovery(); tail.torn_tail) {
    found.checks.push_back({"end of the log", true,
                            fmt::format("an unfinished group at offset {} of {}: never answered, "
                                        "cut by the next start",
                                        tail.torn_offset, tail.torn_file)});
  }
  print_out(json ? report_as_json(found) : found.text());
  return found.passed() ? kExitOk : kExitFailed;
}

}  // namespace holdfast::app
