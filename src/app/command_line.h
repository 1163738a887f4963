// The command line as values: what was asked for, checked for shape; what each subcommand takes.
//
// command_line.cc is the only file that sees CLI11. Values only; no behaviour.
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

/// How to reach a server: --server, HOLDFAST_URL, or the default address.
struct ServerArguments {
  std::string url;
};

struct LineArgument {
  std::string sku;
  int64_t quantity = 0;
  std::string location;
};

struct EventArguments {
  std::string type;  ///< empty: read JSON or NDJSON from `file`
  std::string file;  ///< "-" = standard input
  std::string sku, location, channel, order, reference, reason, occurred_at, state, key;
  std::optional<int64_t> quantity, total, counted, delta;
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
    kReplay,
    kDeadLetters,
    kRedeliver
  };
  Action action = Action::kList;
  std::string name;
  std::optional<int64_t> from, to;  ///< replay
  std::vector<int64_t> seqs;        ///< redeliver; empty = all
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

struct VersionArguments {};

using Arguments =
    std::variant<VersionArguments, ServeArguments, DemoArguments, EventArguments, HoldArguments,
                 OrderArguments, StockArguments, TailArguments, SinkArguments, SourceArguments,
                 VerifyArguments, ConfigCommandArguments, SimulateRaceArguments,
                 SimulateBatchSyncArguments>;

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
