#include "store/postgres/connection.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>
#include <libpq-fe.h>
#include <poll.h>

#include "base/invariant.h"
#include "store/postgres/sqlstate.h"
#include "store/postgres/start.h"

namespace holdfast::store::postgres {
namespace {

std::string trimmed(const char* text) {
  std::string trimmed = text == nullptr ? "" : text;
  while (!trimmed.empty() && (trimmed.back() == '\n' || trimmed.back() == ' ')) trimmed.pop_back();
  return trimmed;
}

int64_t milliseconds(Duration duration) { return duration / kMillisecond; }

}  // namespace

// ---- a session
// -----------------------------------------------------------------------------------

Result<std::unique_ptr<Connection>> Connection::open(const Url& url,
                                                     const SessionOptions& options) {
  std::vector<const char*> names, values;
  for (const auto& [name, value] : url.parameters()) {
    names.push_back(name.c_str());
    values.push_back(value.c_str());
  }
  names.push_back("fallback_application_name");
  values.push_back(options.name.c_str());
  names.push_back(nullptr);
  values.push_back(nullptr);
  std::unique_ptr<Connection> connection(
      new Connection(PQconnectdbParams(names.data(), values.data(), 0), options));
  if (PQstatus(connection->session_) != CONNECTION_OK) {
    return fail(connect_error(url.shown(), trimmed(PQerrorMessage(connection->session_))));
  }
  HF_TRY(connection->set_up());
  return connection;
}

Connection::Connection(pg_conn* session, const SessionOptions& options)
    : session_(session), options_(options) {
  INVARIANT(session_ != nullptr, "no memory for a connection");
  PQsetNoticeReceiver(session_, &Connection::notice, this);
}

Connection::~Connection() { close(); }

void Connection::close() {
  if (session_ != nullptr) PQfinish(session_);
  session_ = nullptr;
}

Status Connection::set_up() {
  if (PQsetnonblocking(session_, 1) != 0) return fail(lost("it cannot be made non-blocking"));
  // client_connection_check_interval: a statement whose client is gone ends, and with it its locks
  const Result<std::string> done = execute(
      fmt::format("SET default_transaction_isolation = 'read committed';"
                  "SET statement_timeout = {};"
                  "SET lock_timeout = {};"
                  "SET idle_in_transaction_session_timeout = {};"
                  "SET client_connection_check_interval = 500;"
                  "SET client_min_messages = warning;"
                  "SET TimeZone = 'UTC';",
                  milliseconds(options_.statement_max), milliseconds(options_.lock_wait_max),
                  milliseconds(options_.idle_in_transaction_max)));
  if (!done) return fail(done.error());
  return options_.replicated ? check_durability(*this, Durability::kReplicated) : Status();
}

void Connection::notice(void* self, const pg_result* result) {
  const char* severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
  if (severity == nullptr || std::strcmp(severity, "WARNING") != 0) return;
  static_cast<Connection*>(self)->warning_ =
      trimmed(PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY));
}

bool Connection::in_transaction() const {
  return session_ != nullptr && PQtransactionStatus(session_) != PQTRANS_IDLE;
}
bool Connection::usable() const {
  return session_ != nullptr && PQstatus(session_) == CONNECTION_OK;
}
int Connection::server_version() const {
  return session_ == nullptr ? 0 : PQserverVersion(session_);
}

Error Connection::lost(std::string_view why) {
  std::string detail = fmt::format("the connection to PostgreSQL was lost: {}", why);
  close();
  return {ErrorCode::kOverloaded, std::move(detail), {}};
}

Error Connection::refused(const pg_result* result) {
  sqlstate_ = trimmed(PQresultErrorField(result, PG_DIAG_SQLSTATE));
  return statement_error(sqlstate_, trimmed(PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY)));
}

// ---- queueing
// ------------------------------------------------------------------------------------

void Connection::prepare_once(const Statement& statement, const Parameters& parameters) {
  if (!prepared_.insert(statement.name).second) return;
  std::vector<Oid> types;
  for (size_t i = 0; i < parameters.size(); ++i) types.push_back(parameters.type(i));
  if (PQsendPrepare(session_, statement.name, statement.sql, static_cast<int>(types.size()),
                    types.data()) != 1) {
    send_error_ = trimmed(PQerrorMessage(session_));
  }
  queue_.push_back({statement.name, true});
}

void Connection::add(const Statement& statement, Parameters parameters) {
  if (!usable() || !send_error_.empty()) {  // said by run()
    send_error_ = send_error_.empty() ? "it is closed" : send_error_;
    return;
  }
  if (queue_.empty()) PQenterPipelineMode(session_);
  prepare_once(statement, parameters);
  std::vector<const char*> values;
  std::vector<int> lengths, binary;
  for (size_t i = 0; i < parameters.size(); ++i) {
    values.push_back(parameters.data(i));
    lengths.push_back(static_cast<int>(parameters.length(i)));
    binary.push_back(1);
  }
  if (PQsendQueryPrepared(session_, statement.name, static_cast<int>(values.size()), values.data(),
                          lengths.data(), binary.data(), 1) != 1) {
    send_error_ = trimmed(PQerrorMessage(session_));
  }
  queue_.push_back({statement.name, false});
}

// ---- one round trip
// ------------------------------------------------------------------------------

Result<std::vector<Rows>> Connection::run() {
  Result<std::vector<Rows>> rows = run_queued();
  queue_.clear();
  send_error_.clear();
  return rows;
}

Result<std::vector<Rows>> Connection::run_queued() {
  sent_ = false;
  warning_.clear();
  sqlstate_.clear();
  if (!send_error_.empty() || !usable()) return fail(lost(send_error_));
  if (queue_.empty()) return std::vector<Rows>();
  const Clock::time_point until = Clock::now() + std::chrono::microseconds(options_.answer_max);
  if (PQpipelineSync(session_) != 1) return fail(lost(trimmed(PQerrorMessage(session_))));
  sent_ = true;
  HF_TRY(send_all(until));

  std::vector<Rows> rows;
  Status first_error;
  for (const Queued& queued : queue_) {
    const Status taken = take_answer(queued, until, &rows);
    if (!taken && !usable()) return fail(first_error ? taken.error() : first_error.error());
    if (!taken && first_error) first_error = taken;
  }
  HF_TRY(finish_pipeline(until));
  if (!first_error) return fail(first_error.error());
  return rows;
}

/// The answer of one statement, and the end of its answers behind it.
Status Connection::take_answer(const Queued& queued, Clock::time_point until,
                               std::vector<Rows>* rows) {
  Status outcome;
  for (;;) {
    HF_TRY(wait_for_answer(until));
    Rows answer(PQgetResult(session_));
    const pg_result* result = answer.get();
    if (result == nullptr) return outcome;
    switch (PQresultStatus(result)) {
      case PGRES_COMMAND_OK:
      case PGRES_TUPLES_OK:
        if (!queued.prepares) rows->push_back(std::move(answer));
        break;
      case PGRES_PIPELINE_ABORTED:
        if (queued.prepares) prepared_.erase(queued.name);
        outcome = fail(ErrorCode::kOverloaded, "a statement before it failed");
        break;
      default:
        if (queued.prepares) prepared_.erase(queued.name);
        outcome = fail(refused(result));
    }
    if (PQstatus(session_) != CONNECTION_OK) {
      const std::string why = outcome ? trimmed(PQerrorMessage(session_)) : outcome.error().detail;
      return fail(lost(why));
    }
  }
}

Status Connection::finish_pipeline(Clock::time_point until) {
  HF_TRY(wait_for_answer(until));
  const Rows sync(PQgetResult(session_));
  if (PQresultStatus(sync.get()) != PGRES_PIPELINE_SYNC || PQexitPipelineMode(session_) != 1) {
    return fail(lost(trimmed(PQerrorMessage(session_))));
  }
  return {};
}

/// Sends everything while it reads what comes back: a server that cannot write its answers reads no
/// more.
Status Connection::send_all(Clock::time_point until) {
  for (;;) {
    const int left = PQflush(session_);
    if (left == 0) return {};
    if (left < 0) return fail(lost(trimmed(PQerrorMessage(session_))));
    HF_TRY(wait_for_socket(true, until));
    if (PQconsumeInput(session_) != 1) return fail(lost(trimmed(PQerrorMessage(session_))));
  }
}

Status Connection::wait_for_answer(Clock::time_point until) {
  while (PQisBusy(session_)) {
    HF_TRY(wait_for_socket(false, until));
    if (PQconsumeInput(session_) != 1) return fail(lost(trimmed(PQerrorMessage(session_))));
  }
  return {};
}

Status Connection::wait_for_socket(bool to_write, Clock::time_point until) {
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()).count();
  pollfd socket{PQsocket(session_), static_cast<short>(POLLIN | (to_write ? POLLOUT : 0)), 0};
  const int ready = poll(&socket, 1, static_cast<int>(std::max<int64_t>(left, 0)));
  if (ready == 0) {
    return fail(lost(fmt::format("no answer within {} ms", milliseconds(options_.answer_max))));
  }
  if (ready < 0 && errno != EINTR) return fail(lost(std::strerror(errno)));
  return {};
}

Result<Rows> Connection::run(const Statement& statement, Parameters parameters) {
  INVARIANT(queue_.empty(), "{} is run behind statements that wait", statement.name);
  add(statement, std::move(parameters));
  HF_ASSIGN(rows, run());
  return std::move(rows.back());
}

// ---- the end of a transaction
// --------------------------------------------------------------------

Result<std::vector<Rows>> Connection::commit() {
  add(kCommit);
  Result<std::vector<Rows>> rows = run();
  if (!rows) {
    // The server answered an error and lives: COMMIT was skipped, or it failed. Anything else may
    // have happened.
    if (sent_ && !usable()) rows.error().code = ErrorCode::kOutcomeUnknown;
    return rows;
  }
  if (!warning_.empty()) {  // the wait for a standby was cancelled: committed here, and perhaps
                            // only here
    close();
    return fail(ErrorCode::kOutcomeUnknown,
                fmt::format("PostgreSQL warned at COMMIT: {}", warning_));
  }
  if (rows->back().tag() != "COMMIT") {
    return fail(ErrorCode::kOverloaded, "PostgreSQL rolled the transaction back at COMMIT");
  }
  rows->pop_back();
  return rows;
}

void Connection::rollback() {
  if (!usable() || !in_transaction()) return;
  const Result<Rows> done = run(kRollback);
  if (!done) close();
}

Result<std::string> Connection::execute(const std::string& statements) {
  INVARIANT(queue_.empty(), "statements wait");
  if (!usable()) return fail(lost("it is closed"));
  sqlstate_.clear();
  const Clock::time_point until = Clock::now() + std::chrono::microseconds(options_.answer_max);
  if (PQsendQuery(session_, statements.c_str()) != 1)
    return fail(lost(trimmed(PQerrorMessage(session_))));
  HF_TRY(send_all(until));
  std::string first;
  Status outcome;
  for (;;) {
    HF_TRY(wait_for_answer(until));
    const Rows answer(PQgetResult(session_));
    if (answer.get() == nullptr) break;
    const ExecStatusType status = PQresultStatus(answer.get());
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
      outcome = fail(refused(answer.get()));
    if (PQstatus(session_) != CONNECTION_OK)
      return fail(lost(outcome ? "" : outcome.error().detail));
    if (first.empty() && !answer.empty()) first = PQgetvalue(answer.get(), 0, 0);
  }
  if (!outcome) return fail(outcome.error());
  return first;
}

}  // namespace holdfast::store::postgres
