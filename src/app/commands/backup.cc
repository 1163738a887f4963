// `holdfast backup`: a copy of a ledger, also while a server runs it.
#include "store/journal/backup.h"

#include <filesystem>

#include <fmt/format.h>
#include <sys/stat.h>

#include "app/commands/commands.h"
#include "app/commands/loaded_config.h"
#include "app/commands/output.h"
#include "app/files/progress.h"
#include "json/cursor.h"
#include "store/journal/directory_files.h"

namespace holdfast::app {
namespace {

/// The server asks for a key, or for another one: what it lacks, in the server's words.
Status check_let_in(const HttpClient& client, const HttpAnswer& answer) {
  if (answer.status != 401 && answer.status != 403) return {};
  const auto problem = json::parse_value(answer.body);
  return fail(
      answer.status == 401 ? ErrorCode::kUnauthorized : ErrorCode::kForbidden,
      fmt::format("the server at {} did not let us in ({}): {}. A backup of a running "
                  "ledger needs a key that is not bound, with the scopes stock:read and "
                  "feed:read: give it with HOLDFAST_KEY or --key",
                  client.base(), answer.status, problem ? text_of(*problem, "detail") : ""));
}

/// Where the server is now, and that it runs this ledger and no other.
Result<Seq> ask_server(HttpClient& client, const std::string& data_dir,
                       const store::LedgerIdentity& ours) {
  HF_ASSIGN(answer, client.get("/v1/stock?limit=1"));
  HF_TRY(check_let_in(client, answer));
  HF_ASSIGN(page, json::parse_value(answer.body));
  const json::Value* seq = page.get("seq");
  if (!answer.ok() || seq == nullptr) {
    return fail(ErrorCode::kIo,
                fmt::format("another process has {} open, and the server at {} does not tell "
                            "its position ({}): name the server with --server",
                            data_dir, client.base(), answer.status));
  }
  const int64_t now = seq->as_integer().value_or(0);
  if (now <= 0) return Seq{0};
  HF_ASSIGN(feed, client.get(fmt::format("/v1/feed?follow=false&after={}", now - 1)));
  HF_TRY(check_let_in(client, feed));
  HF_ASSIGN(event, json::parse_value(feed.body.substr(0, feed.body.find('\n'))));
  const auto id = json::decode_cursor(text_of(event, "id"));
  if (!feed.ok() || !id) {
    return fail(ErrorCode::kIo, fmt::format("the server at {} does not tell its log ({}): {}",
                                            client.base(), feed.status, text_of(event, "detail")));
  }
  if (id->ledger != ours.ledger_id) {
    return fail(
        ErrorCode::kIo,
        fmt::format(
            "the server at {} runs ledger {}, and {} holds {}: name the server that has this "
            "directory open with --server",
            client.base(), id->ledger, data_dir, ours.ledger_id));
  }
  return static_cast<Seq>(now);
}

std::string describe(const store::LogCopy& copy, const std::string& config) {
  std::string members = ",\"format\":1";
  print_member(&members, "ledger", copy.identity.ledger_id);
  print_member(&members, "incarnation", static_cast<int64_t>(copy.identity.incarnation));
  print_member(&members, "seq", static_cast<int64_t>(copy.last_seq));
  print_member(&members, "segments", static_cast<int64_t>(copy.segments));
  print_member(&members, "bytes", static_cast<int64_t>(copy.bytes));
  print_member(&members, "taken_at", to_rfc3339(SystemClock().wall()));
  print_member(&members, "made_by", std::string_view("holdfast " HOLDFAST_VERSION));
  print_member(&members, "config", config);
  return to_object(members) + "\n";
}

/// Whoever may read a backup may read its secrets: only its owner may.
Status close_to_others(const std::string& directory) {
  std::error_code error;
  std::filesystem::permissions(directory, std::filesystem::perms::owner_all, error);
  if (error)
    return fail(ErrorCode::kIo,
                fmt::format("cannot close '{}' to others: {}", directory, error.message()));
  return {};
}

}  // namespace

int run_backup(const BackupArguments& arguments, const ServerArguments& server, bool json) {
  const std::optional<Config> loaded = load_or_complain(arguments.config);
  if (!loaded) return kExitConfig;
  const Config& config = *loaded;
  ::umask(S_IRWXG |
          S_IRWXO);  // what is in it is nobody else's business while it is being made, too
  io::FileSystem& files = io::posix_file_system();
  HttpClient client = connect(server);
  Result<store::LogCopy> copy = fail(ErrorCode::kInternal, "");
  {
    Progress progress("bytes", 0, json);
    store::BackupOptions options;
    options.ask_holder = [&](const store::LedgerIdentity& ours) {
      return ask_server(client, config.data_dir, ours);
    };
    options.on_bytes = [&](uint64_t bytes) { progress.at(bytes); };
    copy = store::backup_directory(files, config.data_dir, arguments.to, options);
  }
  if (!copy) return report(copy.error(), json);
  if (const Status closed = close_to_others(arguments.to); !closed)
    return report(closed.error(), json);
  std::string config_name;
  if (!arguments.config.file.empty()) {
    config_name = store::kBackupConfigName;
    const Status kept =
        store::copy_file(files, arguments.config.file, arguments.to + "/" + config_name);
    if (!kept) return report(kept.error(), json);
  }
  const std::string description = describe(*copy, config_name);
  const Status written =
      store::write_whole_file(files, arguments.to, store::kBackupName, description);
  if (!written) return report(written.error(), json);
  print_out(
      json ? description
           : fmt::format("backed up ledger {} up to seq {} to {} ({} segments, {} bytes of log)\n",
                         copy->identity.ledger_id, with_commas(copy->last_seq), arguments.to,
                         copy->segments, with_commas(copy->bytes)));
  return kExitOk;
}

}  // namespace holdfast::app
