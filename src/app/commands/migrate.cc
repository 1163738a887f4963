// `holdfast migrate`: the tables of a ledger that many nodes share, made or brought up to this
// version.
#include <fmt/format.h>

#include "app/commands/commands.h"
#include "app/commands/output.h"
#include "store/postgres/migration.h"

namespace holdfast::app {
namespace {

namespace postgres = store::postgres;

using Steps = std::vector<postgres::Migration>;

Result<Steps> migrate(const postgres::Url& url, bool dry_run) {
  HF_ASSIGN(connection, postgres::Connection::open(url, postgres::migrating()));
  return dry_run ? postgres::missing_migrations(*connection)
                 : postgres::migrate(*connection, HOLDFAST_VERSION);
}

std::string as_json(const Steps& steps, bool dry_run) {
  std::string numbers;
  for (const postgres::Migration& step : steps) {
    numbers += fmt::format("{}{}", numbers.empty() ? "" : ",", step.number);
  }
  return fmt::format("{{\"{}\":[{}]}}\n", dry_run ? "missing" : "applied", numbers);
}

std::string as_text(const Steps& steps, const postgres::Url& url, bool dry_run) {
  if (steps.empty()) return fmt::format("{} has every migration: nothing to do\n", url.shown());
  std::string text;
  for (const postgres::Migration& step : steps) {
    text += fmt::format("{} migration {}: {}\n", dry_run ? "would apply" : "applied", step.number,
                        step.name);
  }
  return text;
}

}  // namespace

int run_migrate(const MigrateArguments& arguments, bool json) {
  const Result<postgres::Url> url = postgres::Url::parse(arguments.ledger);
  if (!url) {
    report(url.error(), json);
    return kExitConfig;
  }
  const Result<Steps> steps = migrate(*url, arguments.dry_run);
  if (!steps) return report(steps.error(), json);
  print_out(json ? as_json(*steps, arguments.dry_run) : as_text(*steps, *url, arguments.dry_run));
  return kExitOk;
}

}  // namespace holdfast::app
