// A primary with two standbys of which one has to confirm each commit: what a node answered
// survives the loss of the primary, and what nobody confirmed is not answered.
#include <atomic>
#include <future>
#include <mutex>
#include <set>
#include <thread>

#include <fmt/format.h>

#include "store/postgres/migration.h"
#include "store/postgres/start.h"
#include "tests/shared/nodes.h"

namespace holdfast::shared {
namespace {

using store::postgres::Connection;
using store::postgres::Durability;
using store::postgres::Url;
using test::Postgres;
using test::wait_until;

class Failover : public testing::Test {
 protected:
  void SetUp() override {
    primary_ = Postgres::start();
    ASSERT_NE(primary_, nullptr);
    {
      const auto connection =
          Connection::open(*Url::parse(primary_->url()), store::postgres::migrating());
      ASSERT_TRUE(connection) << connection.error().detail;
      ASSERT_TRUE(store::postgres::migrate(**connection, "test"));
    }
    a_ = primary_->standby("a");
    b_ = primary_->standby("b");
    ASSERT_TRUE(a_ && b_);
    primary_->set("synchronous_standby_names", "ANY 1 (a, b)");
    const auto connection = Connection::open(*Url::parse(url()));
    ASSERT_TRUE(connection) << connection.error().detail;
    const auto facts = store::postgres::check_start(**connection, Durability::kReplicated);
    ASSERT_TRUE(facts) << facts.error().detail;
    node_ = std::make_unique<Node>(url(), NodeOptions{});
    node_->decide(channel("web", {"berlin"}));
    node_->decide(counted("TEE", "berlin", 100'000));
  }

  std::string url() const {
    return fmt::format("postgresql://holdfast@127.0.0.1:{},127.0.0.1:{},127.0.0.1:{}/holdfast",
                       primary_->port(), a_->port(), b_->port());
  }

  /// The primary is lost, and the standby that has more of the log takes its place: it has every
  /// commit that was confirmed.
  Postgres& fail_over() {
    primary_->kill();
    const auto received = [](Postgres& standby) {
      // nothing comes any more: what was received is replayed
      EXPECT_TRUE(wait_until([&] {
        return standby.sql(
                   "SELECT pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() AND NOT EXISTS "
                   "(SELECT FROM pg_stat_wal_receiver)") == "t";
      }));
      return standby.sql("SELECT pg_last_wal_replay_lsn()");
    };
    const std::string of_a = received(*a_), of_b = received(*b_);
    const bool a_has_more =
        a_->sql(fmt::format("SELECT '{}'::pg_lsn >= '{}'::pg_lsn", of_a, of_b)) == "t";
    Postgres& next = a_has_more ? *a_ : *b_;
    next.promote();
    return next;
  }

  std::unique_ptr<Postgres> primary_, a_, b_;
  std::unique_ptr<Node> node_;
};

TEST_F(Failover, WhatWasAnsweredIsThereAfterTheLossOfThePrimary) {
  constexpr int kClients = 8;
  std::mutex mutex;
  std::set<std::string> answered;
  std::atomic<int> before{0}, after{0};
  std::atomic<bool> failed_over{false}, stop{false};
  std::vector<std::thread> clients;
  for (int client = 0; client < kClients; ++client) {
    clients.emplace_back([&, client] {
      for (int i = 0; !stop; ++i) {
        const std::string order = fmt::format("o-{}-{}", client, i);
        const bool was_after = failed_over;
        if (node_->decide(accepted(order, "TEE", 1)).status != OutcomeStatus::kAccepted) continue;
        const std::lock_guard lock(mutex);
        answered.insert(order);
        ++(was_after ? after : before);
      }
    });
  }
  EXPECT_TRUE(wait_until([&] { return before > 200; }));
  Postgres& next = fail_over();
  failed_over = true;
  EXPECT_TRUE(wait_until([&] { return after > 200; })) << "the node goes on at the new primary";
  stop = true;
  for (std::thread& client : clients) client.join();

  const auto connection = Connection::open(*Url::parse(url()));
  ASSERT_TRUE(connection) << connection.error().detail;
  EXPECT_EQ(store::postgres::server_identity(**connection)->timeline, 2);
  std::string list;
  for (const std::string& order : answered)
    list += fmt::format("{}'{}'", list.empty() ? "" : ",", order);
  EXPECT_EQ(next.sql("SELECT count(*) FROM orders WHERE \"order\" IN (" + list + ")"),
            std::to_string(answered.size()));
  EXPECT_EQ(next.sql("SELECT committed = (SELECT sum(committed) FROM orders) FROM stock"), "t");
  EXPECT_EQ(next.sql("SELECT last_seq = (SELECT count(*) FROM event) FROM ledger"), "t");
}

TEST_F(Failover, AnAnswerWaitsForAStandby) {
  a_->pause();
  b_->pause();
  std::future<Outcome> outcome =
      std::async(std::launch::async, [&] { return node_->decide(accepted("o-1", "TEE", 1)); });
  EXPECT_TRUE(wait_until([&] {
    return primary_->sql("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'") ==
           "1";
  }));
  EXPECT_EQ(outcome.wait_for(std::chrono::milliseconds(100)), std::future_status::timeout);
  b_->resume();
  EXPECT_EQ(outcome.get().status, OutcomeStatus::kAccepted);
  a_->resume();
}

// failing-schedule 22: the session of a COMMIT that waits for a standby ends. It is committed at
// the primary, but only there: whoever settles it must wait for a standby too.
TEST_F(Failover, ACommitThatIsSettledWaitsForAStandbyToo) {
  a_->pause();
  b_->pause();
  std::future<Outcome> outcome =
      std::async(std::launch::async, [&] { return node_->decide(accepted("o-1", "TEE", 1)); });
  EXPECT_TRUE(
      wait_until([&] { return primary_->terminate_backends("wait_event = 'SyncRep'") == 1; }));
  EXPECT_EQ(outcome.wait_for(std::chrono::seconds(2)), std::future_status::timeout)
      << "answered with nothing confirmed";
  a_->resume();
  b_->resume();
  EXPECT_EQ(outcome.get().status, OutcomeStatus::kAccepted);
}

}  // namespace
}  // namespace holdfast::shared
