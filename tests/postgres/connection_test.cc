// A session of PostgreSQL: what goes in comes out, what fails says so, and a lost COMMIT is never
// called done.
#include "store/postgres/connection.h"

#include <thread>

#include <gmock/gmock.h>

#include "tests/postgres/database.h"

namespace holdfast::store::postgres {
namespace {

using testing::HasSubstr;
using testing::Not;

class ConnectionTest : public Database {
 protected:
  void SetUp() override {
    Database::SetUp();
    server_->sql("DROP TABLE IF EXISTS t; CREATE TABLE t(n int8 PRIMARY KEY)");
  }
  static constexpr Statement kInsert{"insert", "INSERT INTO t VALUES ($1)"};
  static constexpr Statement kSum{"sum", "SELECT coalesce(sum(n), 0)::int8 FROM t"};
  static int64_t sum(Connection& connection) { return (*connection.run(kSum))[0].as<int64_t>(0); }
};

TEST_F(ConnectionTest, ValuesComeBackAsTheyWent) {
  const auto connection = connect();
  static constexpr Statement kEcho{"echo", "SELECT $1, $2, $3, $4, $5, $6, $7, $8"};
  const Timestamp time{1'763'884'800'000'001};
  const Hash128 hash{0x0123456789abcdef, 0xfedcba9876543210};
  const std::string bytes("\0\xff", 2);
  const Result<Rows> rows = connection->run(kEcho, Parameters()
                                                       .add("text")
                                                       .add(int64_t{-1})
                                                       .add(UINT64_MAX)
                                                       .add(true)
                                                       .add(time)
                                                       .add(hash)
                                                       .add(Bytes{bytes})
                                                       .add(Timestamp{}));
  ASSERT_TRUE(rows) << rows.error().detail;
  std::string text, raw;
  int64_t signed_number = 0;
  uint64_t number = 0;
  bool yes = false;
  Timestamp at, none{1};
  Hash128 back;
  (*rows)[0].read(text, signed_number, number, yes, at, back, raw, none);
  EXPECT_EQ(text, "text");
  EXPECT_EQ(signed_number, -1);
  EXPECT_EQ(number, UINT64_MAX);
  EXPECT_TRUE(yes);
  EXPECT_EQ(at, time);
  EXPECT_EQ(back, hash);
  EXPECT_EQ(raw, bytes);
  EXPECT_FALSE(none.has_value());
}

TEST_F(ConnectionTest, ColumnsUnnestRowByRow) {
  struct Item {
    std::string name;
    int64_t units;
    std::string same_as;
    Timestamp at;
  };
  const std::vector<Item> items = {{"A", 1, "", {5}}, {"B", -2, "A", {}}};
  static constexpr Statement kUnnest{"unnest", "SELECT * FROM unnest($1, $2, $3, $4)"};
  const auto connection = connect();
  const Result<Rows> rows = connection->run(
      kUnnest, Parameters()
                   .column(items, &Item::name)
                   .column(items, &Item::units)
                   .column(items, [](const Item& item) { return or_null(item.same_as); })
                   .column(items, &Item::at));
  ASSERT_TRUE(rows) << rows.error().detail;
  ASSERT_EQ(rows->size(), 2u);
  std::vector<std::string> names;
  for (const Row row : *rows) {
    Item item;
    std::optional<std::string> same_as;
    row.read(item.name, item.units, same_as, item.at);
    names.push_back(item.name);
    EXPECT_EQ(item.units, items[names.size() - 1].units);
    EXPECT_EQ(same_as, names.size() == 1 ? std::nullopt : std::optional<std::string>("A"));
    EXPECT_EQ(item.at, items[names.size() - 1].at);
  }
  EXPECT_EQ(names, (std::vector<std::string>{"A", "B"}));
  const Result<Rows> none = connection->run(kUnnest, Parameters()
                                                         .array(std::vector<std::string>())
                                                         .array(std::vector<int64_t>())
                                                         .array(std::vector<std::string>())
                                                         .array(std::vector<Timestamp>()));
  ASSERT_TRUE(none) << none.error().detail;
  EXPECT_TRUE(none->empty());
}

TEST_F(ConnectionTest, StatementsOfOneRoundTripAreAnsweredInOrder) {
  const auto connection = connect();
  connection->add(kBegin);
  for (int64_t n = 1; n <= 3; ++n) connection->add(kInsert, Parameters().add(n));
  connection->add(kSum);
  const Result<std::vector<Rows>> answers = connection->commit();
  ASSERT_TRUE(answers) << answers.error().detail;
  ASSERT_EQ(answers->size(), 5u);
  EXPECT_EQ((*answers)[2].changed(), 1u);
  EXPECT_EQ((*answers)[4][0].as<int64_t>(0), 6);
  EXPECT_EQ(server_->sql("SELECT sum(n) FROM t"), "6");
}

TEST_F(ConnectionTest, MuchIsSentAndReadAtOnce) {
  const auto connection = connect();
  static constexpr Statement kEcho{"big", "SELECT $1"};
  const std::string text(1 << 20, 'x');
  for (int i = 0; i < 32; ++i) connection->add(kEcho, Parameters().add(text));
  const Result<std::vector<Rows>> answers = connection->run();
  ASSERT_TRUE(answers) << answers.error().detail;
  ASSERT_EQ(answers->size(), 32u);
  EXPECT_EQ(answers->back()[0].as<std::string>(0), text);
}

TEST_F(ConnectionTest, AnErrorUndoesTheTransactionAndTheSessionGoesOn) {
  const auto connection = connect();
  static constexpr Statement kNever{"never", "SELECT 1"};
  connection->add(kBegin);
  connection->add(kInsert, Parameters().add(int64_t{1}));
  connection->add(kInsert, Parameters().add(int64_t{1}));
  connection->add(kNever);
  const Result<std::vector<Rows>> answers = connection->commit();
  ASSERT_FALSE(answers);
  EXPECT_EQ(answers.error().code, ErrorCode::kInternal);
  EXPECT_EQ(connection->sqlstate(), "23505");
  EXPECT_TRUE(connection->in_transaction());
  connection->rollback();
  EXPECT_FALSE(connection->in_transaction());
  EXPECT_TRUE(connection->run(kNever))
      << "a statement whose preparing was skipped is prepared again";
  EXPECT_EQ(sum(*connection), 0);
}

TEST_F(ConnectionTest, CommitOfAFailedTransactionIsNoCommit) {
  const auto connection = connect();
  connection->add(kBegin);
  connection->add(kInsert, Parameters().add(int64_t{1}));
  ASSERT_TRUE(connection->run());
  ASSERT_FALSE(connection->execute("SELECT 1/0"));
  const Result<std::vector<Rows>> answers = connection->commit();
  ASSERT_FALSE(answers);
  EXPECT_EQ(answers.error().code, ErrorCode::kOverloaded);
  EXPECT_TRUE(connection->usable());
  EXPECT_EQ(sum(*connection), 0);
}

TEST_F(ConnectionTest, ReadsCommittedWhateverTheServerPrefers) {
  server_->sql("ALTER DATABASE holdfast SET default_transaction_isolation = 'serializable'");
  const auto connection = connect();
  connection->add(kBegin);
  connection->add(Statement{"show", "SHOW transaction_isolation"});
  EXPECT_EQ(connection->commit()->back()[0].as<std::string>(0), "read committed");
  EXPECT_EQ(*connection->execute("SHOW transaction_isolation"), "read committed");
  server_->sql("ALTER DATABASE holdfast RESET default_transaction_isolation");
}

TEST_F(ConnectionTest, AStatementThatTakesTooLongIsEndedByTheServer) {
  const auto connection = connect({.statement_max = 50 * kMillisecond});
  const Result<Rows> rows = connection->run(Statement{"sleep", "SELECT pg_sleep(60)"});
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().code, ErrorCode::kOverloaded);
  EXPECT_EQ(connection->sqlstate(), "57014");
  EXPECT_TRUE(connection->usable());
}

TEST_F(ConnectionTest, ATransactionThatStandsStillLosesItsSessionAndItsLocks) {
  const auto connection = connect({.idle_in_transaction_max = 50 * kMillisecond});
  connection->add(kBegin);
  connection->add(Statement{"lock", "LOCK t"});
  ASSERT_TRUE(connection->run());
  const auto other = connect();
  EXPECT_TRUE(other->run(kInsert, Parameters().add(int64_t{5})));
  connection->add(kInsert, Parameters().add(int64_t{6}));
  const Result<std::vector<Rows>> answers = connection->commit();
  ASSERT_FALSE(answers);
  EXPECT_FALSE(connection->usable());
  EXPECT_EQ(sum(*other), 5);
}

TEST_F(ConnectionTest, NoAnswerClosesTheConnection) {
  const auto connection = connect({.answer_max = 50 * kMillisecond});
  server_->pause();
  const Result<Rows> rows = connection->run(kSum);
  server_->resume();
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().code, ErrorCode::kOverloaded);
  EXPECT_THAT(rows.error().detail, HasSubstr("no answer within 50 ms"));
  EXPECT_FALSE(connection->usable());
}

TEST_F(ConnectionTest, ALostCommitIsUnknown) {
  const auto connection = connect({.answer_max = 50 * kMillisecond});
  connection->add(kBegin);
  connection->add(kInsert, Parameters().add(int64_t{1}));
  ASSERT_TRUE(connection->run());
  server_->pause();
  const Result<std::vector<Rows>> answers = connection->commit();
  server_->resume();
  ASSERT_FALSE(answers);
  EXPECT_EQ(answers.error().code, ErrorCode::kOutcomeUnknown);
  EXPECT_TRUE(test::wait_until([] { return server_->sql("SELECT count(*) FROM t") == "1"; }))
      << "this one happened";
}

TEST_F(ConnectionTest, BeforeCommitWasSentNothingIsUnknown) {
  const auto connection = connect();
  connection->add(kBegin);
  connection->add(kInsert, Parameters().add(int64_t{1}));
  ASSERT_TRUE(connection->run());
  server_->terminate_backends("application_name = 'holdfast'");
  const Result<Rows> next = connection->run(kSum);
  ASSERT_FALSE(next);
  EXPECT_EQ(next.error().code, ErrorCode::kOverloaded);
  const Result<std::vector<Rows>> answers = connection->commit();
  ASSERT_FALSE(answers);
  EXPECT_EQ(answers.error().code, ErrorCode::kOverloaded);
  EXPECT_EQ(server_->sql("SELECT count(*) FROM t"), "0");
}

// failing-schedule 21: a cancelled wait for the standby answers COMMIT with a warning
TEST_F(ConnectionTest, ACommitWithAWarningIsUnknown) {
  server_->set("synchronous_standby_names", "ANY 1 (nobody)");
  const auto connection = connect();
  connection->add(kBegin);
  connection->add(kInsert, Parameters().add(int64_t{1}));
  Result<std::vector<Rows>> answers;
  std::thread committing([&] { answers = connection->commit(); });
  const bool waits = test::wait_until([] {
    return server_->sql(
               "SET synchronous_commit = local; SELECT count(pg_cancel_backend(pid)) FROM "
               "pg_stat_activity WHERE wait_event = 'SyncRep'") == "1";
  });
  committing.join();
  server_->sql("ALTER SYSTEM RESET synchronous_standby_names");
  server_->sql("SELECT pg_reload_conf()");
  EXPECT_TRUE(waits);
  ASSERT_FALSE(answers);
  EXPECT_EQ(answers.error().code, ErrorCode::kOutcomeUnknown);
  EXPECT_THAT(answers.error().detail, HasSubstr("canceling wait for synchronous replication"));
}

// … and statement_timeout must not end that wait
TEST_F(ConnectionTest, TheWaitForAStandbyIsNoStatementThatTakesTooLong) {
  server_->set("synchronous_standby_names", "ANY 1 (nobody)");
  const auto connection =
      connect({.statement_max = 20 * kMillisecond, .answer_max = 300 * kMillisecond});
  connection->add(kBegin);
  connection->add(kInsert, Parameters().add(int64_t{1}));
  const Result<std::vector<Rows>> answers = connection->commit();
  server_->sql("ALTER SYSTEM RESET synchronous_standby_names");
  server_->sql("SELECT pg_reload_conf()");
  ASSERT_FALSE(answers);
  EXPECT_EQ(answers.error().code, ErrorCode::kOutcomeUnknown);
  EXPECT_THAT(answers.error().detail, HasSubstr("no answer within"));
}

// ---- addresses
// -----------------------------------------------------------------------------------

TEST(PostgresUrl, IsShownWithoutItsPassword) {
  const Result<Url> url =
      Url::parse("postgresql://shop:s3cret@a:5432,b:5433/ledger?sslmode=require");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->hosts(), 2u);
  EXPECT_EQ(url->shown(), "postgresql://a,b:5432,5433/ledger");
}

TEST(PostgresUrl, ErrorsQuoteNoPassword) {
  for (const char* text :
       {"postgresql://shop:s3c%ret@a/ledger", "postgresql://shop:s3cret@a:/x?y=s3cret&&",
        "postgresql://shop:s3cret@[a/ledger", "s3cret"}) {
    const Result<Url> url = Url::parse(text);
    ASSERT_FALSE(url) << text;
    EXPECT_EQ(url.error().code, ErrorCode::kConfigInvalid);
    EXPECT_THAT(url.error().detail, Not(HasSubstr("s3c")));
  }
}

TEST(PostgresUrl, AStandbyIsNotAskedFor) {
  EXPECT_EQ(Url::parse("postgresql://a/b?target_session_attrs=any").error().code,
            ErrorCode::kConfigInvalid);
}

TEST_F(ConnectionTest, WhatCannotBeReachedSaysSo) {
  const auto refusal = [](const std::string& text) {
    const auto connection = Connection::open(*Url::parse(text));
    return connection ? Error{ErrorCode::kNone, {}, {}} : connection.error();
  };
  const Error nobody =
      refusal("postgresql://u:s3cret@127.0.0.1:" + std::to_string(test::free_port()) + "/x");
  EXPECT_EQ(nobody.code, ErrorCode::kOverloaded);
  EXPECT_THAT(nobody.detail, HasSubstr("Connection refused"));
  EXPECT_THAT(nobody.detail, Not(HasSubstr("s3cret")));
  const Error database = refusal(server_->url("holdfast", "none"));
  EXPECT_EQ(database.code, ErrorCode::kConfigInvalid);
  EXPECT_THAT(database.detail, HasSubstr("database \"none\" does not exist"));
  const Error user = refusal(server_->url("stranger"));
  EXPECT_EQ(user.code, ErrorCode::kConfigInvalid);
}

TEST_F(ConnectionTest, TheSocketWorksToo) {
  EXPECT_TRUE(Connection::open(*Url::parse(server_->socket_url())));
}

}  // namespace
}  // namespace holdfast::store::postgres
