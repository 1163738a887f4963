// `holdfast serve --ledger`, three of them over one PostgreSQL: sinks, keys and parked deliveries
// are the cluster's and not a node's.
#include <array>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "io/crypto.h"
#include "tests/connectors/kit.h"
#include "tests/connectors/loopback_receiver.h"
#include "tests/integration/harness.h"
#include "tests/servers/postgres.h"

namespace holdfast::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using testing::HasSubstr;

constexpr const char* kSecret = "correct horse battery staple";
constexpr const char* kConfig = R"([[channels]]
id = "web"
locations = ["berlin"]
[[sinks]]
name = "erp"
type = "webhook"
url = "{0}/erp"
allow_private_networks = ["127.0.0.0/8"]
[[sinks]]
name = "shop"
type = "webhook"
deliver = "stock"
channel = "web"
url = "{0}/shop"
allow_private_networks = ["127.0.0.0/8"]
[[sources]]
name = "wms"
type = "generic"
secrets = ["{1}"]
signature = {{ scheme = "hmac-sha256", header = "x-signature", encoding = "hex" }}
[sources.mapping]
id = "/id"
type = {{ constant = "stock.received" }}
sku = "/item"
location = "/site"
quantity = "/qty"
occurred_at = "/at"
)";

class ClusterTest : public testing::Test {
 protected:
  static constexpr size_t kNodes = 3;

  void SetUp() override {
    database_ = Postgres::start();
    ASSERT_NE(database_, nullptr);
    ASSERT_EQ(run_holdfast({"migrate", "--ledger", database_->url()}).exit_code, 0);
    write_file(home_ / "shop.toml", fmt::format(kConfig, receiver_.url(""), kSecret));
    receiver_.answer_with([this](const Received& request) {
      const std::lock_guard lock(mutex_);
      if (request.path == "/erp") told_.insert(seq_of_id(request.headers.at("webhook-id")));
      feed::Item item;
      item.body = request.body;
      // Of that SKU: at a takeover the others are told again, in whatever order.
      const bool of_it = request.body.find("\"sku-1\"") != std::string::npos;
      if (request.path == "/shop" && of_it) last_number_ = told_number(item);
      return LoopbackReceiver::Answer{};
    });
    for (size_t i = 0; i < kNodes; ++i) start(i);
    for (size_t i = 0; i < kNodes; ++i)
      ASSERT_TRUE(nodes_[i]->ready()) << nodes_[i]->process().err();
  }
  void start(size_t i) {
    nodes_[i] = std::make_unique<Server>(
        home_ / fmt::format("node-{}", i),
        std::vector<std::string>{"--config", home_ / "shop.toml", "--ledger", database_->url()});
  }

  Answer sink(size_t node, const std::string& name) {
    auto client = nodes_[node]->client();
    return get(client, "/v1/sinks/" + name);
  }
  /// The node that serves it, as `seen_by` says; kNodes: nobody.
  size_t serving(const std::string& name, size_t seen_by) {
    const std::string address = sink(seen_by, name).text("/served_by");
    for (size_t i = 0; i < kNodes; ++i)
      if (!address.empty() && nodes_[i]->url() == "http://" + address) return i;
    return kNodes;
  }
  void count(size_t node, const std::string& sku, int64_t units) {
    auto client = nodes_[node]->client();
    stock_up(client, sku, units);
  }
  bool all_told(Seq upto) {
    const std::lock_guard lock(mutex_);
    return told_.size() == upto && (told_.empty() || *told_.rbegin() == upto);
  }
  Seq last_seq() { return std::stoull(database_->sql("SELECT last_seq FROM ledger")); }
  int64_t last_number() {
    const std::lock_guard lock(mutex_);
    return last_number_;
  }
  template <typename Condition>
  static bool within(milliseconds time, const Condition& condition) {
    const auto begin = steady_clock::now();
    return wait_until(condition) && steady_clock::now() - begin < time;
  }

  TempDir home_;
  std::unique_ptr<Postgres> database_;
  LoopbackReceiver receiver_;
  std::array<std::unique_ptr<Server>, kNodes> nodes_;

 private:
  std::mutex mutex_;  ///< guards what follows
  std::set<Seq> told_;
  int64_t last_number_ = -1;
};

TEST_F(ClusterTest, EverySinkIsServedByOneNodeAndTakenOverWhenThatIsKilled) {
  ASSERT_TRUE(
      wait_until([&] { return serving("erp", 0) < kNodes && serving("shop", 0) < kNodes; }));
  for (int i = 0; i < 30; ++i) count(i % kNodes, fmt::format("sku-{}", i % 4), i + 1);
  ASSERT_TRUE(wait_until([&] { return all_told(last_seq()); }));
  ASSERT_TRUE(wait_until([&] { return serving("erp", 0) == serving("erp", 2); }));

  const size_t first = serving("erp", 0);
  const size_t other = (first + 1) % kNodes;
  ASSERT_LT(first, kNodes);
  nodes_[first]->kill();
  count(other, "sku-1", 77);
  EXPECT_TRUE(within(milliseconds(9'000), [&] {
    const size_t now = serving("erp", other);
    return now != first && now < kNodes;
  }));
  EXPECT_TRUE(wait_until([&] { return all_told(last_seq()); }));
  EXPECT_TRUE(wait_until([&] { return last_number() == 77; }));

  start(first);
  ASSERT_TRUE(nodes_[first]->ready());
  const size_t second = serving("erp", other);
  EXPECT_TRUE(wait_until([&] { return serving("erp", first) == second; }));
  EXPECT_EQ(nodes_[second]->stop(), 0);  // it drains: another goes on at once
  const size_t left = (second + 1) % kNodes;
  count(left, "sku-2", 99);
  EXPECT_TRUE(within(milliseconds(3'000), [&] { return all_told(last_seq()); }));
}

TEST_F(ClusterTest, WhatIsAskedAtOneNodeIsSoAtAll) {
  ASSERT_TRUE(wait_until([&] { return serving("erp", 0) < kNodes; }));
  count(0, "sku-1", 5);
  ASSERT_TRUE(wait_until([&] { return all_told(last_seq()); }));
  const size_t other = (serving("erp", 0) + 1) % kNodes;
  auto client = nodes_[other]->client();
  EXPECT_EQ(post(client, "/v1/sinks/erp/pause", "").status, 200);
  for (size_t i = 0; i < kNodes; ++i)
    EXPECT_TRUE(
        within(milliseconds(3'000), [&] { return sink(i, "erp").text("/state") == "paused"; }));
  const Seq before = last_seq();
  count(1, "sku-1", 6);
  count(1, "sku-2", 6);
  EXPECT_TRUE(wait_until([&] { return sink(other, "erp").integer("/lag_events") > 0; }));
  EXPECT_TRUE(all_told(before));
  EXPECT_EQ(post(client, "/v1/sinks/erp/resume", "").status, 200);
  EXPECT_TRUE(within(milliseconds(3'000), [&] { return all_told(last_seq()); }));
}

TEST_F(ClusterTest, AKeyIsMadeAndDeletedForAllNodes) {
  const Finished made = run_holdfast({"key", "create", "--ledger", database_->url(), "--name",
                                      "admin", "--scopes", "admin", "--json"});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  const std::string admin = json::parse_value(made.out)->get("key")->as_text().value_or("");
  const auto status = [&](size_t node, const std::string& key) {
    app::HttpClient client(nodes_[node]->url());
    client.set_key(key);
    return get(client, "/v1/sinks").status;
  };
  for (size_t i = 0; i < kNodes; ++i) {
    EXPECT_TRUE(within(milliseconds(2'000), [&] { return status(i, "") == 401; }));
    EXPECT_EQ(status(i, admin), 200);
  }
  app::HttpClient client(nodes_[1]->url());
  client.set_key(admin);
  const Answer till = post(client, "/v1/keys", R"({"name":"till","scopes":["admin"]})");
  ASSERT_EQ(till.status, 201);
  for (size_t i = 0; i < kNodes; ++i)
    EXPECT_TRUE(within(milliseconds(2'000), [&] { return status(i, till.text("/key")) == 200; }));
  ASSERT_TRUE(client.remove("/v1/keys/till"));
  for (size_t i = 0; i < kNodes; ++i)
    EXPECT_TRUE(within(milliseconds(2'000), [&] { return status(i, till.text("/key")) == 401; }));
}

TEST_F(ClusterTest, WhatOneNodeParkedAllShow) {
  const std::string body =
      R"({"id":"d1","item":"sku-1","site":"berlin","qty":"many","at":"2026-11-01T00:00:00Z"})";
  auto client = nodes_[0]->client();
  const auto told =
      client.post("/v1/sources/wms", body,
                  {{"x-signature", io::to_hex(io::as_text(io::hmac_sha256(kSecret, body)))}});
  ASSERT_TRUE(told);
  ASSERT_LT(told->status, 300) << told->body;
  for (size_t i = 0; i < kNodes; ++i) {
    auto asked = nodes_[i]->client();
    EXPECT_TRUE(within(milliseconds(2'000), [&] {
      return get(asked, "/v1/sources/wms/parked").text("/parked/0/delivery_id") == "d1";
    }));
  }
}

}  // namespace
}  // namespace holdfast::test
