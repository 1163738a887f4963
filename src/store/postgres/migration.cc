#include "store/postgres/migration.h"

#include <fmt/format.h>

#include "base/random.h"
#include "store/ledger_id.h"
#include "store/postgres/start.h"

namespace holdfast::store::postgres {

// schema/*.sql, embedded by CMakeLists.txt
extern const std::string_view k0001Ledger, k0002Sinks;

namespace {

/// "holdfast" in ASCII: held while the table of migrations is made or added to.
constexpr Statement kLock{"migration_lock", "SELECT pg_advisory_xact_lock(7525079083366478708)"};
constexpr Statement kMakeTable{
    "migration_table",
    "CREATE TABLE IF NOT EXISTS migration (number int4 PRIMARY KEY, applied_at "
    "timestamptz NOT NULL DEFAULT now(), version text NOT NULL, min_version int4 "
    "NOT NULL)"};
constexpr Statement kThere{"migration_there", "SELECT to_regclass('migration') IS NOT NULL"};
constexpr Statement kApplied{
    "migration_applied",
    "SELECT coalesce(max(number), 0), coalesce(max(min_version), 0) FROM migration"};
constexpr Statement kWriteDown{
    "migration_write",
    "INSERT INTO migration (number, version, min_version) VALUES ($1::int8, $2, $3::int8)"};
constexpr Statement kMakeLedger{"migration_ledger", "INSERT INTO ledger (id) VALUES ($1)"};

struct Applied {
  int64_t number = 0;
  int64_t min_version = 0;
};

Result<Applied> applied(Connection& connection) {
  HF_ASSIGN(there, connection.run(kThere));
  if (!there[0].as<bool>(0)) return Applied{};
  HF_ASSIGN(rows, connection.run(kApplied));
  Applied found;
  rows[0].read(found.number, found.min_version);
  return found;
}

int64_t newest() { return migrations().back().number; }

Error too_new(const Applied& found) {
  return {
      ErrorCode::kWrongVersion,
      fmt::format(
          "the ledger's tables are of migration {}, this version knows {}: update this node first",
          found.number, newest()),
      {}};
}

/// One step, unless another program has done it meanwhile. Whether it was done here.
Result<bool> apply(Connection& connection, const Migration& migration, std::string_view version) {
  connection.add(kBegin);
  connection.add(kLock);
  connection.add(kMakeTable);
  HF_TRY(connection.run());
  HF_ASSIGN(found, applied(connection));
  if (found.number >= migration.number) {
    connection.rollback();
    return false;
  }
  HF_TRY(connection.execute(std::string(migration.sql)));
  if (migration.number == 1) {
    SystemRandom random;
    HF_TRY(connection.run(kMakeLedger, Parameters().add(draw_ledger_id(random))));
  }
  connection.add(
      kWriteDown,
      Parameters().add(int64_t{migration.number}).add(version).add(int64_t{migration.min_version}));
  HF_TRY(connection.commit());
  return true;
}

}  // namespace

std::span<const Migration> migrations() {
  static const Migration kAll[] = {
      {1, "the tables of a ledger", k0001Ledger, 1},
      {2, "sinks, keys and parked deliveries of many nodes", k0002Sinks, 1},
  };
  return kAll;
}

SessionOptions migrating() {
  return {.statement_max = kHour,
          .lock_wait_max = kMinute,
          .idle_in_transaction_max = kMinute,
          .answer_max = kHour,
          .name = "holdfast migrate"};
}

Result<std::vector<Migration>> missing_migrations(Connection& connection) {
  HF_TRY(check_server(connection.server_version()));
  HF_ASSIGN(found, applied(connection));
  if (found.number > newest()) return fail(too_new(found));
  std::vector<Migration> missing;
  for (const Migration& migration : migrations()) {
    if (migration.number > found.number) missing.push_back(migration);
  }
  return missing;
}

Result<std::vector<Migration>> migrate(Connection& connection, std::string_view version) {
  HF_ASSIGN(missing, missing_migrations(connection));
  std::vector<Migration> done;
  for (const Migration& migration : missing) {
    const Result<bool> here = apply(connection, migration, version);
    if (!here) {
      connection.rollback();
      return fail(here.error());
    }
    if (*here) done.push_back(migration);
  }
  return done;
}

Status check_schema(Connection& connection) {
  HF_ASSIGN(found, applied(connection));
  if (found.number == 0) {
    return fail(
        ErrorCode::kWrongVersion,
        "there is no ledger in this database: run `holdfast migrate` with its address first");
  }
  if (found.number < newest()) {
    return fail(
        ErrorCode::kWrongVersion,
        fmt::format("the ledger's tables are of migration {}, this version needs {}: run `holdfast "
                    "migrate` with its address",
                    found.number, newest()));
  }
  if (found.min_version > newest()) return fail(too_new(found));
  return {};
}

}  // namespace holdfast::store::postgres
