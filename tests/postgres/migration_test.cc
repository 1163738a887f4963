// The tables come into being step by step, once, and only where this version may make them.
#include "store/postgres/migration.h"

#include <thread>

#include <gmock/gmock.h>

#include "store/postgres/health.h"
#include "store/postgres/start.h"
#include "tests/postgres/database.h"

namespace holdfast::store::postgres {
namespace {

using testing::HasSubstr;

class MigrationTest : public Database {
 protected:
  void SetUp() override {
    Database::SetUp();
    server_->sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public");
    connection_ = connect(migrating());
    ASSERT_NE(connection_, nullptr);
  }
  void expect_refusal(const Status& status, ErrorCode code, const std::string& detail) {
    ASSERT_FALSE(status) << "expected: " << detail;
    EXPECT_EQ(status.error().code, code);
    EXPECT_THAT(status.error().detail, HasSubstr(detail));
  }
  Status start(Durability durability = Durability::kLocal) {
    const Result<StartFacts> facts = check_start(*connection_, durability);
    return facts ? Status() : fail(facts.error());
  }
  std::unique_ptr<Connection> connection_;
};

TEST_F(MigrationTest, MakesTheTablesOnce) {
  const Result<std::vector<Migration>> missing = missing_migrations(*connection_);
  ASSERT_TRUE(missing);
  EXPECT_EQ(missing->size(), migrations().size());
  const Result<std::vector<Migration>> first = migrate(*connection_, "1.2.3");
  ASSERT_TRUE(first) << first.error().detail;
  EXPECT_EQ(first->size(), migrations().size());
  const std::string id = server_->sql("SELECT id FROM ledger");
  EXPECT_EQ(id.size(), 12u);
  EXPECT_EQ(server_->sql("SELECT version FROM migration WHERE number = 1"), "1.2.3");

  const Result<std::vector<Migration>> again = migrate(*connection_, "1.2.4");
  ASSERT_TRUE(again) << again.error().detail;
  EXPECT_TRUE(again->empty());
  EXPECT_EQ(server_->sql("SELECT id FROM ledger"), id);
  EXPECT_TRUE(check_schema(*connection_));
}

TEST_F(MigrationTest, OfTwoAtOnceOneFindsNothingToDo) {
  const auto other = connect(migrating());
  Result<std::vector<Migration>> here, there;
  std::thread thread([&] { there = migrate(*other, "1"); });
  here = migrate(*connection_, "1");
  thread.join();
  ASSERT_TRUE(here) << here.error().detail;
  ASSERT_TRUE(there) << there.error().detail;
  EXPECT_EQ(here->size() + there->size(), migrations().size());
}

TEST_F(MigrationTest, AStepThatFailsLeavesNothing) {
  server_->sql("CREATE TABLE hold (n int)");
  EXPECT_FALSE(migrate(*connection_, "1"));
  EXPECT_EQ(
      server_->sql("SELECT to_regclass('ledger') IS NULL AND to_regclass('migration') IS NULL"),
      "t");
  server_->sql("DROP TABLE hold");
  EXPECT_TRUE(migrate(*connection_, "1")) << "the session goes on";
}

TEST_F(MigrationTest, ANewerSchemaIsLeftAlone) {
  ASSERT_TRUE(migrate(*connection_, "1"));
  server_->sql("INSERT INTO migration (number, version, min_version) VALUES (9999, '9', 9999)");
  const Result<std::vector<Migration>> done = migrate(*connection_, "1");
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::kWrongVersion);
  expect_refusal(check_schema(*connection_), ErrorCode::kWrongVersion, "update this node first");
  server_->sql("UPDATE migration SET min_version = 1 WHERE number = 9999");
  EXPECT_TRUE(check_schema(*connection_)) << "one that older nodes can run on";
}

// ---- start
// ---------------------------------------------------------------------------------------

TEST_F(MigrationTest, StartsOnATableSetOfItsOwn) {
  ASSERT_TRUE(migrate(*connection_, "1"));
  const Result<StartFacts> facts = check_start(*connection_, Durability::kLocal);
  ASSERT_TRUE(facts) << facts.error().detail;
  EXPECT_EQ(facts->ledger.ledger_id, server_->sql("SELECT id FROM ledger"));
  EXPECT_EQ(facts->server.timeline, 1);
  EXPECT_FALSE(facts->fsync) << "the test's server has it off";
}

TEST_F(MigrationTest, NoTablesOrOldOnesAreRefused) {
  expect_refusal(start(), ErrorCode::kWrongVersion, "there is no ledger in this database");
  ASSERT_TRUE(migrate(*connection_, "1"));
  server_->sql("DELETE FROM migration WHERE number = (SELECT max(number) FROM migration)");
  if (migrations().size() == 1) {
    expect_refusal(start(), ErrorCode::kWrongVersion, "run `holdfast migrate`");
  } else {
    expect_refusal(start(), ErrorCode::kWrongVersion, "this version needs");
  }
}

TEST_F(MigrationTest, AnOldServerIsRefused) {
  expect_refusal(check_server(140'009), ErrorCode::kWrongVersion, "PostgreSQL 14: 15 or newer");
  EXPECT_TRUE(check_server(150'000));
}

TEST_F(MigrationTest, MissingRightsAreNamedWithTheGrantThatHelps) {
  ASSERT_TRUE(migrate(*connection_, "1"));
  server_->sql(
      "DROP ROLE IF EXISTS clerk; CREATE ROLE clerk LOGIN; GRANT USAGE ON SCHEMA public TO clerk");
  server_->sql("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO clerk");
  server_->sql("REVOKE UPDATE, DELETE ON event FROM clerk");
  const auto clerk = Connection::open(*Url::parse(server_->url("clerk")));
  ASSERT_TRUE(clerk) << clerk.error().detail;
  expect_refusal(check_rights(**clerk), ErrorCode::kConfigInvalid, "clerk lacks ");
  expect_refusal(check_rights(**clerk), ErrorCode::kConfigInvalid,
                 "on table event: as the owner, GRANT");
  server_->sql("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO clerk");
  EXPECT_TRUE(check_rights(**clerk));
  EXPECT_TRUE(check_start(**clerk, Durability::kLocal)) << "nothing else needs more rights";
  server_->sql("DROP OWNED BY clerk; DROP ROLE clerk");
}

TEST_F(MigrationTest, ReadOnlySessionsAreRefused) {
  server_->sql("ALTER DATABASE holdfast SET default_transaction_read_only = on");
  const auto connection = Connection::open(url());
  ASSERT_FALSE(connection);
  EXPECT_THAT(connection.error().detail, HasSubstr("takes no writes"));
  const auto any = Connection::open(*Url::parse(server_->url() + "?target_session_attrs=primary"));
  ASSERT_TRUE(any);
  expect_refusal(check_writable(**any), ErrorCode::kConfigInvalid, "default_transaction_read_only");
  server_->sql(
      "SET transaction_read_only = off; ALTER DATABASE holdfast RESET "
      "default_transaction_read_only");
}

TEST_F(MigrationTest, AStandbyIsRefusedAndAmongSeveralHostsThePrimaryIsFound) {
  const auto standby = server_->standby("a");
  ASSERT_NE(standby, nullptr);
  const auto refused = Connection::open(*Url::parse(standby->url()));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kConfigInvalid);
  EXPECT_THAT(refused.error().detail, HasSubstr("is a standby"));
  const auto found = Connection::open(
      *Url::parse("postgresql://holdfast@127.0.0.1:" + std::to_string(standby->port()) +
                  ",127.0.0.1:" + std::to_string(server_->port()) + "/holdfast"));
  ASSERT_TRUE(found) << found.error().detail;
  EXPECT_TRUE(check_writable(**found));
}

TEST_F(MigrationTest, DurabilityIsHeldAgainstTheServersSettings) {
  ASSERT_TRUE(migrate(*connection_, "1"));
  expect_refusal(start(Durability::kReplicated), ErrorCode::kConfigInvalid,
                 "synchronous_standby_names is '': set a quorum");
  ASSERT_TRUE(connection_->execute("SET synchronous_commit = local"));
  EXPECT_TRUE(start(Durability::kLocal));
  expect_refusal(start(Durability::kReplicated), ErrorCode::kConfigInvalid,
                 "synchronous_commit is local");
  ASSERT_TRUE(connection_->execute("SET synchronous_commit = off"));
  expect_refusal(start(Durability::kLocal), ErrorCode::kConfigInvalid, "synchronous_commit is off");
}

TEST_F(MigrationTest, ASessionThatMustBeReplicatedIsRefusedWhereNobodyConfirms) {
  const auto refused = Connection::open(url(), {.replicated = true});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().detail, HasSubstr("synchronous_standby_names is ''"));
  server_->set("synchronous_standby_names", "ANY 1 (a, b)");
  const auto taken = Connection::open(url(), {.replicated = true});
  server_->sql("ALTER SYSTEM RESET synchronous_standby_names");
  server_->sql("SELECT pg_reload_conf()");
  EXPECT_TRUE(taken) << taken.error().detail;
}

TEST_F(MigrationTest, ItsHealthIsSeen) {
  const auto other = connect();
  ASSERT_TRUE(other->run(kBegin));
  ASSERT_TRUE(test::wait_until([&] {
    const Result<ServerHealth> health = server_health(*connection_, SystemClock());
    EXPECT_TRUE(health) << health.error().detail;
    return health && health->oldest_transaction > 20 * kMillisecond;
  }));
  const Result<ServerHealth> health = server_health(*connection_, SystemClock());
  EXPECT_FALSE(health->fsync);
  EXPECT_TRUE(health->full_page_writes && health->autovacuum && health->sees_standbys);
  EXPECT_EQ(health->standbys, 0);
  EXPECT_GT(health->connections_left, 100);
  EXPECT_LT(std::abs(health->clock_ahead), kSecond) << "the clock of the same machine";
}

TEST(PostgresStart, AQuorumIsAnyOfSeveral) {
  EXPECT_TRUE(names_a_quorum("ANY 1 (a, b)"));
  EXPECT_TRUE(names_a_quorum("any 2 (\"node-1\", b, c)"));
  EXPECT_TRUE(names_a_quorum("ANY 1 (*)"));
  for (const char* none : {"", "a, b", "FIRST 1 (a, b)", "2 (a, b)", "ANY 1 (a)", "ANY 0 (a, b)"}) {
    EXPECT_FALSE(names_a_quorum(none)) << none;
  }
}

}  // namespace
}  // namespace holdfast::store::postgres
