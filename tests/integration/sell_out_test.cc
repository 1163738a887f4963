// 64 connections buy one SKU of which there are 1,000: exactly 1,000 get one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <mutex>
#include <set>

#include <fmt/format.h>

#include "tests/integration/harness.h"

namespace holdfast::test {
namespace {

constexpr int kConnections = 64;
constexpr int kOrdersEach = 25;
constexpr int kStock = 1'000;

struct Tally {
  std::mutex mutex;
  std::set<std::string> granted, refused;
  std::vector<std::string> odd;  ///< anything else, in words
};

/// Every connection places its orders, one after the other, with keys that are its own.
void buy(const Server& server, Tally* tally) {
  std::vector<std::thread> buyers;
  for (int connection = 0; connection < kConnections; ++connection) {
    buyers.emplace_back([&server, tally, connection] {
      app::HttpClient client = server.client();
      for (int n = 0; n < kOrdersEach; ++n) {
        const std::string order = fmt::format("{}-{}", connection, n);
        const Answer answer = post(
            client, "/v1/orders",
            fmt::format(R"({{"channel":"web","order":"{}","lines":[{{"sku":"A","quantity":1}}]}})", order),
            "key-" + order);
        const std::lock_guard lock(tally->mutex);
        if (answer.status == 201) {
          tally->granted.insert(order);
        } else if (answer.status == 409 && answer.text("/code") == "insufficient_stock" &&
                   answer.text("/shortages/0/sku") == "A" &&
                   answer.integer("/shortages/0/requested") == 1 &&
                   answer.integer("/shortages/0/available_to_sell") == 0) {
          tally->refused.insert(order);
        } else {
          tally->odd.push_back(fmt::format("{}: {} {}", order, answer.status, answer.body.to_text()));
        }
      }
    });
  }
  for (std::thread& buyer : buyers) buyer.join();
}

TEST(SellOut, ExactlyTheStockIsSoldAndTheSameKeysChangeNothing) {
  const TempDir dir;
  Server server(dir / "data");
  ASSERT_TRUE(server.ready()) << server.process().err();
  app::HttpClient client = server.client();
  stock_up(client, "A", kStock);

  Tally first;
  buy(server, &first);
  EXPECT_THAT(first.odd, ::testing::IsEmpty());
  EXPECT_EQ(first.granted.size(), static_cast<size_t>(kStock));
  EXPECT_EQ(first.refused.size(), static_cast<size_t>(kConnections * kOrdersEach - kStock));
  const Answer after_first = get(client, "/v1/stock/A");
  EXPECT_EQ(after_first.integer("/locations/0/available"), 0);
  EXPECT_EQ(after_first.integer("/locations/0/committed"), kStock);

  Tally again;
  buy(server, &again);
  EXPECT_THAT(again.odd, ::testing::IsEmpty());
  EXPECT_EQ(again.granted, first.granted);
  EXPECT_EQ(again.refused, first.refused);
  EXPECT_EQ(get(client, "/v1/stock/A").body.to_text(), after_first.body.to_text());

  EXPECT_EQ(server.stop(), 0);
  const Finished verified = run_holdfast({"verify", "--data-dir", dir / "data"});
  EXPECT_EQ(verified.exit_code, 0) << verified.out << verified.err;
}

}  // namespace
}  // namespace holdfast::test
