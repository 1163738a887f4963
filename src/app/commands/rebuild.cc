// `holdfast rebuild`: what is derived from the log of a data directory, made anew from the log
// alone.
#include <fmt/format.h>

#include "app/commands/commands.h"
#include "app/commands/loaded_config.h"
#include "app/commands/offline.h"
#include "app/commands/output.h"
#include "app/files/progress.h"
#include "engine/journal_snapshots.h"
#include "engine/recovery.h"
#include "store/journal/journal.h"

namespace holdfast::app {
namespace {

constexpr size_t kRowsPerSlice = 10'000;

/// The state of the whole log, without asking any snapshot; then a snapshot of it.
Result<std::unique_ptr<ledger::Ledger>> rebuild(store::Journal& journal, const Config& config) {
  HF_TRY(journal.verify());  // nothing is derived from what is damaged
  const ledger::LedgerOptions options = ledger_options(journal.identity(), config);
  HF_ASSIGN(recovered, engine::recover(journal, nullptr, options, SystemClock()));
  HF_TRY(journal.drop_snapshots());
  std::unique_ptr<ledger::Ledger> ledger = std::move(recovered.ledger);
  if (ledger->last_seq() == 0) return ledger;
  engine::JournalSnapshots snapshots(journal);
  HF_ASSIGN(file, snapshots.begin(ledger->begin_snapshot()));
  for (bool is_last = false; !is_last;) {
    std::string rows;
    is_last = ledger->next_snapshot_rows(kRowsPerSlice, &rows);
    HF_TRY(file->append(rows));
  }
  HF_TRY(file->finish(ledger->state_hash()));
  return ledger;
}

}  // namespace

int run_rebuild(const RebuildArguments& arguments, bool json) {
  const std::optional<Config> loaded = load_or_complain(arguments.config);
  if (!loaded) return kExitConfig;
  const Config& config = *loaded;
  io::FileSystem& files = io::posix_file_system();
  if (const Status there = check_ledger_is_there(files, config); !there)
    return report(there.error(), json);
  store::JournalOptions journal_options;
  journal_options.read_only =
      true;  // the log stays as it is, an unfinished group at its end included
  Result<std::unique_ptr<store::Journal>> journal =
      store::Journal::open(files, config.data_dir, std::move(journal_options));
  if (!journal) return report(journal.error(), json);
  const Result<std::unique_ptr<ledger::Ledger>> ledger = rebuild(**journal, config);
  if (!ledger) return report(ledger.error(), json);
  const Seq seq = (*ledger)->last_seq();
  if (json) {
    std::string members;
    print_member(&members, "seq", static_cast<int64_t>(seq));
    print_out(to_object(members) + "\n");
  } else {
    print_out(fmt::format("rebuilt from the log: the state as of seq {}, and its snapshot\n",
                          with_commas(seq)));
  }
  return kExitOk;
}

}  // namespace holdfast::app
