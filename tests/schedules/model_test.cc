// The model of PostgreSQL held against PostgreSQL: each transcript gives the same on both.
#include <gtest/gtest.h>

#include "tests/schedules/both_sides.h"

namespace holdfast::schedules {
namespace {

class Model : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (!server_) server_ = test::Postgres::start();
  }
  static void TearDownTestSuite() { server_.reset(); }

  void expect_on_both(const std::string& transcript, store::SharedGuards guards = {}) {
    ASSERT_NE(server_, nullptr);
    const auto model = model_side(guards);
    EXPECT_EQ(run_transcript(*model, transcript), transcript) << "on the model";
    const auto postgres = postgres_side(*server_, guards);
    EXPECT_EQ(run_transcript(*postgres, transcript), transcript) << "on PostgreSQL";
  }

  static inline std::unique_ptr<test::Postgres> server_;
};

TEST_F(Model, WhoWaitedForTheLockSeesWhatWasCommittedMeanwhile) {
  expect_on_both(
      "A begin TEE -> seq 0\n"
      "A commit TEE=9 -> committed\n"
      "A begin TEE -> seq 1, TEE 1.1 as cached\n"
      "B begin TEE -> waits\n"
      "C begin TEE key=k -> waits\n"
      "A commit TEE=8 key=k -> committed\n"
      "B … -> seq 2, TEE 2.1 = 8\n"
      "B rollback\n"
      "C … -> seq 2, TEE 2.1 = 8, key of 2\n"
      "C rollback\n");
}

TEST_F(Model, AStatementThatLocksAndReadsSeesWhatWasBeforeItsWait) {
  expect_on_both(
      "A begin TEE -> seq 0\n"
      "A commit TEE=1 -> committed\n"
      "A begin TEE -> seq 1, TEE 1.1 as cached\n"
      "B begin TEE -> waits\n"
      "A commit TEE=0 -> committed\n"
      "B … -> seq 2, TEE 1.1 = 1\n"
      "B commit TEE=0 -> not committed\n"
      "B begin TEE -> seq 2, TEE 2.1 = 0\n"
      "B rollback\n",
      {.later_statement = false});
}

TEST_F(Model, AStaleReadIsWrittenWhereNobodyCountsRows) {
  expect_on_both(
      "A begin TEE -> seq 0\n"
      "A commit TEE=1 -> committed\n"
      "A begin TEE -> seq 1, TEE 1.1 as cached\n"
      "B begin TEE -> waits\n"
      "A commit TEE=0 -> committed\n"
      "B … -> seq 2, TEE 1.1 = 1\n"
      "B commit TEE=0 -> committed\n"
      "A begin TEE -> seq 3, TEE 2.2 = 0\n"
      "A rollback\n",
      {.later_statement = false, .row_counts = false});
}

TEST_F(Model, ACachedRowIsTakenOnlyUnderItsToken) {
  expect_on_both(
      "A begin TEE MUG -> seq 0\n"
      "A commit TEE=5 MUG=5 -> committed\n"
      "B begin TEE -> seq 1, TEE 1.1 = 5\n"
      "B commit TEE=4 -> committed\n"
      "A begin TEE MUG -> seq 2, MUG 1.1 as cached, TEE 2.2 = 4\n"
      "A rollback\n");
}

TEST_F(Model, WithoutTheOwnerATokenOfAnotherTimelineMatches) {
  expect_on_both(
      "A begin TEE -> seq 0\n"
      "A commit TEE=5 -> committed\n"
      "B begin TEE -> seq 1, TEE 1.1 = 5\n"
      "B rollback\n"
      "B begin TEE -> seq 1, TEE 1.1 as cached\n"
      "B commit TEE=3 -> committed\n"
      "A begin TEE -> seq 2, TEE 2.2 = 3\n"
      "A rollback\n",
      {.owner_nonce = false});
}

TEST_F(Model, KeysNotLookedUpAreNotFound) {
  expect_on_both(
      "A begin TEE key=k -> seq 0\n"
      "A commit TEE=5 key=k -> committed\n"
      "B begin TEE key=k -> seq 1, TEE 1.1 = 5\n"
      "B rollback\n",
      {.key_step = false});
}

TEST_F(Model, ABackendThatIsEndedLeavesNothingAndGivesTheLockOn) {
  expect_on_both(
      "A begin TEE -> seq 0\n"
      "B begin TEE -> waits\n"
      "A cut\n"
      "B … -> seq 0\n"
      "A commit TEE=5 -> no answer\n"
      "A settle -> waits\n"
      "B commit TEE=4 -> committed\n"
      "A … -> not committed\n"
      "A begin TEE -> seq 1, TEE 1.2 = 4\n"
      "A rollback\n");
}

TEST_F(Model, ATransactionThatStandsStillIsEnded) {
  expect_on_both(
      "A begin TEE -> seq 0\n"
      "A idles\n"
      "B begin TEE -> seq 0\n"
      "B commit TEE=4 -> committed\n"
      "A commit TEE=5 -> no answer\n"
      "A settle -> not committed\n"
      "B settle -> committed\n");
}

TEST_F(Model, WhatWasRolledBackNeverWas) {
  expect_on_both(
      "A begin TEE -> seq 0\n"
      "A rollback\n"
      "B begin TEE -> seq 0\n"
      "B commit TEE=4 -> committed\n"
      "B settle -> committed\n"
      "A settle -> not committed\n");
}

}  // namespace
}  // namespace holdfast::schedules
