// Start, readiness, drain: what an operator does with a server.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <filesystem>

#include <fmt/format.h>

#include "tests/integration/harness.h"

namespace holdfast::test {
namespace {

using ::testing::HasSubstr;

TEST(Lifecycle, BannerNamesAddressDataAndDurability) {
  const TempDir dir;
  Server server(dir / "data");
  ASSERT_TRUE(server.ready()) << server.process().err();
  ASSERT_TRUE(wait_until([&] { return server.process().out().find("loopback") != std::string::npos; }));
  const std::string banner = server.process().out();
  EXPECT_THAT(banner, HasSubstr(server.url()));
  EXPECT_THAT(banner, HasSubstr(dir / "data"));
  EXPECT_THAT(banner, HasSubstr("flushed to this disk"));
  EXPECT_THAT(banner, HasSubstr("no API key"));
  app::HttpClient client = server.client();
  EXPECT_EQ(client.get("/livez")->status, 200);
  EXPECT_EQ(client.get("/readyz")->status, 200);
  EXPECT_EQ(client.get("/metrics")->status, 200);
  EXPECT_EQ(get(client, "/openapi.json").text("/openapi").substr(0, 3), "3.1");
  EXPECT_EQ(server.stop(), 0);
}

TEST(Lifecycle, TermUnderLoadAnswersWhatItTookAndLosesNothing) {
  const TempDir dir;
  int64_t granted = 0;
  {
    Server server(dir / "data");
    ASSERT_TRUE(server.ready()) << server.process().err();
    app::HttpClient client = server.client();
    stock_up(client, "A", 1'000'000);
    std::atomic<int64_t> acknowledged{0};
    std::vector<std::thread> buyers;
    for (int buyer = 0; buyer < 8; ++buyer) {
      buyers.emplace_back([&, buyer] {
        app::HttpClient own = server.client();
        for (int n = 0;; ++n) {
          const std::string order = fmt::format("{}-{}", buyer, n);
          const auto answer = own.post(
              "/v1/orders",
              fmt::format(R"({{"channel":"web","order":"{}","lines":[{{"sku":"A","quantity":1}}]}})", order),
              {{"Idempotency-Key", order}});
          if (!answer || answer->status != 201) return;
          ++acknowledged;
        }
      });
    }
    ASSERT_TRUE(wait_until([&] { return acknowledged > 200; }));
    EXPECT_EQ(server.stop(), 0) << server.process().err();
    for (std::thread& buyer : buyers) buyer.join();
    granted = acknowledged;
  }
  const Finished verified = run_holdfast({"verify", "--data-dir", dir / "data"});
  EXPECT_EQ(verified.exit_code, 0) << verified.out << verified.err;
  Server again(dir / "data");
  ASSERT_TRUE(again.ready()) << again.process().err();
  app::HttpClient client = again.client();
  // an answer may be on disk and not yet at its client when the connection closes
  const int64_t committed = get(client, "/v1/stock/A").integer("/locations/0/committed");
  EXPECT_GE(committed, granted);
  EXPECT_LE(committed, granted + 8);
  EXPECT_EQ(again.stop(), 0);
}

TEST(Lifecycle, InterruptDrainsToo) {
  const TempDir dir;
  Server server(dir / "data");
  ASSERT_TRUE(server.ready()) << server.process().err();
  server.process().signal(SIGINT);
  EXPECT_EQ(server.process().wait(), 0) << server.process().err();
}

TEST(Lifecycle, HangupIsNoReasonToEnd) {
  const TempDir dir;
  Server server(dir / "data");
  ASSERT_TRUE(server.ready()) << server.process().err();
  server.process().signal(SIGHUP);
  app::HttpClient client = server.client();
  EXPECT_EQ(client.get("/livez")->status, 200);
  EXPECT_EQ(server.stop(), 0);
}

TEST(Lifecycle, AnAddressOthersCanReachIsRefusedWithoutKeys) {
  const TempDir dir;
  const Finished run = run_holdfast({"serve", "--listen", "0.0.0.0:0", "--data-dir", dir / "data"});
  EXPECT_EQ(run.exit_code, 78);
  EXPECT_THAT(run.err, HasSubstr("0.0.0.0"));
  EXPECT_THAT(run.err, HasSubstr("API keys"));
  EXPECT_FALSE(std::filesystem::exists(dir / "data")) << "a refused start leaves nothing behind";
}

TEST(Lifecycle, APortInUseIsNamed) {
  const TempDir dir;
  Server first(dir / "one");
  ASSERT_TRUE(first.ready()) << first.process().err();
  const std::string address = first.url().substr(7);
  const Finished second = run_holdfast({"serve", "--listen", address, "--data-dir", dir / "two"});
  EXPECT_EQ(second.exit_code, 1);
  EXPECT_THAT(second.err, HasSubstr(address));
  EXPECT_EQ(first.stop(), 0);
}

TEST(Lifecycle, ABadConfigurationEndsWith78AndNamesTheLine) {
  const TempDir dir;
  write_file(dir / "shop.toml", "[server]\nlissten = \"127.0.0.1:0\"\n");
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"serve", "--config", dir / "shop.toml", "--data-dir", dir / "data"},
        {"config", "check", dir / "shop.toml"},
        {"verify", "--config", dir / "shop.toml"}}) {
    const Finished run = run_holdfast(words);
    EXPECT_EQ(run.exit_code, 78) << words[0];
    EXPECT_THAT(run.err, HasSubstr("shop.toml:2: server.lissten: unknown key; did you mean 'listen'?"));
  }
}

TEST(Lifecycle, ChannelsOfTheFileAreInForceAndFollowIt) {
  const TempDir dir;
  const auto config = [&](int buffer) {
    write_file(dir / "shop.toml",
               fmt::format("[[channels]]\nid = \"web\"\nlocations = [\"berlin\"]\nbuffer = {}\n", buffer));
  };
  config(2);
  Server first(dir / "data", {"--config", dir / "shop.toml"});
  ASSERT_TRUE(first.ready()) << first.process().err();
  app::HttpClient client = first.client();
  stock_up(client, "A", 10);
  EXPECT_EQ(get(client, "/v1/stock/A").integer("/channels/web/available_to_sell"), 8);
  EXPECT_EQ(first.stop(), 0);
  config(5);
  Server second(dir / "data", {"--config", dir / "shop.toml"});
  ASSERT_TRUE(second.ready()) << second.process().err();
  app::HttpClient again = second.client();
  EXPECT_EQ(get(again, "/v1/stock/A").integer("/channels/web/available_to_sell"), 5);
  EXPECT_EQ(second.stop(), 0);
}

}  // namespace
}  // namespace holdfast::test
