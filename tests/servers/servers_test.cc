// The servers that other tests rely on do what their names say.
#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/servers/postgres.h"

namespace holdfast::test {
namespace {

TEST(ServerProcess, GivesItsOutputAndExitCode) {
  ServerProcess process("/bin/sh", {"sh", "-c", "echo out; echo err >&2; exit 3"});
  EXPECT_EQ(process.wait(), 3);
  EXPECT_EQ(process.out(), "out\n");
  EXPECT_EQ(process.err(), "err\n");
}

TEST(ServerProcess, IsKilledWithItsChildren) {
  ServerProcess process("/bin/sh", {"sh", "-c", "sleep 600 & echo $!; wait"});
  ASSERT_TRUE(wait_until([&] { return !process.out().empty(); }));
  const pid_t child = std::stoi(process.out());
  process.kill();
  EXPECT_FALSE(process.running());
  // nobody may be there to reap it: a zombie has an empty command line
  EXPECT_TRUE(
      wait_until([&] { return read_file("/proc/" + std::to_string(child) + "/cmdline").empty(); }));
}

TEST(ServerProcess, HidesWhatItsStarterSet) {
  setenv("HIDDEN_ONE", "1", 1);
  ServerProcess process("/bin/sh", {"sh", "-c", "echo ${HIDDEN_ONE-none} $GIVEN"},
                        {.environment = {{"GIVEN", "2"}}, .hidden = {"HIDDEN_"}});
  EXPECT_EQ(process.wait(), 0);
  EXPECT_EQ(process.out(), "none 2\n");
}

TEST(Postgres, KeepsCommitsOverKillAndRestart) {
  const auto server = Postgres::start();
  ASSERT_NE(server, nullptr);
  server->sql("CREATE TABLE t(n int); INSERT INTO t VALUES (7)");
  server->kill();
  ASSERT_TRUE(server->restart()) << server->log();
  EXPECT_EQ(server->sql("SELECT n FROM t"), "7");
  server->stop();
  ASSERT_TRUE(server->restart()) << server->log();
  EXPECT_EQ(server->sql("SELECT n FROM t"), "7");
  EXPECT_TRUE(server->sql_error("SELECT * FROM nothing").starts_with("42P01"));
}

TEST(Postgres, StandsStillAndGoesOn) {
  const auto server = Postgres::start();
  ASSERT_NE(server, nullptr);
  const std::string before = server->sql("SELECT pg_postmaster_start_time()");
  server->pause();
  server->resume();
  EXPECT_EQ(server->sql("SELECT pg_postmaster_start_time()"), before);
}

TEST(Postgres, StandbyIsPromotedWithWhatItReplayed) {
  const auto primary = Postgres::start();
  ASSERT_NE(primary, nullptr);
  const auto standby = primary->standby("a");
  ASSERT_NE(standby, nullptr);
  primary->set("synchronous_standby_names", "ANY 1 (a)");
  primary->sql("CREATE TABLE t(n int); INSERT INTO t VALUES (7)");
  EXPECT_EQ(standby->sql("SELECT pg_is_in_recovery()"), "t");
  primary->kill();
  standby->promote();
  standby->sql("INSERT INTO t VALUES (8)");
  EXPECT_EQ(standby->sql("SELECT sum(n) FROM t"), "15");
}

}  // namespace
}  // namespace holdfast::test
