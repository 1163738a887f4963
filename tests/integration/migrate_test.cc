// `holdfast migrate` against a PostgreSQL of the test's own.
#include <gmock/gmock.h>

#include "tests/integration/harness.h"
#include "tests/servers/postgres.h"

namespace holdfast::test {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Migrate, MakesTheTablesOnceAndSaysWhatItDid) {
  const auto server = Postgres::start();
  ASSERT_NE(server, nullptr);
  const Finished dry = run_holdfast({"migrate", "--ledger", server->url(), "--dry-run"});
  EXPECT_EQ(dry.exit_code, 0) << dry.err;
  EXPECT_THAT(dry.out, HasSubstr("would apply migration 1: "));
  EXPECT_EQ(server->sql("SELECT to_regclass('ledger') IS NULL"), "t");

  const Finished done =
      run_holdfast({"migrate"}, {.environment = {{"HOLDFAST_LEDGER_URL", server->url()}}});
  EXPECT_EQ(done.exit_code, 0) << done.err;
  EXPECT_THAT(done.out, HasSubstr("applied migration 1: "));
  EXPECT_EQ(server->sql("SELECT count(*) FROM ledger"), "1");

  const Finished again = run_holdfast({"migrate", "--ledger", server->url()});
  EXPECT_EQ(again.exit_code, 0) << again.err;
  EXPECT_THAT(again.out, HasSubstr("nothing to do"));
  EXPECT_EQ(run_holdfast({"--json", "migrate", "--ledger", server->url()}).out,
            "{\"applied\":[]}\n");
}

TEST(Migrate, TheDoctorLooksAtTheDatabaseToo) {
  const auto server = Postgres::start();
  ASSERT_NE(server, nullptr);
  const std::vector<std::string> doctor = {"doctor", "--ledger", server->url()};
  const Finished before = run_holdfast(doctor);
  EXPECT_EQ(before.exit_code, 1);
  EXPECT_THAT(before.out, HasSubstr("ledger tables: there is no ledger in this database"));
  ASSERT_EQ(run_holdfast({"migrate", "--ledger", server->url()}).exit_code, 0);
  const Finished after = run_holdfast(doctor);
  EXPECT_THAT(after.out, HasSubstr("ok     ledger tables: of this version"));
  EXPECT_THAT(after.out, HasSubstr("wrong  ledger fsync: fsync is off"));
  EXPECT_THAT(after.out, HasSubstr("note   ledger standbys: durability is local"));
}

TEST(Migrate, RefusesWhatIsNoLedgersAddress) {
  const Finished wrong = run_holdfast({"migrate", "--ledger", "mysql://shop:s3cret@a/b"});
  EXPECT_EQ(wrong.exit_code, 78);
  EXPECT_THAT(wrong.err, HasSubstr("does not begin with postgresql://"));
  const Finished unreached =
      run_holdfast({"migrate", "--ledger",
                    "postgresql://shop:s3cret@127.0.0.1:" + std::to_string(free_port()) + "/b"});
  EXPECT_EQ(unreached.exit_code, 1);
  EXPECT_THAT(unreached.err, HasSubstr("Connection refused"));
  EXPECT_THAT(unreached.err + wrong.err, Not(HasSubstr("s3cret")));
}

}  // namespace
}  // namespace holdfast::test
