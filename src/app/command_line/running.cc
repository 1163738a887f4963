// serve, demo and simulate: what runs a ledger in this process.
#include "app/command_line/parts.h"

namespace holdfast::app {

static void add_log(CLI::App* app, ConfigArguments* config) {
  add_setting(app, "--log-format", "log.format", config, "text (default) or json");
  add_setting(app, "--log-level", "log.level", config, "debug, info (default), warning or error");
}

void add_serve(CLI::App& root, Parsed* parsed) {
  CLI::App* app = root.add_subcommand("serve", "Run the ledger");
  add_config(app, &parsed->serve.config);
  add_log(app, &parsed->serve.config);
  add_setting(app, "--ledger", "ledger.url", &parsed->serve.config,
              "postgresql://… of a ledger that many nodes share; default: the journal of this machine");
  add_setting(app, "--ledger-durability", "ledger.durability", &parsed->serve.config,
              "auto (default), local or replicated: refuse to start with less");
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
  app->add_option_function<std::string>(
      "--for",
      [parsed](const std::string& text) {
        parsed->demo.run_for = parse_span(text);
        if (parsed->demo.run_for) return;
        throw CLI::ValidationError("--for", "must be a span of time such as 20s, 500ms or 2m");
      },
      "How long, e.g. 20s; default: until Ctrl-C");
  app->add_option("--seed", parsed->demo.seed, "Seed of the generated day");
  app->parse_complete_callback([parsed] { parsed->command.arguments = parsed->demo; });
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

}  // namespace holdfast::app
