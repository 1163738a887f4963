// A PostgreSQL of a test's own: a new database directory in a temporary one, on a free port of the
// loopback and a Unix socket, everybody trusted, never as root. Gone with the test.
//
//   const auto server = Postgres::start();
//   ASSERT_NE(server, nullptr);
//   server->sql("CREATE TABLE t(n int)");
//
// Confined to one thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/servers/server_process.h"

namespace holdfast::test {

struct PostgresOptions {
  /// postgresql.conf, `name=value`; later ones win.
  std::vector<std::string> settings = {};
  /// Whether a commit is on the disk. Off: a killed server keeps its commits, a power cut would
  /// not.
  bool fsync = false;
};

class Postgres {
 public:
  /// A running server, or nullptr after a test failure that says why.
  static std::unique_ptr<Postgres> start(PostgresOptions options = {});
  ~Postgres();

  /// `postgresql://holdfast@127.0.0.1:PORT/holdfast`. User `holdfast` is a superuser and the owner.
  std::string url(const std::string& user = "holdfast",
                  const std::string& database = "holdfast") const;
  /// The same over the Unix socket.
  std::string socket_url() const;
  int port() const { return port_; }

  /// Runs statements on a connection of their own. The first column of the first row, empty where
  /// there is none; a test failure when it fails.
  std::string sql(const std::string& statements, const std::string& database = "holdfast");
  /// The error's SQLSTATE and text, empty when it succeeds.
  std::string sql_error(const std::string& statements);

  /// Ends sessions like an administrator. `where` is a condition on pg_stat_activity. How many.
  int terminate_backends(const std::string& where = "true");

  /// Fast shutdown: open transactions are rolled back. Waits.
  void stop();
  /// kill -9 of every process of it.
  void kill() { process_->kill(); }
  void pause() { process_->pause(); }
  void resume() { process_->resume(); }
  /// Runs it again, on the same port, after stop() or kill(). False after a test failure.
  bool restart();
  /// Changes settings of the running server and waits until they are in force.
  void set(const std::string& name, const std::string& value);

  /// A streaming standby of this server under `name`, caught up. nullptr after a test failure.
  std::unique_ptr<Postgres> standby(const std::string& name);
  /// Makes a standby a primary; returns once it takes writes.
  void promote();
  /// Waits until `standby` streams and has replayed everything this server has written.
  bool caught_up(const std::string& name);

  std::string log() const { return process_ ? process_->err() : std::string(); }

 private:
  explicit Postgres(PostgresOptions options);
  bool initialize();
  bool run();
  bool wait_for_ready();
  std::string socket_parameters(const std::string& database) const;
  bool run_tool(const std::string& tool, std::vector<std::string> arguments);

  PostgresOptions options_;
  TempDir home_;
  int port_ = 0;
  std::unique_ptr<ServerProcess> process_;
};

}  // namespace holdfast::test
