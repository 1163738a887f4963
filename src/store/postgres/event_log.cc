#include "store/postgres/event_log.h"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "store/postgres/record_reader.h"

namespace holdfast::store::postgres {
namespace {

constexpr int64_t kCommandsPerPage = 4'096;
constexpr int64_t kFirstEvents = 16;  // of a walk: most end early
constexpr int64_t kMoreEvents = 512;
constexpr Duration kAskAgain = 200 * kMillisecond;  // a server that did not answer

constexpr Statement kLast{"log_last", "SELECT last_seq, last_time FROM ledger"};

/// Whole commands from the one that contains $1, as many as begin within $2 bytes.
constexpr Statement kRead{
    "log_read",
    "SELECT seq, recorded_at, record FROM ("
    "  SELECT seq, recorded_at, record,"
    "         sum(octet_length(record)) OVER (ORDER BY seq) - octet_length(record) AS before"
    "  FROM (SELECT seq, recorded_at, record FROM event"
    "        WHERE seq >= (SELECT command_seq FROM event WHERE seq = $1) AND record IS NOT NULL"
    "        ORDER BY seq LIMIT $3) page) commands "
    "WHERE before < $2 ORDER BY seq"};

constexpr Statement kCommand{
    "log_command",
    "SELECT head.seq, head.recorded_at, head.record FROM event "
    "JOIN event head ON head.seq = event.command_seq WHERE event.seq = $1"};

/// A page of the SKU's events between $2 and $3, newest first.
constexpr Statement kWalk{
    "log_walk",
    "SELECT head.seq, head.recorded_at, head.record, page.seq FROM ("
    "  SELECT seq, command_seq FROM event WHERE sku = $1 AND seq > $2 AND seq < $3"
    "  ORDER BY seq DESC LIMIT $4) page "
    "JOIN event head ON head.seq = page.command_seq ORDER BY page.seq DESC"};
/// … that occurred by $5.
constexpr Statement kWalkLate{
    "log_walk_late",
    "SELECT head.seq, head.recorded_at, head.record, page.seq FROM ("
    "  SELECT seq, command_seq FROM event WHERE sku = $1 AND seq > $2 AND seq < $3"
    "  AND coalesce(occurred_at, recorded_at) <= $5 ORDER BY seq DESC LIMIT $4) page "
    "JOIN event head ON head.seq = page.command_seq ORDER BY page.seq DESC"};

/// Sums by place and account; a place that was named and never moved at has a row too.
constexpr Statement kBalances{
    "log_balances",
    "SELECT place, account, sum(quantity)::int8 FROM ("
    "  SELECT location AS place, moved_from AS account, -quantity AS quantity"
    "  FROM event WHERE sku = $1 AND seq <= $2"
    "  UNION ALL"
    "  SELECT coalesce(to_location, location), moved_to, quantity"
    "  FROM event WHERE sku = $1 AND seq <= $2) movement "
    "WHERE place IS NOT NULL GROUP BY place, account ORDER BY place"};

/// Time rises with seq, which has no gaps: halved until one is left.
constexpr Statement kSeqAt{"log_seq_at",
                           "WITH RECURSIVE half(low, high) AS ("
                           "  SELECT 0::int8, (SELECT last_seq FROM ledger)"
                           "  UNION ALL"
                           "  SELECT CASE WHEN recorded_at <= $1 THEN seq ELSE low END,"
                           "         CASE WHEN recorded_at <= $1 THEN high ELSE seq - 1 END"
                           "  FROM half JOIN event ON seq = (low + high + 1) / 2 WHERE low < high) "
                           "SELECT max(low) FROM half"};

SessionOptions reading() {
  return {.statement_max = kMinute, .answer_max = kMinute, .name = "holdfast reader"};
}

}  // namespace

// ---- what is durable
// -----------------------------------------------------------------------------

Result<std::unique_ptr<PostgresLog>> PostgresLog::open(const Url& url, LedgerIdentity identity,
                                                       EventLogOptions options) {
  std::unique_ptr<PostgresLog> log(new PostgresLog(url, std::move(identity), options));
  HF_TRY(log->pool_.with_connection([&](Connection& connection) { return log->ask(connection); }));
  log->asking_ = std::thread([self = log.get()] { self->keep_asking(); });
  return log;
}

PostgresLog::PostgresLog(const Url& url, LedgerIdentity identity, EventLogOptions options)
    : identity_(std::move(identity)),
      options_(options),
      pool_(url, reading(), options.connections) {}

PostgresLog::~PostgresLog() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  stop_asked_.notify_all();
  if (asking_.joinable()) asking_.join();
}

Status PostgresLog::ask(Connection& connection) {
  HF_ASSIGN(rows, connection.run(kLast));
  if (rows.empty()) return fail(ErrorCode::kCorrupt, "table ledger has no row");
  Seq seq = 0;
  Timestamp time;
  rows[0].read(seq, time);
  heard(seq, time);
  return {};
}

void PostgresLog::heard(Seq seq, Timestamp time) {
  const std::lock_guard telling(telling_);
  {
    const std::lock_guard lock(mutex_);
    if (seq <= durable_) return;
    durable_ = seq;
    last_time_ = std::max(last_time_, time);
  }
  listeners_.tell(seq);
}

void PostgresLog::keep_asking() {
  const auto ask_once = [this](Connection& connection) { return ask(connection); };
  Duration pause = options_.ask_every;
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      stop_asked_.wait_for(lock, std::chrono::microseconds(pause), [this] { return stopped_; });
      if (stopped_) return;
    }
    // an error is seen by those who read: here it only means to ask less often
    pause = pool_.with_connection(ask_once) ? options_.ask_every : kAskAgain;
  }
}

Seq PostgresLog::durable_seq() const {
  const std::lock_guard lock(mutex_);
  return durable_;
}
Timestamp PostgresLog::last_time() const {
  const std::lock_guard lock(mutex_);
  return last_time_;
}
uint64_t PostgresLog::subscribe(std::function<void(Seq durable)> listener) {
  return listeners_.add(std::move(listener));
}
void PostgresLog::unsubscribe(uint64_t id) { listeners_.remove(id); }

// ---- commands
// ------------------------------------------------------------------------------------

Result<Rows> PostgresLog::run(const Statement& statement, const Parameters& parameters) {
  return pool_.with_connection(
      [&](Connection& connection) { return connection.run(statement, parameters); });
}

Result<LogBatch> PostgresLog::read(Seq after, size_t bytes_max) {
  const auto bytes = static_cast<int64_t>(std::clamp<size_t>(bytes_max, 1, 1 << 26));
  HF_ASSIGN(rows, run(kRead, Parameters().add(after + 1).add(bytes).add(kCommandsPerPage)));
  HF_ASSIGN(batch, decode_commands(std::move(rows)));
  batch.last_seq = batch.commands.empty() ? after : batch.commands.back().last_seq();
  batch.at_end = batch.commands.empty() || batch.last_seq >= durable_seq();
  return batch;
}

Result<LogBatch> PostgresLog::read_command(Seq seq) {
  HF_ASSIGN(rows, run(kCommand, Parameters().add(seq)));
  if (rows.empty()) {
    return fail(ErrorCode::kCursorInvalid,
                fmt::format("seq {} is not in the log, which ends at {}", seq, durable_seq()));
  }
  HF_ASSIGN(batch, decode_commands(std::move(rows)));
  batch.last_seq = batch.commands.back().last_seq();
  batch.at_end = batch.last_seq >= durable_seq();
  return batch;
}

// ---- history
// -------------------------------------------------------------------------------------

Status PostgresLog::walk(const Statement& statement, const std::string& sku, Seq after, Seq before,
                         Timestamp time, const std::function<bool(const Event&)>& visit) {
  for (int64_t wanted = kFirstEvents;; wanted = kMoreEvents) {
    Parameters parameters;
    parameters.add(sku).add(after).add(before).add(wanted);
    if (time.has_value()) parameters.add(time);
    HF_ASSIGN(page, run(statement, parameters));
    CommandCursor cursor;  // of this page: what it decoded points into the page's rows
    for (const Row row : page) {
      HF_ASSIGN(event, cursor.event_of(row));
      before = event->seq;
      if (!visit(*event)) return {};
    }
    if (static_cast<int64_t>(page.size()) < wanted) return {};
  }
}

Status PostgresLog::walk_sku(const std::string& sku, Seq before_seq,
                             const std::function<bool(const Event&)>& visit) {
  return walk(kWalk, sku, 0, before_seq == 0 ? INT64_MAX : before_seq, {}, visit);
}

Status PostgresLog::walk_late_facts(const std::string& sku, Seq after_seq, Timestamp time,
                                    const std::function<bool(const Event&)>& visit) {
  if (!time.has_value()) return {};
  return walk(kWalkLate, sku, after_seq, INT64_MAX, time, visit);
}

Result<std::vector<PlaceBalances>> PostgresLog::balances_after(const std::string& sku, Seq seq) {
  HF_ASSIGN(rows, run(kBalances, Parameters().add(sku).add(std::min<Seq>(seq, INT64_MAX))));
  std::vector<PlaceBalances> places;
  for (const Row row : rows) {
    std::string place;
    std::optional<std::string> name;
    int64_t sum = 0;
    row.read(place, name, sum);
    if (places.empty() || places.back().location != place) places.push_back({place, {}});
    const std::optional<Account> account = name ? account_named(*name) : std::nullopt;
    if (account && *account >= Account::kAvailable && *account <= Account::kInTransit) {
      places.back().balances[static_cast<size_t>(*account)] = sum;
    }
  }
  return places;
}

Result<Seq> PostgresLog::seq_at(Timestamp time) {
  if (!time.has_value()) return 0;
  HF_ASSIGN(rows, run(kSeqAt, Parameters().add(time)));
  return rows[0].as<uint64_t>(0);
}

}  // namespace holdfast::store::postgres
