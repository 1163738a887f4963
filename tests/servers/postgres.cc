#include "tests/servers/postgres.h"

#include <cstdlib>
#include <filesystem>
#include <utility>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <libpq-fe.h>
#include <unistd.h>

namespace holdfast::test {
namespace {

constexpr int kPortsTried = 10;

using Session = std::unique_ptr<PGconn, decltype(&PQfinish)>;
using Rows = std::unique_ptr<PGresult, decltype(&PQclear)>;

/// Where the server's programs are: named by hand, or the highest version Debian installed.
std::string programs() {
  if (const char* named = std::getenv("HOLDFAST_POSTGRES_BIN")) return named;
  for (int version = 20; version >= 15; --version) {
    const std::string bin = fmt::format("/usr/lib/postgresql/{}/bin", version);
    if (access((bin + "/postgres").c_str(), X_OK) == 0) return bin;
  }
  ADD_FAILURE() << "no PostgreSQL 15 or newer: ./dev setup installs it";
  return "/usr/lib/postgresql/15/bin";
}

SpawnOptions as_server() {
  // SIGQUIT: the server ends at once, its children with it
  return {.hidden = {"PG", "LC_", "LANG"}, .as = unprivileged(), .death_signal = SIGQUIT};
}

void ignore_notice(void*, const PGresult*) {}

}  // namespace

std::unique_ptr<Postgres> Postgres::start(PostgresOptions options) {
  std::unique_ptr<Postgres> server(new Postgres(std::move(options)));
  if (!server->initialize() || !server->run()) return nullptr;
  server->sql("CREATE DATABASE holdfast", "postgres");
  return server;
}

Postgres::Postgres(PostgresOptions options) : options_(std::move(options)) {
  give_to(unprivileged(), home_.path());
}

Postgres::~Postgres() {
  if (process_) process_->kill();
}

bool Postgres::initialize() {
  return run_tool("initdb", {"-D", home_ / "data", "-U", "holdfast", "-A", "trust", "--no-sync",
                             "--no-locale", "-E", "UTF8", "--no-instructions"});
}

bool Postgres::run_tool(const std::string& tool, std::vector<std::string> arguments) {
  const std::string program = programs() + "/" + tool;
  arguments.insert(arguments.begin(), program);
  ServerProcess process(program, std::move(arguments), as_server());
  const int exit_code = process.wait();
  if (exit_code != 0) ADD_FAILURE() << tool << " ended with " << exit_code << "\n" << process.err();
  return exit_code == 0;
}

/// Starts the server on a free port, another one when somebody took it first.
bool Postgres::run() {
  for (int i = 0; i < kPortsTried; ++i) {
    port_ = free_port();
    if (restart()) return true;
    if (log().find("Address already in use") == std::string::npos) break;
  }
  ADD_FAILURE() << "PostgreSQL did not start\n" << log();
  return false;
}

bool Postgres::restart() {
  const std::string program = programs() + "/postgres";
  std::vector<std::string> arguments = {program,
                                        "-D",
                                        home_ / "data",
                                        "-p",
                                        std::to_string(port_),
                                        "-k",
                                        home_.path(),
                                        "-c",
                                        "listen_addresses=127.0.0.1",
                                        "-c",
                                        "max_connections=200",
                                        "-c",
                                        "shared_buffers=16MB",
                                        "-c",
                                        fmt::format("fsync={}", options_.fsync ? "on" : "off")};
  for (const std::string& setting : options_.settings) {
    arguments.insert(arguments.end(), {"-c", setting});
  }
  process_ = std::make_unique<ServerProcess>(program, std::move(arguments), as_server());
  return wait_for_ready();
}

bool Postgres::wait_for_ready() {
  const std::string parameters = socket_parameters("postgres");
  bool ready = false;
  wait_until([&] {
    ready = PQping(parameters.c_str()) == PQPING_OK;
    return ready || !process_->running();
  });
  return ready;
}

void Postgres::stop() {
  process_->signal(SIGINT);
  EXPECT_EQ(process_->wait(), 0) << log();
}

// ---- talking
// -------------------------------------------------------------------------------------

std::string Postgres::url(const std::string& user, const std::string& database) const {
  return fmt::format("postgresql://{}@127.0.0.1:{}/{}", user, port_, database);
}
std::string Postgres::socket_url() const {
  return fmt::format("postgresql:///holdfast?user=holdfast&host={}&port={}", home_.path(), port_);
}
std::string Postgres::socket_parameters(const std::string& database) const {
  return fmt::format("host='{}' port={} user=holdfast dbname={} connect_timeout=10", home_.path(),
                     port_, database);
}

std::string Postgres::sql(const std::string& statements, const std::string& database) {
  const Session session(PQconnectdb(socket_parameters(database).c_str()), &PQfinish);
  PQsetNoticeReceiver(session.get(), &ignore_notice, nullptr);
  const Rows rows(PQexec(session.get(), statements.c_str()), &PQclear);
  const ExecStatusType status = PQresultStatus(rows.get());
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
    ADD_FAILURE() << statements << "\n" << PQerrorMessage(session.get());
    return {};
  }
  return PQntuples(rows.get()) > 0 ? PQgetvalue(rows.get(), 0, 0) : std::string();
}

std::string Postgres::sql_error(const std::string& statements) {
  const Session session(PQconnectdb(socket_parameters("holdfast").c_str()), &PQfinish);
  PQsetNoticeReceiver(session.get(), &ignore_notice, nullptr);
  const Rows rows(PQexec(session.get(), statements.c_str()), &PQclear);
  const char* state = PQresultErrorField(rows.get(), PG_DIAG_SQLSTATE);
  return state == nullptr ? std::string()
                          : fmt::format("{} {}", state, PQerrorMessage(session.get()));
}

int Postgres::terminate_backends(const std::string& where) {
  return std::atoi(
      sql(fmt::format("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE "
                      "backend_type = 'client backend' AND pid <> pg_backend_pid() AND ({})",
                      where))
          .c_str());
}

void Postgres::set(const std::string& name, const std::string& value) {
  // ALTER SYSTEM wants a transaction of its own, and a setting of the command line outranks it
  sql(fmt::format("ALTER SYSTEM SET {} = '{}'", name, value));
  sql("SELECT pg_reload_conf()");
  const bool in_force = wait_until(
      [&] { return sql(fmt::format("SELECT current_setting('{}') = '{}'", name, value)) == "t"; });
  EXPECT_TRUE(in_force) << name;
}

// ---- standbys
// ------------------------------------------------------------------------------------

std::unique_ptr<Postgres> Postgres::standby(const std::string& name) {
  std::unique_ptr<Postgres> copy(new Postgres(options_));
  const std::string primary =
      fmt::format("host={} port={} user=holdfast application_name={}", home_.path(), port_, name);
  if (!copy->run_tool("pg_basebackup", {"-D", copy->home_ / "data", "-d", primary, "-R", "-X",
                                        "stream", "-c", "fast", "--no-sync"})) {
    return nullptr;
  }
  if (!copy->run() || !caught_up(name)) return nullptr;
  return copy;
}

bool Postgres::caught_up(const std::string& name) {
  const bool caught_up = wait_until([&] {
    return sql(fmt::format(
               "SELECT count(*) FROM pg_stat_replication WHERE application_name = '{}' AND "
               "state = 'streaming' AND replay_lsn >= pg_current_wal_lsn()",
               name)) == "1";
  });
  EXPECT_TRUE(caught_up) << name;
  return caught_up;
}

void Postgres::promote() {
  EXPECT_EQ(sql("SELECT pg_promote(true, 30)"), "t");
  EXPECT_TRUE(wait_until([&] { return sql("SELECT pg_is_in_recovery()") == "f"; }));
}

}  // namespace holdfast::test
