// What an operator looks at first on a PostgreSQL that has a ledger.
//
// Used by doctor. Needs no more rights than a node has; where pg_monitor is missing, standbys are
// not seen.
#pragma once

#include <cstdint>

#include "base/time.h"
#include "store/postgres/connection.h"

namespace holdfast::store::postgres {

struct ServerHealth {
  bool fsync = true;
  bool full_page_writes = true;
  bool autovacuum = true;
  int64_t connections_left = 0;     ///< that a user without special rights may still open
  bool sees_standbys = true;        ///< this user may ask for them
  int64_t standbys = 0;             ///< that stream
  int64_t standbys_confirming = 0;  ///< … and that synchronous_standby_names counts
  Duration clock_ahead = 0;  ///< the server's clock minus ours; half a round trip is not known
  Duration oldest_transaction = 0;  ///< open for so long: until it ends, rewritten rows stay
};

Result<ServerHealth> server_health(Connection& connection, const Clock& clock);

}  // namespace holdfast::store::postgres
