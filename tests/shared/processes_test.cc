// `holdfast serve --ledger`: real processes, one PostgreSQL, and what is left when one is killed.
#include <atomic>
#include <mutex>
#include <set>
#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "tests/connectors/loopback_receiver.h"
#include "tests/integration/harness.h"
#include "tests/servers/postgres.h"

namespace holdfast::test {
namespace {

using testing::HasSubstr;

class SharedLedgerNodes : public testing::Test {
 protected:
  void SetUp() override {
    database_ = Postgres::start();
    ASSERT_NE(database_, nullptr);
    const Finished migrated = run_holdfast({"migrate", "--ledger", database_->url()});
    ASSERT_EQ(migrated.exit_code, 0) << migrated.err;
  }
  /// A node with a data directory of its own.
  std::unique_ptr<Server> node(const std::string& name, std::vector<std::string> more = {}) {
    more.insert(more.end(), {"--ledger", database_->url()});
    return std::make_unique<Server>(dir_ / name, std::move(more));
  }
  int64_t column(const std::string& name) {
    const std::string value = database_->sql("SELECT " + name + " FROM stock WHERE sku = 'A'");
    return value.empty() ? -1 : std::stoll(value);
  }

  const TempDir dir_;
  std::unique_ptr<Postgres> database_;
};

std::string order_body(const std::string& order) {
  return fmt::format(R"({{"channel":"web","order":"{}","lines":[{{"sku":"A","quantity":1}}]}})",
                     order);
}

TEST_F(SharedLedgerNodes, ServeTheSameLedgerAndTheirOwnChannels) {
  LoopbackReceiver shop;
  write_file(dir_ / "shop.toml", fmt::format(R"([[channels]]
id = "web"
locations = ["berlin"]
[ledger]
url = "{}"
[[sinks]]
name = "shop"
type = "webhook"
deliver = "stock"
channel = "web"
url = "{}"
allow_private_networks = ["127.0.0.0/8"]
)",
                                             database_->url(), shop.url()));
  Server first(dir_ / "first", {"--config", dir_ / "shop.toml"});
  ASSERT_TRUE(first.ready()) << first.process().err();
  EXPECT_THAT(first.process().out(), HasSubstr("flushed by the database"));
  app::HttpClient here = first.client();
  stock_up(here, "A", 10);
  const auto second = node("second");
  ASSERT_TRUE(second->ready()) << second->process().err();
  app::HttpClient there = second->client();
  EXPECT_EQ(get(there, "/v1/stock/A").integer("/locations/0/available"), 10);
  EXPECT_THAT(there.get("/readyz")->body, HasSubstr("flushed by the database"));

  EXPECT_EQ(post(there, "/v1/holds",
                 R"({"id":"cart-1","channel":"web","lines":[{"sku":"A","quantity":2}]})")
                .status,
            201);
  EXPECT_EQ(post(here, "/v1/holds/cart-1/commit", R"({"order":"1001"})").status, 201);
  EXPECT_EQ(get(there, "/v1/orders/web/1001").integer("/lines/0/committed"), 2);
  EXPECT_EQ(post(there, "/v1/orders", order_body("1002"), "key-1002").status, 201);
  const Answer again = post(here, "/v1/orders", order_body("1002"), "key-1002");
  EXPECT_EQ(again.status, 201);
  EXPECT_EQ(get(here, "/v1/stock/A").integer("/channels/web/available_to_sell"), 7);
  EXPECT_THAT(there.get("/v1/stock/A/events")->body, HasSubstr("order.accepted"));
  // a courier of one node tells what the other decided
  EXPECT_TRUE(wait_until([&] {
    const auto told = shop.accepted();
    return !told.empty() && told.back().body.find("\"available_to_sell\":7") != std::string::npos;
  })) << (shop.accepted().empty() ? "nothing was told" : shop.accepted().back().body);

  EXPECT_EQ(first.stop(), 0) << first.process().err();
  EXPECT_EQ(post(there, "/v1/orders", order_body("1003"), "key-1003").status, 201);
  EXPECT_EQ(second->stop(), 0) << second->process().err();
  EXPECT_EQ(column("committed"), 4);
}

TEST_F(SharedLedgerNodes, ADirectoryWithAJournalIsRefused) {
  {
    Server alone(dir_ / "data");
    ASSERT_TRUE(alone.ready()) << alone.process().err();
    EXPECT_EQ(alone.stop(), 0);
  }
  const auto refused = node("data");
  EXPECT_FALSE(refused->ready());
  EXPECT_THAT(refused->process().err(), HasSubstr("has the journal of one machine"));
}

/// What customers know of their orders.
struct Known {
  std::mutex mutex;
  std::set<std::string> granted, refused, unknown;
};

/// One order after another until it is told to stop; an order without an answer is asked again at
/// another node with the same key, for that is what clients do.
void buy(const std::vector<std::string>& urls, size_t client, const std::atomic<bool>& stop,
         Known* known) {
  for (int n = 0; !stop.load(); ++n) {
    const std::string order = fmt::format("{}-{}", client, n);
    app::HttpClient node(urls[(client + static_cast<size_t>(n)) % urls.size()]);
    const auto answer =
        node.post("/v1/orders", order_body(order), {{"Idempotency-Key", "key-" + order}});
    const std::lock_guard lock(known->mutex);
    if (answer && answer->status == 201) {
      known->granted.insert(order);
    } else if (answer && answer->status == 409) {
      known->refused.insert(order);
    } else {
      known->unknown.insert(order);
    }
  }
}

TEST_F(SharedLedgerNodes, WhatWasAcknowledgedSurvivesAKilledNode) {
  constexpr int kKills = 4;
  constexpr int64_t kStock = 1'000'000;
  std::vector<std::unique_ptr<Server>> nodes;
  for (const char* name : {"a", "b", "c"}) nodes.push_back(node(name));
  for (const auto& one : nodes) ASSERT_TRUE(one->ready()) << one->process().err();
  app::HttpClient first = nodes[0]->client();
  stock_up(first, "A", kStock);
  Known known;
  for (int kill = 0; kill < kKills; ++kill) {
    std::vector<std::string> urls;
    for (const auto& one : nodes) urls.push_back(one->url());
    std::atomic<bool> stop{false};
    std::vector<std::thread> clients;
    for (size_t client = 0; client < 12; ++client) {
      clients.emplace_back(
          [&, id = static_cast<size_t>(kill) * 100 + client] { buy(urls, id, stop, &known); });
    }
    const auto granted = [&] {
      const std::lock_guard lock(known.mutex);
      return known.granted.size();
    };
    const size_t before = granted();
    EXPECT_TRUE(wait_until([&] { return granted() > before + 100; })) << "no load";
    const size_t victim = static_cast<size_t>(kill) % nodes.size();
    nodes[victim]->kill();
    const size_t at_kill = granted();
    EXPECT_TRUE(wait_until([&] { return granted() > at_kill + 100; })) << "the others stand still";
    stop.store(true);
    for (std::thread& client : clients) client.join();
    nodes[victim] = node(std::string(1, static_cast<char>('a' + victim)));
    ASSERT_TRUE(nodes[victim]->ready()) << nodes[victim]->process().err();
  }
  // what has no answer gets one, at any node, by its key
  app::HttpClient last = nodes.back()->client();
  for (const std::string& order : known.unknown) {
    const Answer answer = post(last, "/v1/orders", order_body(order), "key-" + order);
    ASSERT_EQ(answer.status, 201) << answer.body.to_text();
    known.granted.insert(order);
  }
  EXPECT_TRUE(known.refused.empty());
  EXPECT_EQ(column("committed"), static_cast<int64_t>(known.granted.size()));
  EXPECT_EQ(column("available"), kStock - static_cast<int64_t>(known.granted.size()));
  EXPECT_EQ(database_->sql("SELECT count(*) FROM orders"), std::to_string(known.granted.size()));
  EXPECT_EQ(database_->sql("SELECT count(*) = max(seq) FROM event"), "t");
  EXPECT_EQ(database_->sql("SELECT last_seq = (SELECT max(seq) FROM event) FROM ledger"), "t");
  for (const std::string& order : known.granted) {
    ASSERT_EQ(get(last, "/v1/orders/web/" + order).integer("/lines/0/committed"), 1) << order;
  }
  for (const auto& one : nodes) EXPECT_EQ(one->stop(), 0) << one->process().err();
}

}  // namespace
}  // namespace holdfast::test
