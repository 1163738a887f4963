// import, export, backup, restore, rebuild, resume and migrate: ledgers and facts as files.
#include <memory>

#include "app/command_line/parts.h"

namespace holdfast::app {
namespace {

void add_import(CLI::App* app, ImportArguments* import) {
  app->add_option("file", import->files,
                  "CSV with a header that names fields, or NDJSON; - reads standard input")
      ->required();
  app->add_flag(
      "--opening", import->opening,
      "The first day: sku, location, on_hand of stock, and order, sku, quantity of open orders");
  app->add_flag("--check", import->check, "Say what would be refused, write nothing");
  app->add_option("--format", import->format, "csv or ndjson; default: by what is in the file")
      ->check(CLI::IsMember({"csv", "ndjson"}));
  app->add_option("--type", import->type,
                  "Type of CSV lines that name none: stock.counted, stock.received …");
  app->add_option("--location", import->location, "Location of lines that name none");
  app->add_option("--channel", import->channel, "Channel of lines that name none");
  app->add_option(
      "--occurred-at", import->occurred_at,
      "When it happened, or with --opening when it lay there (RFC 3339 with an offset)");
  app->add_flag("--ignore-columns", import->ignore_columns, "Leave out columns that are no fields");
}

void add_export(CLI::App* app, ExportArguments* arguments, bool* opening, bool* events) {
  CLI::Option* first_day = app->add_flag("--opening", *opening,
                                         "Stock and open orders, as `import --opening` takes them");
  app->add_flag("--events", *events, "The log: CloudEvents, one a line")->excludes(first_day);
  app->add_option("--format", arguments->format, "csv (default) or ndjson")
      ->check(CLI::IsMember({"csv", "ndjson"}));
  app->add_option("-o,--output", arguments->output, "File to write; default: standard output");
  app->add_option("--location", arguments->location, "Only this location");
  CLI::Option* as_of =
      app->add_option("--as-of", arguments->as_of, "Stock as of a seq, or a time (RFC 3339)")
          ->excludes(first_day);
  app->add_flag("--occurred", arguments->by_occurred, "With --as-of TIME: by when things happened")
      ->needs(as_of);
  app->add_flag("--untracked", arguments->untracked, "Untracked positions too");
  app->add_option("--after", arguments->after,
                  "With --events: the cursor or event id to go on from");
}

}  // namespace

void add_files(CLI::App& root, Parsed* parsed) {
  CLI::App* app = root.add_subcommand("import", "Record the facts of a file, each of them once");
  add_import(app, &parsed->import);
  add_server(app, parsed);
  app->parse_complete_callback([parsed] { parsed->command.arguments = parsed->import; });

  app = root.add_subcommand("export", "Stock, open orders or the log, as a file");
  const auto opening = std::make_shared<bool>(false), events = std::make_shared<bool>(false);
  add_export(app, &parsed->export_to, opening.get(), events.get());
  add_server(app, parsed);
  app->parse_complete_callback([parsed, opening, events] {
    using What = ExportArguments::What;
    parsed->export_to.what = *opening ? What::kOpening : *events ? What::kEvents : What::kStock;
    parsed->command.arguments = parsed->export_to;
  });

  app = root.add_subcommand("backup", "Copy a ledger, while a server runs it or not");
  add_config(app, &parsed->backup.config);
  app->add_option("--to", parsed->backup.to, "A new or empty directory")->required();
  add_server(app, parsed);
  app->parse_complete_callback([parsed] { parsed->command.arguments = parsed->backup; });

  app = root.add_subcommand("restore",
                            "Make a data directory from a backup; sinks and sources start paused");
  add_config(app, &parsed->restore.config);
  app->add_option("--from", parsed->restore.from, "The backup")->required();
  app->add_option("--to-seq", parsed->restore.to_seq, "Give up every event after this seq")
      ->check(CLI::NonNegativeNumber);
  app->add_option(
      "--replaces", parsed->restore.replaces,
      "The data directory that served until now: the new one's incarnation goes beyond its");
  app->parse_complete_callback([parsed] { parsed->command.arguments = parsed->restore; });

  app = root.add_subcommand("rebuild",
                            "Make the snapshot of a data directory anew, from its log alone");
  add_config(app, &parsed->rebuild.config);
  app->parse_complete_callback([parsed] { parsed->command.arguments = parsed->rebuild; });

  app = root.add_subcommand("resume", "After a restore or a cut: sinks and sources go on");
  add_server(app, parsed);
  app->parse_complete_callback([parsed] { parsed->command.arguments = ResumeArguments{}; });

  app = root.add_subcommand("migrate", "Make or update the tables of a ledger in PostgreSQL");
  app->add_option("--ledger", parsed->migrate.ledger,
                  "postgresql://owner@host/database; its password: rather in the variable or ~/.pgpass")
      ->envname("HOLDFAST_LEDGER_URL")
      ->required();
  app->add_flag("--dry-run", parsed->migrate.dry_run, "Say what would be done, and do nothing");
  app->parse_complete_callback([parsed] { parsed->command.arguments = parsed->migrate; });
}

}  // namespace holdfast::app
