// The command line as values: what was asked for, checked for shape; what each subcommand takes.
//
// Only the folder command_line/ sees CLI11. Values only; no behaviour.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "app/simulate/settings.h"
#include "base/time.h"

namespace holdfast::app {

/// Exit codes of every subcommand.
inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitConfig = 78;

/// Where settings come from besides their defaults: a file, and flags by setting name
/// ("server.listen").
struct ConfigArguments {
  std::string file;  ///< empty = none
  std::map<std::string, std::string> flags;
};

struct ServeArguments {
  ConfigArguments config;
  std::string ports_file;
  bool accept_clock = false;
};

struct DemoArguments {
  std::string orders_file;          ///< empty = a generated day
  std::optional<Duration> run_for;  ///< none = until interrupted
  std::optional<uint64_t> seed;
};

/// How to reach a server: --server, HOLDFAST_URL, or the default address; and the API key to come
/// with:
/// --key, HOLDFAST_KEY, or none.
struct ServerArguments {
  std::string url;
  std::string key;
  std::string ca_file;  ///< PEM of who signed the server's certificate; empty = the system's
};

struct LineArgument {
  std::string sku;
  int64_t quantity = 0;
  std::string location;
};

struct EventArguments {
  std::string type;              ///< empty: read JSON or NDJSON from `file`
  std::string file;              ///< "-" = standard input
  std::string sku, line, state;  ///< of its one line, as are the numbers
  std::optional<int64_t> quantity, total, ordered, cancelled, written_off, expected, counted, delta,
      set;
  std::string location, channel, order, reference, reason, occurred_at, version;
  std::string from, to;  ///< locations of a transfer, states of a move
  std::string fulfillment, cancellation, return_id;
  bool final = false, no_restock = false;
  std::string key;
  bool dry_run = false;
};

struct HoldArguments {
  enum class Action { kPlace, kShow, kList, kCommit, kRelease, kExtend };
  Action action = Action::kShow;
  std::string id, channel, reference, order, key, sku, status;
  std::vector<LineArgument> lines;
  std::optional<int64_t> ttl_s;
  bool allow_partial = false, release_rest = false, rehold = false;
};

struct OrderArguments {
  enum class Action { kAccept, kShow, kList };
  Action action = Action::kShow;
  std::string channel, order, key, sku, status;
  std::vector<LineArgument> lines;
};

struct StockArguments {
  std::string sku;       ///< empty = list
  std::string location;  ///< lists: only this one
  std::string as_of;     ///< seq or time
  bool by_occurred = false;
  bool untracked = false;
  int64_t limit = 100;
};

struct ExplainArguments {
  std::string sku;
  std::string channel;  ///< empty = every channel
};

struct DoctorArguments {
  std::string data_dir;  ///< of a server on this machine: its disk is looked at too
  std::string ledger;    ///< postgresql://… of a shared ledger: it is looked at too
  std::string durability = "auto";
};

struct CompletionArguments {
  std::string shell;  ///< bash, zsh, fish
};

struct ManArguments {
  std::vector<std::string> command;  ///< empty = holdfast itself
};

struct TailArguments {
  std::string after;  ///< cursor; empty = from now on
  std::string types, skus, channel;
  bool from_start = false;
  bool once = false;  ///< end where the log ends
};

struct SinkArguments {
  enum class Action {
    kList,
    kShow,
    kPause,
    kResume,
    kActivate,
    kObservations,
    kCompare,
    kReplay,
    kDeadLetters,
    kRedeliver
  };
  Action action = Action::kList;
  std::string name;
  std::optional<int64_t> from, to;     ///< replay
  std::vector<int64_t> seqs;           ///< redeliver; empty = all
  std::vector<std::string> files;      ///< compare: what the channel shows, as CSV
  std::vector<std::string> locations;  ///< compare: "their name=ours"
  std::vector<std::string> states;     ///< compare; empty = drift and untracked
};

struct SourceArguments {
  enum class Action { kList, kShow, kPause, kResume, kParked, kRedeliver };
  Action action = Action::kList;
  std::string name;
  std::vector<std::string> deliveries;  ///< redeliver; empty = all
};

struct VerifyArguments {
  ConfigArguments config;
  std::optional<int64_t> truncate_at;  ///< give up every event after this seq first
};

struct ImportArguments {
  std::vector<std::string> files;                    ///< "-" = standard input
  bool opening = false;                              ///< on_hand and open orders of the first day
  bool check = false;                                ///< answers as if, writes nothing
  std::string format;                                ///< csv, ndjson; empty: by what is in the file
  std::string type, location, channel, occurred_at;  ///< of lines that name none
  bool ignore_columns = false;                       ///< columns that are no fields
};

struct ExportArguments {
  enum class What { kStock, kOpening, kEvents };
  What what = What::kStock;
  std::string format = "csv";
  std::string output;    ///< empty: standard output
  std::string location;  ///< only this one
  std::string as_of;     ///< seq or time
  bool by_occurred = false;
  bool untracked = false;
  std::string after;  ///< events: cursor; empty: from the first
};

struct BackupArguments {
  ConfigArguments config;
  std::string to;
};

struct RestoreArguments {
  ConfigArguments config;
  std::string from;
  std::optional<int64_t> to_seq;  ///< none: everything the backup has
  std::string replaces;           ///< the directory that served before; empty: unknown
};

struct RebuildArguments {
  ConfigArguments config;
};

struct ResumeArguments {};

struct MigrateArguments {
  std::string ledger;  ///< postgresql://…
  bool dry_run = false;
};

struct ConfigCommandArguments {
  enum class Action { kCheck, kShow };
  Action action = Action::kCheck;
  ConfigArguments config;
  bool origin = false;
};

struct SimulateRaceArguments {
  RaceSettings settings;
  std::string svg_file;  ///< empty = no picture
};

struct SimulateBatchSyncArguments {
  BatchSyncSettings settings;
  std::string svg_file;
};

/// Of a server, or with `data_dir` of a data directory that no server holds.
struct KeyArguments {
  enum class Action { kCreate, kList, kDelete };
  Action action = Action::kList;
  ConfigArguments config;  ///< with data_dir: its sources' names are no keys'
  std::string data_dir;
  std::string ledger;  ///< postgresql://…, instead of data_dir
  std::string name, id;
  std::vector<std::string> scopes, channels, locations;
  std::string expires;  ///< RFC 3339, or a span from now such as 90d
};

struct VersionArguments {};

using Arguments =
    std::variant<VersionArguments, ServeArguments, DemoArguments, EventArguments, HoldArguments,
                 OrderArguments, StockArguments, TailArguments, SinkArguments, SourceArguments,
                 VerifyArguments, KeyArguments, ConfigCommandArguments, SimulateRaceArguments,
                 SimulateBatchSyncArguments, ImportArguments, ExportArguments, BackupArguments,
                 RestoreArguments, RebuildArguments, ResumeArguments, MigrateArguments,
                 ExplainArguments, DoctorArguments, CompletionArguments, ManArguments>;

struct CommandLine {
  Arguments arguments;
  ServerArguments server;
  bool json = false;
};

/// What parsing came to: a command, or an exit code with what to print.
struct ParsedCommandLine {
  std::optional<CommandLine> command;
  int exit_code = kExitOk;
  std::string output;  ///< help (to standard output) or the mistake (to standard error)
};
ParsedCommandLine parse_command_line(int count, const char* const* words);

/// "A=2" or "A=2@berlin"; an Error text otherwise.
std::optional<LineArgument> parse_line_argument(const std::string& text);

/// "20s", "500ms", "2m", "1h", or a plain number of seconds.
std::optional<Duration> parse_span(const std::string& text);

}  // namespace holdfast::app
