// Words into the values of command_line.h, with CLI11.
#include "app/command_line.h"
#include "app/command_tree.h"

#include <charconv>
#include <functional>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "app/command_line_files.h"

namespace holdfast::app {
namespace {

using Setup = std::function<void()>;

/// Everything the parser writes into; the chosen subcommand's part becomes the result.
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
  FileArguments files;
  std::vector<std::string> hold_lines, order_lines;
  std::string run_for;
};

void add_server(CLI::App* app, Parsed* parsed) {
  app->add_option("--server", parsed->command.server.url,
                  "Address of the server (default http://127.0.0.1:4653)")
      ->envname("HOLDFAST_URL");
  app->add_option("--key", parsed->command.server.key,
                  "API key to come with; better in HOLDFAST_KEY, where no list of processes shows it")
      ->envname("HOLDFAST_KEY");
  app->add_option("--ca-file", parsed->command.server.ca_file,
                  "PEM of who signed the server's certificate (default: the system's)")
      ->envname("HOLDFAST_CA_FILE");
}

/// A scalar setting as a flag: it wins over environment, file and default.
void add_setting(CLI::App* app, const std::string& flag, const std::string& setting,
                 ConfigArguments* config, const std::string& help) {
  app->add_option_function<std::string>(
      flag, [config, setting](const std::string& value) { config->flags[setting] = value; }, help);
}

void add_config(CLI::App* app, ConfigArguments* config) {
  app->add_option("-c,--config", config->file, "Configuration file (TOML)")
      ->envname("HOLDFAST_CONFIG");
  add_setting(app, "--listen", "server.listen", config,
              "Address to listen on, port 0 = any free one");
  add_setting(app, "--tls-cert", "server.tls_cert", config, "Chain of certificates (PEM): HTTPS");
  add_setting(app, "--tls-key", "server.tls_key", config, "Its key (PEM)");
  add_setting(app, "--data-dir", "server.data_dir", config, "Directory of the journal");
  add_setting(app, "--idempotency-window-days", "idempotency.window_days", config,
              "How long a key is remembered");
  add_setting(app, "--idempotency-keys-max", "idempotency.keys_max", config,
              "How many keys are remembered");
  add_setting(app, "--keys-requests-per-s", "keys.requests_per_s", config,
              "How many requests a second one API key may make, 0 = no limit");
  add_setting(app, "--keys-holds-open-max", "keys.holds_open_max", config,
              "How many open holds one API key may have, 0 = no limit");
}

void add_log(CLI::App* app, ConfigArguments* config) {
  add_setting(app, "--log-format", "log.format", config, "text (default) or json");
  add_setting(app, "--log-level", "log.level", config, "debug, info (default), warning or error");
}

void add_serve(CLI::App& root, Parsed* parsed) {
  CLI::App* app = root.add_subcommand("serve", "Run the ledger");
  add_config(app, &parsed->serve.config);
  add_log(app, &parsed->serve.config);
  app->add_option("--ports-file", parsed->serve.ports_file,
                  "File to write {\"http\": PORT} to once the server listens");
  app->add_flag("--accept-clock", parsed->serve.accept_clock,
                "Start although the wall clock is far from the log's last time");
  app->parse_complete_callback([parsed] { parsed->command.arguments = parsed->serve; });
}

void add_demo(CLI::App& root, Parsed* parsed) {
  CLI::App* app = root.add_subcommand("demo", "A shop's day through three channels, live");
  app->add_option("--orders", parsed->demo.orders_file,
                  "CSV of real orders: order,sku,quantity,ordered_at,country");
  app->add_option("--for", parsed->run_for, "How long, e.g. 20s; default: until Ctrl-C");
  app->add_option("--seed", parsed->demo.seed, "Seed of the generated day");
  app->parse_complete_callback([parsed] {
    if (!parsed->run_for.empty()) {
      parsed->demo.run_for = parse_span(parsed->run_for);
      if (!parsed->demo.run_for) {
        throw CLI::ValidationError("--for", "must be a span of time such as 20s, 500ms or 2m");
      }
    }
    parsed->command.arguments = parsed->demo;
  });
}

/// A span of time such as 30m, within bounds.
void add_span(CLI::App* app, const std::string& flag, Duration* span, Duration low, Duration high,
              const std::string& bounds, const std::string& help) {
  app->add_option_function<std::string>(
      flag,
      [=](const std::string& text) {
        const std::optional<Duration> given = parse_span(text);
        if (!given || *given < low || *given > high) {
          throw CLI::ValidationError(
              flag,
              fmt::format("must be a span of time such as 30m, 20s or 500ms, from {}; got '{}'",
                                bounds, text));
        }
        *span = *given;
      },
      help);
}

void add_simulate(CLI::App& root, Parsed* parsed) {
  CLI::App* app = root.add_subcommand("simulate", "Why: what oversells, and what does not");
  app->require_subcommand(1);

  SimulateRaceArguments& race = parsed->race;
  CLI::App* sub = app->add_subcommand("race", "Buyers who want the last unit at the same moment");
  sub->add_option("--buyers", race.settings.buyers, "How many, one unit each (default 2)")
      ->check(CLI::Range(int64_t{1}, kBuyersMax));
  sub->add_option("--stock", race.settings.stock, "How many units there are (default 1)")
      ->check(CLI::Range(int64_t{1}, kStockMax));
  add_span(sub, "--lease", &race.settings.lease, kRaceSpanMin, kRaceSpanMax, "1ms to 1m",
           "How long a lock belongs to its holder (default 30ms)");
  add_span(sub, "--pause", &race.settings.pause, kRaceSpanMin, kRaceSpanMax, "1ms to 1m",
           "How long the first buyer's process stands still (default 60ms)");
  sub->add_option("--seed", race.settings.seed, "Another seed, other delays (default 1)");
  sub->add_option("--svg", race.svg_file, "File to draw it to");
  sub->parse_complete_callback([parsed] { parsed->command.arguments = parsed->race; });

  SimulateBatchSyncArguments& sync = parsed->batch_sync;
  sub = app->add_subcommand("batch-sync", "A flash sale, synchronised by cron and by pushes");
  add_span(sub, "--interval", &sync.settings.interval, kIntervalMin, kIntervalMax, "1s to 24h",
           "How often cron runs (default 30m)");
  add_span(sub, "--lag", &sync.settings.lag, 0, kLagMax, "0s to 1h",
           "From a sale until every channel has heard of it (default 200ms)");
  sub->add_option("--stock", sync.settings.stock, "Units in the morning (default 600)")
      ->check(CLI::Range(int64_t{1}, kStockMax));
  sub->add_option("--channels", sync.settings.channels, "How many sell (default 3)")
      ->check(CLI::Range(int64_t{1}, kChannelsMax));
  sub->add_option("--demand", sync.settings.demand, "Orders that would be placed (default 1000)")
      ->check(CLI::Range(int64_t{1}, kDemandMax));
  sub->add_option("--seed", sync.settings.seed, "Another seed, another day (default 1)");
  sub->add_option("--svg", sync.svg_file, "File to draw it to");
  sub->parse_complete_callback([parsed] { parsed->command.arguments = parsed->batch_sync; });
}

void add_event(CLI::App& root, Parsed* parsed) {
  CLI::App* app = root.add_subcommand("event", "Record a fact, or a file of facts");
  EventArguments& event = parsed->event;
  app->add_option("type", event.type,
                  "stock.received, stock.sold, stock.counted, order.cancelled …");
  app->add_option("-f,--file", event.file, "JSON or NDJSON of facts; - reads standard input");
  app->add_option("--sku", event.sku);
  app->add_option("--location", event.location);
  app->add_option("--channel", event.channel);
  app->add_option("--order", event.order);
  app->add_option("--reference", event.reference);
  app->add_option("--reason", event.reason);
  app->add_option("--occurred-at", event.occurred_at, "RFC 3339 with an offset");
  app->add_option("--state", event.state, "available, damaged, quality_control");
  app->add_option("--quantity", event.quantity);
  app->add_option("--total", event.total, "Cumulative instead of --quantity");
  app->add_option("--counted", event.counted, "stock.counted");
  app->add_option("--delta", event.delta, "stock.adjusted");
  app->add_option("--idempotency-key", event.key, "Idempotency key; made up when absent");
  app->add_flag("--dry-run", event.dry_run, "Answer as if, record nothing");
  add_server(app, parsed);
  app->parse_complete_callback([parsed] {
    if (parsed->event.type.empty() == parsed->event.file.empty()) {
      throw CLI::ValidationError("event", "give either a type (stock.received …) or --file");
    }
    parsed->command.arguments = parsed->event;
  });
}

void take_lines(const std::vector<std::string>& words, std::vector<LineArgument>* lines) {
  for (const std::string& word : words) {
    const std::optional<LineArgument> line = parse_line_argument(word);
    if (!line)
      throw CLI::ValidationError("--line",
                                 "'" + word + "' is not SKU=QUANTITY or SKU=QUANTITY@LOCATION");
    lines->push_back(*line);
  }
}

void add_hold(CLI::App& root, Parsed* parsed) {
  using Action = HoldArguments::Action;
  HoldArguments& hold = parsed->hold;
  CLI::App* app = root.add_subcommand("hold", "Place, show, commit, release or extend a hold");
  app->require_subcommand(1);
  const auto add = [&](const char* name, const char* help, Action action) {
    CLI::App* sub = app->add_subcommand(name, help);
    add_server(sub, parsed);
    sub->parse_complete_callback([parsed, action] {
      parsed->hold.action = action;
      take_lines(parsed->hold_lines, &parsed->hold.lines);
      parsed->command.arguments = parsed->hold;
    });
    return sub;
  };
  const auto lines_help = "SKU=QUANTITY or SKU=QUANTITY@LOCATION, repeatable";
  CLI::App* place = add("place", "Take units out of available for a while", Action::kPlace);
  place->add_option("-l,--line", parsed->hold_lines, lines_help)->required();
  place->add_option("--channel", hold.channel);
  place->add_option("--ttl", hold.ttl_s, "Seconds, 1 to 86400 (default 900)");
  place->add_option("--reference", hold.reference);
  place->add_option("--id", hold.id, "Your own id for the hold");
  place->add_flag("--allow-partial", hold.allow_partial);
  CLI::App* commit = add("commit", "Turn a hold into an order", Action::kCommit);
  commit->add_option("id", hold.id)->required();
  commit->add_option("--order", hold.order)->required();
  commit->add_option("--channel", hold.channel);
  commit->add_option("-l,--line", parsed->hold_lines, lines_help);
  commit->add_flag("--release-rest", hold.release_rest);
  commit->add_flag("--rehold", hold.rehold, "Take the units afresh if the hold has expired");
  CLI::App* release = add("release", "Give the units back", Action::kRelease);
  release->add_option("id", hold.id)->required();
  release->add_option("-l,--line", parsed->hold_lines, lines_help);
  CLI::App* extend = add("extend", "New deadline = now + ttl", Action::kExtend);
  extend->add_option("id", hold.id)->required();
  extend->add_option("--ttl", hold.ttl_s, "Seconds, 1 to 86400 (default 900)");
  add("show", "One hold", Action::kShow)->add_option("id", hold.id)->required();
  CLI::App* list = add("list", "Holds by SKU, reference, channel or status", Action::kList);
  list->add_option("--sku", hold.sku);
  list->add_option("--reference", hold.reference);
  list->add_option("--channel", hold.channel);
  list->add_option("--status", hold.status)->check(CLI::IsMember({"open", "closed"}));
  for (CLI::App* sub : {place, commit, release, extend}) {
    sub->add_option("--idempotency-key", hold.key, "Idempotency key; made up when absent");
  }
}

void add_order(CLI::App& root, Parsed* parsed) {
  using Action = OrderArguments::Action;
  OrderArguments& order = parsed->order;
  CLI::App* app = root.add_subcommand("order", "Accept or show orders");
  app->require_subcommand(1);
  const auto add = [&](const char* name, const char* help, Action action) {
    CLI::App* sub = app->add_subcommand(name, help);
    add_server(sub, parsed);
    sub->parse_complete_callback([parsed, action] {
      parsed->order.action = action;
      take_lines(parsed->order_lines, &parsed->order.lines);
      parsed->command.arguments = parsed->order;
    });
    return sub;
  };
  CLI::App* accept = add("accept", "Reserve and commit in one step", Action::kAccept);
  accept->add_option("order", order.order)->required();
  accept->add_option("-l,--line", parsed->order_lines, "SKU=QUANTITY or SKU=QUANTITY@LOCATION")
      ->required();
  accept->add_option("--channel", order.channel);
  accept->add_option("--idempotency-key", order.key, "Idempotency key; made up when absent");
  CLI::App* show = add("show", "One order", Action::kShow);
  show->add_option("order", order.order)->required();
  show->add_option("--channel", order.channel, "Default: default");
  CLI::App* list = add("list", "Orders by SKU and status", Action::kList);
  list->add_option("--sku", order.sku);
  list->add_option("--status", order.status)->check(CLI::IsMember({"open", "closed"}));
}

void add_reads(CLI::App& root, Parsed* parsed) {
  StockArguments& stock = parsed->stock;
  CLI::App* app = root.add_subcommand("stock", "Balances and what each channel may sell");
  app->add_option("sku", stock.sku, "One SKU; absent: list");
  app->add_option("--location", stock.location, "List only this location");
  app->add_option("--as-of", stock.as_of, "A seq, or a time (RFC 3339)")->needs("sku");
  app->add_flag("--occurred", stock.by_occurred, "With --as-of TIME: by when things happened");
  app->add_flag("--untracked", stock.untracked, "List untracked positions too");
  app->add_option("--limit", stock.limit, "Rows of a list")->check(CLI::Range(1, 1000));
  add_server(app, parsed);
  app->parse_complete_callback([parsed] { parsed->command.arguments = parsed->stock; });

  app = root.add_subcommand("explain", "Why a number is what it is, with the events behind it");
  app->add_option("sku", parsed->explain.sku, "The SKU")->required();
  app->add_option("--channel", parsed->explain.channel, "Only this channel's arithmetic");
  add_server(app, parsed);
  app->parse_complete_callback([parsed] { parsed->command.arguments = parsed->explain; });

  TailArguments& tail = parsed->tail;
  app = root.add_subcommand("tail", "Follow the log");
  app->add_option("--after", tail.after, "Cursor or event id to go on from");
  app->add_flag("--from-start", tail.from_start, "From the first event");
  app->add_flag("--once", tail.once, "End where the log ends instead of waiting for more");
  app->add_option("--types", tail.types, "Comma-separated event types");
  app->add_option("--skus", tail.skus, "Comma-separated SKUs");
  app->add_option("--channel", tail.channel);
  add_server(app, parsed);
  app->parse_complete_callback([parsed] { parsed->command.arguments = parsed->tail; });
}

void add_sink(CLI::App& root, Parsed* parsed) {
  using Action = SinkArguments::Action;
  SinkArguments& sink = parsed->sink;
  CLI::App* app = root.add_subcommand("sink", "Who hears: state, pause, replay, dead letters");
  app->require_subcommand(1);
  const auto add = [&](const char* name, const char* help, Action action) {
    CLI::App* sub = app->add_subcommand(name, help);
    add_server(sub, parsed);
    if (action != Action::kList) sub->add_option("name", sink.name, "The sink")->required();
    sub->parse_complete_callback([parsed, action] {
      parsed->sink.action = action;
      parsed->command.arguments = parsed->sink;
    });
    return sub;
  };
  add("list", "All sinks", Action::kList);
  add("show", "One sink's state", Action::kShow);
  add("pause", "Send nothing until resumed; its cursor stands", Action::kPause);
  add("resume", "Go on where it stood", Action::kResume);
  add("activate", "End observing: from now on it is told", Action::kActivate);
  add("observations", "What an observing sink would have been told", Action::kObservations);
  CLI::App* compare = add("compare", "What its channel shows against ours; 1 if something drifts",
                          Action::kCompare);
  compare->add_option("--with", sink.files,
                      "CSV of what the channel shows now (sku, location, available), repeatable");
  compare->add_option("--location", sink.locations,
                      "A location's name in the file and ours: 'Main street=berlin', repeatable");
  compare->add_option("--state", sink.states, "Rows to list (default: drift, untracked), repeatable")
      ->check(CLI::IsMember(std::vector<std::string>{"equal", "pending", "drift", "unobserved",
                                                     "untracked", "unread"}));
  CLI::App* replay = add("replay", "Tell it again what it was told", Action::kReplay);
  replay->add_option("--from", sink.from, "First seq (default 1)")->check(CLI::NonNegativeNumber);
  replay->add_option("--to", sink.to, "Last seq (default: the end)")->check(CLI::NonNegativeNumber);
  add("dead-letters", "What was given up, and why", Action::kDeadLetters);
  add("redeliver", "Try dead letters again", Action::kRedeliver)
      ->add_option("--seq", sink.seqs, "Only this one, repeatable")
      ->check(CLI::PositiveNumber);
}

void add_source(CLI::App& root, Parsed* parsed) {
  using Action = SourceArguments::Action;
  SourceArguments& source = parsed->source;
  CLI::App* app = root.add_subcommand("source", "Who tells: state, pause, parked deliveries");
  app->require_subcommand(1);
  const auto add = [&](const char* name, const char* help, Action action) {
    CLI::App* sub = app->add_subcommand(name, help);
    add_server(sub, parsed);
    if (action != Action::kList) sub->add_option("name", source.name, "The source")->required();
    sub->parse_complete_callback([parsed, action] {
      parsed->source.action = action;
      parsed->command.arguments = parsed->source;
    });
    return sub;
  };
  add("list", "All sources", Action::kList);
  add("show", "One source's state", Action::kShow);
  add("pause", "Answer 503: the sender keeps what it has", Action::kPause);
  add("resume", "Take deliveries again", Action::kResume);
  add("parked", "What could not be booked, and why", Action::kParked);
  add("redeliver", "Map and book it anew, as the configuration is now", Action::kRedeliver)
      ->add_option("--delivery", source.deliveries, "Only this delivery id, repeatable");
}

void add_key(CLI::App& root, Parsed* parsed) {
  using Action = KeyArguments::Action;
  KeyArguments& key = parsed->key;
  CLI::App* app = root.add_subcommand("key", "Make, list or delete API keys");
  app->require_subcommand(1);
  const auto add = [&](const char* name, const char* help, Action action) {
    CLI::App* sub = app->add_subcommand(name, help);
    add_server(sub, parsed);
    sub->add_option("--data-dir", parsed->key.data_dir,
                    "Work on this data directory, which no server holds, instead of a server");
    sub->parse_complete_callback([parsed, action] {
      parsed->key.action = action;
      parsed->command.arguments = parsed->key;
    });
    return sub;
  };
  CLI::App* create = add("create", "Make a key and show it, this once", Action::kCreate);
  create->add_option("--name", key.name, "Who it is for; a name that has a key gets another secret")
      ->required();
  create
      ->add_option("--scopes", key.scopes,
                   "stock:read, stock:write, hold:write, order:write, feed:read, metrics, admin")
      ->delimiter(',');
  create->add_option("--channels", key.channels, "Bind it to these channels")->delimiter(',');
  create->add_option("--locations", key.locations, "Bind it to these locations")->delimiter(',');
  create->add_option("--expires", key.expires, "RFC 3339 with an offset, or from now: 12h, 90d");
  add("list", "Every key, without its secret", Action::kList);
  CLI::App* remove = add("delete", "Delete a key: it opens nothing from now on", Action::kDelete);
  remove->add_option("name", key.name)->required();
  remove->add_option("--id", key.id, "Only the secret with this id");
}

void add_offline(CLI::App& root, Parsed* parsed) {
  CLI::App* app = root.add_subcommand("verify", "Prove a data directory that no server holds");
  add_config(app, &parsed->verify.config);
  app->add_option("--truncate-at", parsed->verify.truncate_at,
                  "First give up every event after this seq, for ever: what a damaged log's error says")
      ->check(CLI::NonNegativeNumber);
  app->parse_complete_callback([parsed] { parsed->command.arguments = parsed->verify; });

  using Action = ConfigCommandArguments::Action;
  app = root.add_subcommand("config", "Check or show the configuration");
  app->require_subcommand(1);
  const auto add = [&](const char* name, const char* help, Action action) {
    CLI::App* sub = app->add_subcommand(name, help);
    add_config(sub, &parsed->config.config);
    sub->add_option("file", parsed->config.config.file, "Configuration file");
    sub->parse_complete_callback([parsed, action] {
      parsed->config.action = action;
      parsed->command.arguments = parsed->config;
    });
    return sub;
  };
  add("check", "Name every mistake; exit 78 if there is one", Action::kCheck);
  add("show", "Every setting's value", Action::kShow)
      ->add_flag("--origin", parsed->config.origin, "and where it comes from");

  app = root.add_subcommand("version", "Version and build");
  app->parse_complete_callback([parsed] { parsed->command.arguments = VersionArguments{}; });
}

void add_help(CLI::App& root, Parsed* parsed) {
  CLI::App* app = root.add_subcommand("doctor", "Look a server over; exit 1 if something is wrong");
  app->add_option("--data-dir", parsed->doctor.data_dir,
                  "Data directory of a server on this machine: look at its disk too");
  add_server(app, parsed);
  app->parse_complete_callback([parsed] { parsed->command.arguments = parsed->doctor; });

  app = root.add_subcommand("completion", "Print the script that completes commands in a shell");
  app->add_option("shell", parsed->completion.shell, "Which shell")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  app->parse_complete_callback([parsed] { parsed->command.arguments = parsed->completion; });

  app = root.add_subcommand("man", "Print a manual page (roff)");
  app->add_option("command", parsed->man.command, "Of this command; absent: of holdfast");
  app->parse_complete_callback([parsed] { parsed->command.arguments = parsed->man; });
}

void add_everything(CLI::App& root, Parsed* parsed) {
  root.require_subcommand(1);
  root.fallthrough();
  root.add_flag("--json", parsed->command.json, "Answer in JSON");
  add_serve(root, parsed);
  add_demo(root, parsed);
  add_simulate(root, parsed);
  add_event(root, parsed);
  add_hold(root, parsed);
  add_order(root, parsed);
  add_reads(root, parsed);
  add_sink(root, parsed);
  add_source(root, parsed);
  add_key(root, parsed);
  add_offline(root, parsed);
  add_files(root, &parsed->command.arguments, &parsed->files,
            [parsed](CLI::App* app) { add_server(app, parsed); }, add_config);
  add_help(root, parsed);
}

/// The values an IsMember check allows, which stand in braces behind the type: "TEXT:{open,closed}".
std::vector<std::string> choices_of(const std::string& type) {
  std::vector<std::string> choices;
  const size_t open = type.find('{'), close = type.rfind('}');
  if (open == std::string::npos || close == std::string::npos) return choices;
  for (size_t at = open + 1; at < close;) {
    const size_t end = std::min(type.find(',', at), close);
    choices.push_back(type.substr(at, end - at));
    at = end + 1;
  }
  return choices;
}

OptionNode node_of(const CLI::Option& option) {
  OptionNode node;
  node.help = option.get_description();
  node.environment = option.get_envname();
  node.required = option.get_required();
  node.takes_value = option.get_type_size_max() > 0 && option.get_expected_max() > 0;  // no flag
  node.repeatable = option.get_expected_max() > 1;
  if (node.takes_value) node.choices = choices_of(option.get_type_name());
  if (option.get_positional()) {
    node.names.push_back(option.get_name(true));
    return node;
  }
  for (const std::string& name : option.get_snames()) node.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) node.names.push_back("--" + name);
  return node;
}

CommandNode node_of(const CLI::App& app) {
  CommandNode node;
  node.name = app.get_name();
  node.help = app.get_description();
  for (const CLI::Option* option : app.get_options()) {
    (option->get_positional() ? node.positionals : node.options).push_back(node_of(*option));
  }
  for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; })) {
    node.commands.push_back(node_of(*sub));
  }
  return node;
}

constexpr const char* kPurpose = "Holdfast: one ledger of stock that every sales channel sells from";

}  // namespace

CommandNode command_tree() {
  Parsed parsed;
  CLI::App root(kPurpose, "holdfast");
  add_everything(root, &parsed);
  return node_of(root);
}

ParsedCommandLine parse_command_line(int count, const char* const* words) {
  Parsed parsed;
  CLI::App root(kPurpose, "holdfast");
  add_everything(root, &parsed);

  ParsedCommandLine result;
  try {
    root.parse(count, words);
    result.command = std::move(parsed.command);
  } catch (const CLI::CallForHelp&) {
    const CLI::App* asked = &root;
    while (!asked->get_subcommands().empty()) asked = asked->get_subcommands().front();
    result.output = asked->help();
  } catch (const CLI::ParseError& error) {
    result.exit_code = kExitUsage;
    result.output = fmt::format("holdfast: {}\nSee holdfast --help, or holdfast COMMAND --help.\n",
                                error.what());
  }
  return result;
}

std::optional<LineArgument> parse_line_argument(const std::string& text) {
  const size_t equals = text.rfind('=');
  if (equals == std::string::npos || equals == 0) return std::nullopt;
  LineArgument line;
  line.sku = text.substr(0, equals);
  const size_t at = text.find('@', equals);
  const char* begin = text.data() + equals + 1;
  const char* end = text.data() + (at == std::string::npos ? text.size() : at);
  const auto [stop, error] = std::from_chars(begin, end, line.quantity);
  if (error != std::errc() || stop != end) return std::nullopt;
  if (at != std::string::npos) {
    line.location = text.substr(at + 1);
    if (line.location.empty()) return std::nullopt;
  }
  return line;
}

std::optional<Duration> parse_span(const std::string& text) {
  int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || number < 0 || number > 1'000'000) return std::nullopt;
  const std::string unit(stop, end);
  if (unit.empty() || unit == "s") return number * kSecond;
  if (unit == "ms") return number * kMillisecond;
  if (unit == "m") return number * kMinute;
  if (unit == "h") return number * kHour;
  return std::nullopt;
}

}  // namespace holdfast::app
