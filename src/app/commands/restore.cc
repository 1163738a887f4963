// `holdfast restore`: a data directory from a backup, in a new incarnation; `holdfast resume`: its
// sinks and sources go on.
#include <algorithm>

#include <fmt/format.h>

#include "app/commands/commands.h"
#include "app/commands/loaded_config.h"
#include "app/commands/output.h"
#include "app/files/progress.h"
#include "store/journal/backup.h"
#include "store/journal/directory_files.h"

namespace holdfast::app {
namespace {

/// What backup.json says it holds.
Result<Seq> seq_of_backup(io::FileSystem& files, const std::string& directory) {
  HF_ASSIGN(text, store::read_whole_file(files, directory + "/" + store::kBackupName));
  HF_ASSIGN(value, json::parse_value(text));
  const json::Value* seq = value.get("seq");
  const auto number = seq == nullptr ? std::nullopt : seq->as_integer();
  if (!number || *number < 0)
    return fail(ErrorCode::kCorrupt,
                fmt::format("{}/{} names no seq: it is damaged", directory, store::kBackupName));
  return static_cast<Seq>(*number);
}

Result<store::RestoreOptions> restore_options(io::FileSystem& files,
                                              const RestoreArguments& arguments) {
  store::RestoreOptions options;
  HF_ASSIGN(is_finished, files.exists(arguments.from + "/" + store::kBackupName));
  if (!is_finished) {
    return fail(ErrorCode::kIo,
                fmt::format("{} is no finished backup (it has no {}): name one that `holdfast "
                            "backup` has made",
                            arguments.from, store::kBackupName));
  }
  HF_ASSIGN(last, seq_of_backup(files, arguments.from));
  options.seq = arguments.to_seq ? static_cast<Seq>(*arguments.to_seq) : last;
  if (options.seq > last) {
    return fail(ErrorCode::kCursorInvalid,
                fmt::format("--to-seq {}: the backup ends at seq {}; name that or an "
                            "earlier one, or leave it out",
                            options.seq, last));
  }
  if (arguments.replaces.empty()) return options;
  HF_ASSIGN(before, store::read_identity(files, arguments.replaces));
  if (!before)
    return fail(ErrorCode::kIo,
                fmt::format("--replaces {}: there is no ledger", arguments.replaces));
  options.incarnation_above = before->incarnation;
  return options;
}

}  // namespace

int run_restore(const RestoreArguments& arguments, bool json) {
  const std::optional<Config> loaded = load_or_complain(arguments.config);
  if (!loaded) return kExitConfig;
  const Config& config = *loaded;
  io::FileSystem& files = io::posix_file_system();
  Result<store::RestoreOptions> options = restore_options(files, arguments);
  if (!options) return report(options.error(), json);
  Result<store::LogCopy> copy = fail(ErrorCode::kInternal, "");
  {
    Progress progress("bytes", 0, json);
    options->on_bytes = [&](uint64_t bytes) { progress.at(bytes); };
    copy = store::restore_directory(files, arguments.from, config.data_dir, *options);
  }
  if (!copy) return report(copy.error(), json);
  const Seq kept = copy->last_seq;
  const uint32_t incarnation = std::max(copy->identity.incarnation, options->incarnation_above) + 1;
  if (json) {
    std::string members;
    print_member(&members, "ledger", copy->identity.ledger_id);
    print_member(&members, "seq", static_cast<int64_t>(kept));
    print_member(&members, "incarnation", static_cast<int64_t>(incarnation));
    print_member(&members, "data_dir", config.data_dir);
    print_out(to_object(members) + "\n");
    return kExitOk;
  }
  print_out(fmt::format("restored ledger {} up to seq {} into {}, incarnation {}\n",
                        copy->identity.ledger_id, with_commas(kept), config.data_dir, incarnation));
  if (kept < options->seq) {
    print_out(fmt::format(
        "seq {} was written together with later events, in one group; the last whole group "
        "before ends at {}\n",
        with_commas(options->seq), with_commas(kept)));
  }
  print_out(
      "Start the server and look: its sinks and sources are paused. Then `holdfast resume`.\n");
  return kExitOk;
}

int run_resume(const ServerArguments& server, bool json) {
  HttpClient client = connect(server);
  return show_answer(client.post("/v1/resume", "{}"), json, [](const json::Value& answer) {
    return text_of(answer, "resumed") == "yes" ? std::string("sinks and sources go on\n")
                                               : std::string("nothing was waiting to be resumed\n");
  });
}

}  // namespace holdfast::app
