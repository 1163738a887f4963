// Whether a node may start on a database: each refusal names what is wrong and what to do.
//
// Used by app at start and by doctor.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "store/event_log.h"
#include "store/postgres/connection.h"

namespace holdfast::store::postgres {

/// What an answer promises about a failover.
enum class Durability : uint8_t {
  kLocal,       ///< flushed by the primary: a failover may lose the last commits
  kReplicated,  ///< flushed by the primary and by one of a quorum of standbys too
};

/// Who the database is. Another system or timeline after a reconnect is a failover.
struct ServerIdentity {
  std::string system;  ///< pg_control_system's identifier
  int64_t timeline = 0;
  bool operator==(const ServerIdentity&) const = default;
};
Result<ServerIdentity> server_identity(Connection& connection);

/// PostgreSQL 15 or newer; `version` as Connection::server_version. kWrongVersion.
Status check_server(int version);
/// It takes writes. kConfigInvalid: a standby, or made read-only.
Status check_writable(Connection& connection);
/// This user may read and write every table. kConfigInvalid: which not, and the GRANT that helps.
Status check_rights(Connection& connection);
/// Commits are as durable as asked for. kConfigInvalid: the setting and a value that is.
Status check_durability(Connection& connection, Durability durability);
/// Whether `synchronous_standby_names` makes any one of several standbys confirm each commit; pure.
bool names_a_quorum(std::string_view synchronous_standby_names);

struct StartFacts {
  LedgerIdentity ledger;  ///< many nodes are not restored yet: without restores
  Seq last_seq = 0;
  ServerIdentity server;
  int server_version = 0;
  bool fsync = true;  ///< off: a power cut of the server loses commits, whatever else is set
};
/// All of it, in this order, and the schema.
Result<StartFacts> check_start(Connection& connection, Durability durability);

}  // namespace holdfast::store::postgres
