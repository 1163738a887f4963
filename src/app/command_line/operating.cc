// sink, source, key, verify, config, doctor and the help there is: what keeps a ledger running.
#include "app/command_line/parts.h"

namespace holdfast::app {

void add_sink(CLI::App& root, Parsed* parsed) {
  using Action = SinkArguments::Action;
  SinkArguments& sink = parsed->sink;
  ActionCommand sinks(root, "sink", "Who hears: state, pause, replay, dead letters", parsed, &sink);
  const auto about = [&](const char* name, const char* help, Action action) {
    return sinks.ask_about(name, help, action, "The sink");
  };
  sinks.ask("list", "All sinks", Action::kList);
  about("show", "One sink's state", Action::kShow);
  about("pause", "Send nothing until resumed; its cursor stands", Action::kPause);
  about("resume", "Go on where it stood", Action::kResume);
  about("activate", "End observing: from now on it is told", Action::kActivate);
  about("observations", "What an observing sink would have been told", Action::kObservations);
  CLI::App* compare = about("compare", "What its channel shows against ours; 1 if something drifts",
                            Action::kCompare);
  compare->add_option("--with", sink.files,
                      "CSV of what the channel shows now (sku, location, available), repeatable");
  compare->add_option("--location", sink.locations,
                      "A location's name in the file and ours: 'Main street=berlin', repeatable");
  compare->add_option("--state", sink.states, "Rows to list (default: drift, untracked), repeatable")
      ->check(CLI::IsMember(std::vector<std::string>{"equal", "pending", "drift", "unobserved",
                                                     "untracked", "unread"}));
  CLI::App* replay = about("replay", "Tell it again what it was told", Action::kReplay);
  replay->add_option("--from", sink.from, "First seq (default 1)")->check(CLI::NonNegativeNumber);
  replay->add_option("--to", sink.to, "Last seq (default: the end)")->check(CLI::NonNegativeNumber);
  about("dead-letters", "What was given up, and why", Action::kDeadLetters);
  about("redeliver", "Try dead letters again", Action::kRedeliver)
      ->add_option("--seq", sink.seqs, "Only this one, repeatable")
      ->check(CLI::PositiveNumber);
}

void add_source(CLI::App& root, Parsed* parsed) {
  using Action = SourceArguments::Action;
  SourceArguments& source = parsed->source;
  ActionCommand sources(root, "source", "Who tells: state, pause, parked deliveries", parsed,
                        &source);
  const auto about = [&](const char* name, const char* help, Action action) {
    return sources.ask_about(name, help, action, "The source");
  };
  sources.ask("list", "All sources", Action::kList);
  about("show", "One source's state", Action::kShow);
  about("pause", "Answer 503: the sender keeps what it has", Action::kPause);
  about("resume", "Take deliveries again", Action::kResume);
  about("parked", "What could not be booked, and why", Action::kParked);
  about("redeliver", "Map and book it anew, as the configuration is now", Action::kRedeliver)
      ->add_option("--delivery", source.deliveries, "Only this delivery id, repeatable");
}

void add_key(CLI::App& root, Parsed* parsed) {
  using Action = KeyArguments::Action;
  KeyArguments& key = parsed->key;
  ActionCommand keys(root, "key", "Make, list or delete API keys", parsed, &key);
  CLI::App* create = keys.ask("create", "Make a key and show it, this once", Action::kCreate);
  create->add_option("--name", key.name, "Who it is for; a name that has a key gets another secret")
      ->required();
  create
      ->add_option("--scopes", key.scopes,
                   "stock:read, stock:write, hold:write, order:write, feed:read, metrics, admin")
      ->delimiter(',');
  create->add_option("--channels", key.channels, "Bind it to these channels")->delimiter(',');
  create->add_option("--locations", key.locations, "Bind it to these locations")->delimiter(',');
  create
      ->add_option("-c,--config", key.config.file,
                   "With --data-dir or --ledger: the server's configuration, whose sources' names are taken")
      ->envname("HOLDFAST_CONFIG");
  create->add_option("--expires", key.expires, "RFC 3339 with an offset, or from now: 12h, 90d");
  CLI::App* list = keys.ask("list", "Every key, without its secret", Action::kList);
  CLI::App* remove =
      keys.ask("delete", "Delete a key: it opens nothing from now on", Action::kDelete);
  remove->add_option("name", key.name)->required();
  remove->add_option("--id", key.id, "Only the secret with this id");
  for (CLI::App* sub : {create, list, remove}) {
    CLI::Option* directory =
        sub->add_option("--data-dir", key.data_dir,
                        "Work on this data directory, which no server holds, instead of a server");
    sub->add_option("--ledger", key.ledger,
                    "Work on the tables of a shared ledger, postgresql://…, instead of a server")
        ->excludes(directory);
  }
}

void add_offline(CLI::App& root, Parsed* parsed) {
  using Action = ConfigCommandArguments::Action;
  CLI::App* app = root.add_subcommand("verify", "Prove a data directory that no server holds");
  add_config(app, &parsed->verify.config);
  app->add_option(
         "--truncate-at", parsed->verify.truncate_at,
         "First give up every event after this seq, for ever: what a damaged log's error says")
      ->check(CLI::NonNegativeNumber);
  app->parse_complete_callback([parsed] { parsed->command.arguments = parsed->verify; });

  ConfigCommandArguments& config = parsed->config;
  ActionCommand configs(root, "config", "Check or show the configuration", parsed, &config);
  CLI::App* check =
      configs.add("check", "Name every mistake; exit 78 if there is one", Action::kCheck);
  CLI::App* show = configs.add("show", "Every setting's value", Action::kShow);
  show->add_flag("--origin", config.origin, "and where it comes from");
  for (CLI::App* sub : {check, show}) {
    add_config(sub, &config.config);
    sub->add_option("file", config.config.file, "Configuration file");
  }

  app = root.add_subcommand("version", "Version and build");
  app->parse_complete_callback([parsed] { parsed->command.arguments = VersionArguments{}; });
}

void add_help(CLI::App& root, Parsed* parsed) {
  CLI::App* app = root.add_subcommand("doctor", "Look a server over; exit 1 if something is wrong");
  app->add_option("--data-dir", parsed->doctor.data_dir,
                  "Data directory of a server on this machine: look at its disk too");
  app->add_option("--ledger", parsed->doctor.ledger,
                  "postgresql://… of a ledger that many nodes share: look at it too")
      ->envname("HOLDFAST_LEDGER_URL");
  app->add_option("--ledger-durability", parsed->doctor.durability, "What its nodes are to have")
      ->envname("HOLDFAST_LEDGER_DURABILITY")
      ->check(CLI::IsMember({"auto", "local", "replicated"}));
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

}  // namespace holdfast::app
