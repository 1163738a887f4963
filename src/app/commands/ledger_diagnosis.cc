#include "app/commands/ledger_diagnosis.h"

#include <cstdlib>

#include <fmt/format.h>

namespace holdfast::app {
namespace {

using Findings = std::vector<Finding>;
using store::postgres::ServerHealth;

/// A check of a node that starts.
void check_start(const char* name, const Status& status, const char* fine, const char* remedy,
                 Findings* findings) {
  if (status) {
    findings->push_back({name, Health::kFine, fine, ""});
  } else {
    findings->push_back({name, Health::kWrong, status.error().detail, remedy});
  }
}

void check_disk_settings(const ServerHealth& health, Findings* findings) {
  const auto off = [&](bool on, const char* name, const char* what) {
    if (on) return;
    findings->push_back({fmt::format("ledger {}", name), Health::kWrong,
                         fmt::format("{} is off: {}", name, what),
                         fmt::format("set {} = on in postgresql.conf", name)});
  };
  off(health.fsync, "fsync", "a power cut of the server loses commits that were answered");
  off(health.full_page_writes, "full_page_writes", "a power cut of the server tears pages");
  off(health.autovacuum, "autovacuum",
      "rewritten rows are never cleaned, and every group gets slower");
}

void check_standbys(const LedgerCheckup& checkup, const ServerHealth& health, Findings* findings) {
  if (!checkup.replicated) {
    findings->push_back({"ledger standbys", Health::kNote,
                         "durability is local: a failover may lose the last commits",
                         "for none to be lost: two standbys and durability = \"replicated\""});
  } else if (!health.sees_standbys) {
    findings->push_back(
        {"ledger standbys", Health::kNote, "this user may not see them", "GRANT pg_monitor to it"});
  } else if (health.standbys_confirming == 0) {
    findings->push_back({"ledger standbys", Health::kWrong,
                         "no standby confirms commits: every change waits",
                         "start one of those that "
                         "synchronous_standby_names lists"});
  } else if (health.standbys_confirming == 1) {
    findings->push_back({"ledger standbys", Health::kNote,
                         "one standby confirms commits: without it every change waits",
                         "start a second one"});
  } else {
    findings->push_back({"ledger standbys", Health::kFine,
                         fmt::format("{} confirm commits", health.standbys_confirming), ""});
  }
}

void check_load(const ServerHealth& health, Findings* findings) {
  if (health.connections_left < kConnectionsLeftFew) {
    findings->push_back({"ledger connections", Health::kWrong,
                         fmt::format("{} are left: a node that connects again may be refused",
                                     health.connections_left),
                         "raise max_connections, or find who holds them in pg_stat_activity"});
  }
  if (health.oldest_transaction > kTransactionLong) {
    findings->push_back({"ledger transactions", Health::kNote,
                         fmt::format("one is open for {} s: until it ends, rewritten rows stay",
                                     health.oldest_transaction / kSecond),
                         "find it in pg_stat_activity by xact_start"});
  }
  if (std::abs(health.clock_ahead) > kServerClockWrong) {
    findings->push_back(
        {"ledger clock", Health::kNote,
         fmt::format("the server's clock is {} ms {} of this machine's; groups take "
                     "their time from the server's",
                     std::abs(health.clock_ahead) / kMillisecond,
                     health.clock_ahead > 0 ? "ahead" : "behind"),
         "let both follow NTP"});
  }
}

}  // namespace

std::vector<Finding> diagnose(const LedgerCheckup& checkup) {
  Findings findings;
  if (!checkup.reached) {
    findings.push_back({"ledger", Health::kWrong, checkup.reached.error().detail,
                        "start PostgreSQL, or mend the address"});
    return findings;
  }
  findings.push_back({"ledger", Health::kFine, fmt::format("{} answers", checkup.shown), ""});
  check_start("ledger server", checkup.server, "new enough", "update PostgreSQL", &findings);
  check_start("ledger writes", checkup.writable, "it takes them", "name the primary", &findings);
  check_start("ledger tables", checkup.schema, "of this version", "holdfast migrate --ledger URL",
              &findings);
  if (checkup.schema) {
    check_start("ledger rights", checkup.rights, "this user has them", "grant them as the owner",
                &findings);
  }
  check_start("ledger durability", checkup.durability, "the server's settings keep it",
              "set it on the server, then reload", &findings);
  if (!checkup.health) {
    findings.push_back({"ledger health", Health::kWrong, checkup.health.error().detail,
                        "ask again; if it stays, see PostgreSQL's log"});
    return findings;
  }
  check_disk_settings(*checkup.health, &findings);
  check_standbys(checkup, *checkup.health, &findings);
  check_load(*checkup.health, &findings);
  return findings;
}

}  // namespace holdfast::app
