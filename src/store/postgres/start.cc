#include "store/postgres/start.h"

#include <algorithm>
#include <regex>
#include <string>

#include <fmt/format.h>

#include "store/postgres/migration.h"

namespace holdfast::store::postgres {
namespace {

constexpr int kOldestServer = 15;

// The name of a file of the log begins with the timeline; the control file learns of a new one only
// later.
constexpr Statement kIdentity{"start_identity",
                              "SELECT system_identifier::text,"
                              " ('x' || left(pg_walfile_name(pg_current_wal_lsn()), "
                              "8))::bit(32)::int8 FROM pg_control_system()"};
constexpr Statement kWritable{
    "start_writable", "SELECT pg_is_in_recovery(), current_setting('transaction_read_only')"};
/// Tables, by what is missing on them. Partitions are reached through their parent.
constexpr Statement kMissingRights{
    "start_rights",
    "SELECT table_name, string_agg(needed, ', ') FROM unnest($1) table_name, "
    "unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) needed "
    "WHERE NOT has_table_privilege(table_name, needed) GROUP BY table_name ORDER BY table_name "
    "LIMIT 1"};
constexpr Statement kUser{"start_user", "SELECT current_user::text, current_schema()::text"};
constexpr Statement kSetting{"start_setting", "SELECT current_setting($1)"};
constexpr Statement kLedger{"start_ledger", "SELECT id, incarnation, last_seq FROM ledger"};
const std::vector<std::string> kTables = {"ledger",         "sku",        "stock",     "hold",
                                          "hold_line",      "orders",     "order_sku", "reference",
                                          "reference_sku",  "location",   "channel",   "source",
                                          "idempotency",    "event",      "node",      "sink_lease",
                                          "sink_operation", "record_log", "record"};

Result<std::string> setting(Connection& connection, std::string_view name) {
  HF_ASSIGN(rows, connection.run(kSetting, Parameters().add(name)));
  return rows[0].as<std::string>(0);
}

}  // namespace

Result<ServerIdentity> server_identity(Connection& connection) {
  HF_ASSIGN(rows, connection.run(kIdentity));
  ServerIdentity identity;
  rows[0].read(identity.system, identity.timeline);
  return identity;
}

Status check_server(int version) {
  if (version >= kOldestServer * 10'000) return {};
  return fail(ErrorCode::kWrongVersion,
              fmt::format("the server is PostgreSQL {}: {} or newer is needed", version / 10'000,
                          kOldestServer));
}

Status check_writable(Connection& connection) {
  HF_ASSIGN(rows, connection.run(kWritable));
  bool standby = false;
  std::string read_only;
  rows[0].read(standby, read_only);
  if (standby) {
    return fail(ErrorCode::kConfigInvalid,
                "the server is a standby and takes no writes: name the primary, or all hosts of "
                "the cluster");
  }
  if (read_only == "on") {
    return fail(ErrorCode::kConfigInvalid,
                "sessions of this user are read-only: reset default_transaction_read_only for it");
  }
  return {};
}

Status check_rights(Connection& connection) {
  HF_ASSIGN(missing, connection.run(kMissingRights, Parameters().array(kTables)));
  if (missing.empty()) return {};
  HF_ASSIGN(rows, connection.run(kUser));
  std::string table, rights, user, schema;
  missing[0].read(table, rights);
  rows[0].read(user, schema);
  return fail(
      ErrorCode::kConfigInvalid,
      fmt::format(
          "user {0} lacks {1} on table {2}: as the owner, GRANT SELECT, INSERT, UPDATE, DELETE "
          "ON ALL TABLES IN SCHEMA {3} TO {0}",
          user, rights, table, schema));
}

bool names_a_quorum(std::string_view names) {
  // ANY n (a, b, …): any n of them; one more than n may be away, or the ledger stands still with it
  static const std::regex kAny(R"(^\s*ANY\s+([0-9]+)\s*\(([^)]*)\)\s*$)", std::regex::icase);
  std::cmatch match;
  if (!std::regex_match(names.data(), names.data() + names.size(), match, kAny)) return false;
  const std::string listed = match[2];
  return match[1].str() != "0" &&
         (listed.find(',') != listed.npos || listed.find('*') != listed.npos);
}

Status check_durability(Connection& connection, Durability durability) {
  HF_ASSIGN(commit, setting(connection, "synchronous_commit"));
  if (commit == "off") {
    return fail(ErrorCode::kConfigInvalid,
                "synchronous_commit is off: an answer would come before its commit is on the disk; "
                "set it to on");
  }
  if (durability == Durability::kLocal) return {};
  if (commit != "on" && commit != "remote_apply") {
    return fail(
        ErrorCode::kConfigInvalid,
        fmt::format("durability is replicated, but synchronous_commit is {}: set it to on or "
                    "remote_apply, or durability to local",
                    commit));
  }
  HF_ASSIGN(names, setting(connection, "synchronous_standby_names"));
  if (names_a_quorum(names)) return {};
  return fail(
      ErrorCode::kConfigInvalid,
      fmt::format(
          "durability is replicated, but synchronous_standby_names is '{}': set a quorum of two "
          "standbys, 'ANY 1 (a, b)', or durability to local",
          names));
}

Result<StartFacts> check_start(Connection& connection, Durability durability) {
  StartFacts facts;
  facts.server_version = connection.server_version();
  HF_TRY(check_server(facts.server_version));
  HF_TRY(check_writable(connection));
  HF_TRY(check_schema(connection));
  HF_TRY(check_rights(connection));
  HF_TRY(check_durability(connection, durability));
  HF_ASSIGN(server, server_identity(connection));
  facts.server = server;
  HF_ASSIGN(rows, connection.run(kLedger));
  if (rows.empty()) {
    return fail(ErrorCode::kCorrupt,
                "table ledger has no row: restore the database from its backup");
  }
  rows[0].read(facts.ledger.ledger_id, facts.ledger.incarnation, facts.last_seq);
  HF_ASSIGN(fsync, setting(connection, "fsync"));
  facts.fsync = fsync == "on";
  return facts;
}

}  // namespace holdfast::store::postgres
