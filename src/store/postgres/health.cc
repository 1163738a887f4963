#include "store/postgres/health.h"

namespace holdfast::store::postgres {
namespace {

constexpr Statement kClock{"health_clock", "SELECT clock_timestamp()"};
constexpr Statement kSettings{
    "health_settings",
    "SELECT current_setting('fsync')::bool, current_setting('full_page_writes')::bool,"
    " current_setting('autovacuum')::bool,"
    " current_setting('max_connections')::int8 - "
    "current_setting('superuser_reserved_connections')::int8"
    " - (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend')"};
constexpr Statement kStandbys{
    "health_standbys",
    "SELECT pg_has_role('pg_monitor', 'USAGE') OR (SELECT rolsuper FROM pg_roles WHERE rolname = "
    "current_user),"
    " count(*) FILTER (WHERE state = 'streaming'),"
    " count(*) FILTER (WHERE state = 'streaming' AND sync_state IN ('sync', 'quorum'))"
    " FROM pg_stat_replication"};
constexpr Statement kOldest{
    "health_oldest",
    "SELECT coalesce((extract(epoch FROM max(clock_timestamp() - xact_start)) * 1000000)::int8, 0)"
    " FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"};

}  // namespace

Result<ServerHealth> server_health(Connection& connection, const Clock& clock) {
  ServerHealth health;
  HF_TRY(connection.run(kClock));  // prepared: the next one is a round trip and nothing else
  const Timestamp before = clock.wall();
  HF_ASSIGN(time, connection.run(kClock));
  const Timestamp after = clock.wall();
  health.clock_ahead = time[0].as<Timestamp>(0) - (before + (after - before) / 2);
  HF_ASSIGN(settings, connection.run(kSettings));
  settings[0].read(health.fsync, health.full_page_writes, health.autovacuum,
                   health.connections_left);
  HF_ASSIGN(standbys, connection.run(kStandbys));
  standbys[0].read(health.sees_standbys, health.standbys, health.standbys_confirming);
  HF_ASSIGN(oldest, connection.run(kOldest));
  health.oldest_transaction = oldest[0].as<int64_t>(0);
  return health;
}

}  // namespace holdfast::store::postgres
