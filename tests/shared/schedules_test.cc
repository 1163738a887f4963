// What could sell twice on many nodes, step by step. Each guard is switched off once, and the same
// schedule then oversells.
#include <thread>

#include "tests/shared/nodes.h"

namespace holdfast::shared {
namespace {

class Schedules : public ManyNodes {
 protected:
  /// Both nodes want the last unit; the first has decided when the second begins to wait for the
  /// lock. How many were granted.
  int sell_the_last_unit_while_the_other_waits(const store::SharedGuards& guards) {
    const auto first = node({.threads = false, .guards = guards});
    const auto second = node({.threads = false, .guards = guards});
    stock_up(*first, 1);
    Outcome other;
    std::thread waiting;
    first->store().before_commit = [&] {
      waiting = std::thread([&] { other = second->decide(accepted("2", "TEE", 1)); });
      wait_for_a_waiting_session();
    };
    const Outcome one = first->decide(accepted("1", "TEE", 1));
    waiting.join();
    return (one.status == OutcomeStatus::kAccepted) + (other.status == OutcomeStatus::kAccepted);
  }

  /// The first node knows the row, the second sells its last unit, then the first is asked again.
  int sell_what_another_node_sold(const store::SharedGuards& guards) {
    const auto first = node({.threads = false, .guards = guards});
    const auto second = node({.threads = false, .guards = guards});
    stock_up(*first, 1);
    const Outcome there = second->decide(accepted("1", "TEE", 1));
    const Outcome here = first->decide(accepted("2", "TEE", 1));
    return (here.status == OutcomeStatus::kAccepted) + (there.status == OutcomeStatus::kAccepted);
  }

  /// The first node wrote a row that a failover then lost; another node writes it on the new
  /// timeline, the same number of times.
  int sell_on_a_timeline_that_was_lost(const store::SharedGuards& guards) {
    const auto first = node({.threads = false, .guards = guards});
    const auto second = node({.threads = false, .guards = guards});
    stock_up(*second, 1);
    server_->sql("CREATE SCHEMA kept; " + each_table("CREATE TABLE kept.%1$I AS TABLE %1$I"));
    EXPECT_EQ(first->decide(placed("lost", "TEE", 1)).status, OutcomeStatus::kAccepted);
    EXPECT_EQ(first->decide(released("lost")).status, OutcomeStatus::kAccepted);
    server_->sql(each_table("TRUNCATE %1$I; INSERT INTO %1$I SELECT * FROM kept.%1$I") +
                 "; DROP SCHEMA kept CASCADE");
    EXPECT_EQ(second->decide(placed("cart", "TEE", 1)).status, OutcomeStatus::kAccepted);
    Command commit;
    commit.type = CommandType::kHoldCommit;
    commit.source = "local";
    commit.hold = "cart";
    commit.order = "1";
    EXPECT_EQ(second->decide(commit).status, OutcomeStatus::kAccepted);
    return 1 + (first->decide(accepted("2", "TEE", 1)).status == OutcomeStatus::kAccepted);
  }

  static Command released(const std::string& hold) {
    Command command;
    command.type = CommandType::kHoldRelease;
    command.source = "local";
    command.hold = hold;
    return command;
  }
  static std::string each_table(const std::string& statement) {
    return "DO $$ DECLARE t text; BEGIN FOR t IN SELECT relname FROM pg_class WHERE relnamespace = "
           "'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition LOOP EXECUTE "
           "format('" +
           statement + "', t); END LOOP; END $$";
  }
};

// ---- 18, 19: what is read in the statement that waits is older than the wait
// ------------------------

TEST_F(Schedules, WhatAGroupReadsItReadsAfterItHasTheLock) {
  EXPECT_EQ(sell_the_last_unit_while_the_other_waits({}), 1);
  EXPECT_EQ(berlin("available"), 0);
  expect_books_add_up();
}
TEST_F(Schedules, ReadingInTheStatementThatLocksOversells) {
  EXPECT_EQ(
      sell_the_last_unit_while_the_other_waits({.later_statement = false, .row_counts = false}), 2);
}
TEST_F(Schedules, ARowIsWrittenOverOnlyByWhoReadIt) {
  EXPECT_EQ(sell_the_last_unit_while_the_other_waits({.later_statement = false}), 1);
}

// ---- 20: a cached row, and whether it is still the row
// ---------------------------------------------

TEST_F(Schedules, ACachedRowIsUsedOnlyWhileItsTokenIsTheTables) {
  EXPECT_EQ(sell_what_another_node_sold({}), 1);
  expect_books_add_up();
}
TEST_F(Schedules, UsingACachedRowUncheckedOversells) {
  EXPECT_EQ(sell_what_another_node_sold({.token_check = false, .row_counts = false}), 2);
}
TEST_F(Schedules, ATokenNamesWhoWroteTheRow) {
  EXPECT_EQ(sell_on_a_timeline_that_was_lost({}), 1);
  EXPECT_EQ(berlin("available"), 0);
}
TEST_F(Schedules, ATokenThatOnlyCountsOversellsAfterAFailover) {
  EXPECT_EQ(sell_on_a_timeline_that_was_lost({.owner_nonce = false}), 2);
}

// ---- 22: COMMIT was sent, and no answer came
// --------------------------------------------------------

TEST_F(Schedules, ALostCommitThatHappenedIsAnsweredOnce) {
  const auto here = node({.threads = false});
  stock_up(*here, 10);
  here->store().next_commit = Commit::kDoneAndLost;
  EXPECT_EQ(here->decide(accepted("1", "TEE", 1)).status, OutcomeStatus::kAccepted);
  EXPECT_EQ(here->store().settled, 1);
  EXPECT_EQ(berlin("committed"), 1);
  expect_books_add_up();
}
TEST_F(Schedules, ALostCommitThatDidNotHappenIsDecidedAgain) {
  const auto here = node({.threads = false});
  stock_up(*here, 10);
  here->store().next_commit = Commit::kLostBefore;
  EXPECT_EQ(here->decide(accepted("1", "TEE", 1)).status, OutcomeStatus::kAccepted);
  EXPECT_EQ(here->store().settled, 1);
  EXPECT_EQ(berlin("committed"), 1);
  expect_books_add_up();
}
TEST_F(Schedules, ASessionThatEndsUnderAGroupCostsNothingButTime) {
  const auto here = node({.threads = false});
  stock_up(*here, 10);
  here->store().before_commit = [&] { server_->terminate_backends("pid <> pg_backend_pid()"); };
  EXPECT_EQ(here->decide(accepted("1", "TEE", 1)).status, OutcomeStatus::kAccepted);
  EXPECT_EQ(berlin("committed"), 1);
  expect_books_add_up();
}

// ---- 23: one key, two nodes
// -------------------------------------------------------------------------

TEST_F(Schedules, AKeyThatOneNodeSawIsADuplicateAtTheOther) {
  const auto first = node({.threads = false});
  const auto second = node({.threads = false});
  stock_up(*first, 10);
  EXPECT_EQ(first->decide(sold("till-7", "TEE", 1)).status, OutcomeStatus::kRecorded);
  const Outcome again = second->decide(sold("till-7", "TEE", 1));
  EXPECT_TRUE(again.replayed);
  EXPECT_EQ(again.status, OutcomeStatus::kRecorded) << "the first answer again";
  EXPECT_EQ(berlin("available"), 9);
  Command other = sold("till-7", "TEE", 2);
  other.fingerprint = 7;
  EXPECT_EQ(second->decide(other).error.code, ErrorCode::kIdempotencyKeyReused);
  EXPECT_EQ(server_->sql("SELECT keys FROM ledger"), "1");
  expect_books_add_up();
}
TEST_F(Schedules, WithoutTheKeyStepADeliveryCountsTwice) {
  const store::SharedGuards guards{.key_step = false};
  const auto first = node({.threads = false, .guards = guards});
  const auto second = node({.threads = false, .guards = guards});
  stock_up(*first, 10);
  first->decide(sold("till-7", "TEE", 1));
  second->decide(sold("till-7", "TEE", 1));
  EXPECT_EQ(berlin("available"), 8);
}

// ---- 24: a node that stands still
// -------------------------------------------------------------------

TEST_F(Schedules, ANodeThatStandsStillUnderTheLockLosesItsSessionAndDecidesAgain) {
  const auto stalled = node({.threads = false});
  const auto other = node({.threads = false});
  stock_up(*stalled, 1);
  Outcome there;
  stalled->store().before_commit = [&] { there = other->decide(accepted("2", "TEE", 1)); };
  const Outcome here = stalled->decide(accepted("1", "TEE", 1));
  EXPECT_EQ(there.status, OutcomeStatus::kAccepted)
      << "the server ends the session that holds the lock";
  EXPECT_EQ(here.error.code, ErrorCode::kInsufficientStock);
  EXPECT_EQ(berlin("available"), 0);
  expect_books_add_up();
}

// ---- 25, 29, 31: one sequence; a hold by its id at any node; reads at any node
// ----------------------

TEST_F(Schedules, AHoldOfSeveralSkusIsCommittedByItsIdAtAnyNode) {
  const auto first = node({.threads = false});
  const auto second = node({.threads = false});
  stock_up(*first, 5);
  first->decide(counted("CAP", "berlin", 5));
  Command cart = placed("cart", "TEE", 2);
  cart.lines.push_back(cart.lines[0]);
  cart.lines[1].sku = "CAP";
  EXPECT_EQ(first->decide(cart).status, OutcomeStatus::kAccepted);
  Command commit;
  commit.type = CommandType::kHoldCommit;
  commit.source = "local";
  commit.hold = "cart";
  commit.order = "1";
  EXPECT_EQ(second->decide(commit).status, OutcomeStatus::kAccepted);
  EXPECT_EQ(first->decide(released("cart")).error.code,
            second->decide(released("cart")).error.code);
  Query order;
  order.type = QueryType::kOrder;
  order.channel = "web";
  order.order = "1";
  const QueryResult found = first->ask(order);
  ASSERT_EQ(found.orders.size(), 1u);
  EXPECT_EQ(found.orders[0].lines.size(), 2u);
  EXPECT_EQ(server_->sql("SELECT count(*) = max(seq) FROM event"), "t");
  expect_books_add_up();
}

TEST_F(Schedules, AReadAtAnyNodeHasEveryAnsweredWrite) {
  const auto writer = node({.threads = false});
  const auto reader = node({.threads = false});
  stock_up(*writer, 50);
  for (int i = 1; i <= 25; ++i) {
    writer->decide(accepted(std::to_string(i), "TEE", 1));
    const auto views = reader->executor().read({"TEE"});
    ASSERT_TRUE(views) << views.error().detail;
    EXPECT_EQ((*views)[0].channels[0].available_to_sell, 50 - i);
  }
}

// ---- 28: a hold ends although its node is gone, and nobody asks for its SKU
// -------------------------

TEST_F(Schedules, AHoldEndsAlthoughItsNodeIsGone) {
  {
    const auto gone = node({.threads = false});
    stock_up(*gone, 10);
    EXPECT_EQ(gone->decide(placed("cart", "TEE", 4, 1)).status, OutcomeStatus::kAccepted);
    EXPECT_EQ(berlin("available"), 6);
  }
  const auto idle = node();
  EXPECT_TRUE(test::wait_until([&] { return berlin("available") == 10; }));
  EXPECT_EQ(server_->sql("SELECT open_holds FROM ledger"), "0");
  expect_books_add_up();
}

// ---- settings, and what follows from them
// ----------------------------------------------------------

TEST_F(Schedules, ASettingOfOneNodeIsTheOthersAtOnce) {
  const auto first = node({.threads = false});
  const auto second = node({.threads = false});
  stock_up(*first, 10);
  EXPECT_EQ(second->decide(accepted("1", "TEE", 1)).status, OutcomeStatus::kAccepted);
  Command buffer = channel("web", {"berlin"});
  buffer.channel_settings.buffer = 9;
  EXPECT_EQ(first->decide(buffer).status, OutcomeStatus::kRecorded);
  EXPECT_EQ(second->decide(accepted("2", "TEE", 1)).error.code, ErrorCode::kInsufficientStock);
  EXPECT_EQ(server_->sql("SELECT count(*) FROM event WHERE type = 'availability.changed'"), "2")
      << "in stock with the count, out of stock with the buffer";
  EXPECT_EQ(server_->sql("SELECT settled = settle FROM sku, ledger"), "t");
  expect_books_add_up();
}

}  // namespace
}  // namespace holdfast::shared
