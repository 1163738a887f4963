// kill -9 under load, again and again: whatever was acknowledged is there once, nothing else is.
#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <set>

#include <fmt/format.h>

#include "base/random.h"
#include "tests/integration/harness.h"

namespace holdfast::test {
namespace {

constexpr int kCycles = 50;
constexpr int kVerifyEvery = 10;
constexpr int kBuyers = 8;
constexpr int64_t kStock = 100'000'000;

std::string order_body(const std::string& order) {
  return fmt::format(R"({{"channel":"web","order":"{}","lines":[{{"sku":"A","quantity":2}},{{"sku":"B","quantity":1}}]}})",
                     order);
}

/// Orders by what the client knows of them.
struct Known {
  std::mutex mutex;
  std::set<std::string> acknowledged;
  std::set<std::string> unknown;  ///< asked for, and no answer came
};

/// Buys until the server is gone.
void buy_until_killed(const Server& server, int cycle, int buyer, Known* known) {
  app::HttpClient client = server.client();
  for (int n = 0;; ++n) {
    const std::string order = fmt::format("{}-{}-{}", cycle, buyer, n);
    const Result<app::HttpAnswer> answer =
        client.post("/v1/orders", order_body(order), {{"Idempotency-Key", order}});
    const std::lock_guard lock(known->mutex);
    if (answer && answer->status == 201) {
      known->acknowledged.insert(order);
      continue;
    }
    EXPECT_FALSE(answer) << answer->status << answer->body;
    known->unknown.insert(order);
    return;
  }
}

/// What was acknowledged is there; what is unknown becomes known by asking again with the same key; the
/// balances are those orders and no more.
void check(app::HttpClient& client, Known* known, const std::set<std::string>& fresh) {
  for (const std::string& order : fresh) {
    const Answer answer = get(client, "/v1/orders/web/" + order);
    ASSERT_EQ(answer.status, 200) << "acknowledged order " << order << " is gone";
    EXPECT_EQ(answer.integer("/lines/0/committed"), 2) << answer.body.to_text();
    EXPECT_EQ(answer.integer("/lines/1/committed"), 1) << answer.body.to_text();
  }
  for (const std::string& order : known->unknown) {
    const Answer answer = post(client, "/v1/orders", order_body(order), order);
    ASSERT_EQ(answer.status, 201) << answer.body.to_text();
    known->acknowledged.insert(order);
  }
  known->unknown.clear();
  const auto orders = static_cast<int64_t>(known->acknowledged.size());
  EXPECT_EQ(get(client, "/v1/stock/A").integer("/locations/0/committed"), 2 * orders);
  EXPECT_EQ(get(client, "/v1/stock/B").integer("/locations/0/committed"), orders);
  EXPECT_EQ(get(client, "/v1/stock/A").integer("/locations/0/available"), kStock - 2 * orders);
}

TEST(Kill, EveryAcknowledgedOrderSurvivesFiftyKills) {
  const TempDir dir;
  SystemRandom random;
  Known known;
  std::set<std::string> before;
  for (int cycle = 0; cycle < kCycles; ++cycle) {
    Server server(dir / "data");
    ASSERT_TRUE(server.ready()) << "cycle " << cycle << ": " << server.process().err();
    app::HttpClient client = server.client();
    if (cycle == 0) {
      stock_up(client, "A", kStock);
      stock_up(client, "B", kStock);
    }
    std::set<std::string> fresh;
    for (const std::string& order : known.acknowledged) {
      if (!before.contains(order)) fresh.insert(order);
    }
    check(client, &known, fresh);
    if (::testing::Test::HasFailure()) return;
    before = known.acknowledged;

    std::vector<std::thread> buyers;
    for (int buyer = 0; buyer < kBuyers; ++buyer) {
      buyers.emplace_back([&, buyer] { buy_until_killed(server, cycle, buyer, &known); });
    }
    // under load: some orders of this cycle are acknowledged; then at a moment nobody chose
    wait_until([&] {
      const std::lock_guard lock(known.mutex);
      return known.acknowledged.size() > before.size() + random.below(200);
    });
    server.kill();
    for (std::thread& buyer : buyers) buyer.join();
    if (cycle % kVerifyEvery == kVerifyEvery - 1) {
      const Finished verified = run_holdfast({"verify", "--data-dir", dir / "data"});
      ASSERT_EQ(verified.exit_code, 0) << "cycle " << cycle << ": " << verified.out << verified.err;
    }
  }
  Server server(dir / "data");
  ASSERT_TRUE(server.ready()) << server.process().err();
  app::HttpClient client = server.client();
  check(client, &known, known.acknowledged);
  EXPECT_GT(known.acknowledged.size(), static_cast<size_t>(kCycles));
  EXPECT_EQ(server.stop(), 0);
}

}  // namespace
}  // namespace holdfast::test
