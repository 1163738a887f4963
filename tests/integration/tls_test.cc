// HTTPS with the real binary: who is believed, and a certificate replaced while connections go on.
#include <algorithm>
#include <csignal>

#include <gmock/gmock.h>

#include "io/test_certificate.h"
#include "tests/integration/harness.h"

namespace holdfast::test {
namespace {

using testing::HasSubstr;

class Tls : public testing::Test {
 protected:
  Tls() { io::write_test_certificate(dir_ / "cert.pem", dir_ / "key.pem", "first"); }
  std::vector<std::string> files() const {
    return {"--tls-cert", dir_ / "cert.pem", "--tls-key", dir_ / "key.pem"};
  }
  static std::string https(const Server& server) { return "https" + server.url().substr(4); }

  TempDir dir_;
};

TEST_F(Tls, ServesWhoTrustsItsCertificateAndNotInTheClear) {
  Server server(dir_ / "data", files());
  ASSERT_TRUE(server.ready()) << server.process().err();
  EXPECT_TRUE(wait_until(
      [&] { return server.process().out().find("https://127.0.0.1") != std::string::npos; }));
  EXPECT_EQ(
      run_holdfast({"stock", "--server", https(server), "--ca-file", dir_ / "cert.pem"}).exit_code,
      0);
  const Finished stranger = run_holdfast({"stock", "--server", https(server)});
  EXPECT_EQ(stranger.exit_code, 1);
  EXPECT_THAT(stranger.err, HasSubstr("certificate"));
  EXPECT_EQ(run_holdfast({"stock", "--server", server.url()}).exit_code, 1);
  EXPECT_EQ(server.stop(), 0);
}

TEST_F(Tls, LargeAnswersAndStreamsComeWhole) {
  Server server(dir_ / "data", files());
  ASSERT_TRUE(server.ready()) << server.process().err();
  app::HttpClient client(https(server));
  client.set_ca_file(dir_ / "cert.pem");
  std::string facts;
  constexpr int kFacts = 3'000;
  for (int i = 0; i < kFacts; ++i) {
    facts += R"({"type":"stock.received","location":"berlin","sku":"SKU-)" + std::to_string(i) +
             R"(","quantity":1,"idempotency_key":"r-)" + std::to_string(i) + "\"}\n";
  }
  const auto told = client.post("/v1/events", facts, {{"Content-Type", "application/x-ndjson"}});
  ASSERT_TRUE(told.has_value()) << told.error().detail;
  EXPECT_EQ(std::count(told->body.begin(), told->body.end(), '\n'), kFacts);
  int events = 0;
  const auto heard =
      client.stream("/v1/feed?follow=false&types=stock.received", {}, [&](std::string_view piece) {
        events += static_cast<int>(std::count(piece.begin(), piece.end(), '\n'));
        return true;
      });
  ASSERT_TRUE(heard.has_value()) << heard.error().detail;
  EXPECT_EQ(events, kFacts);
  EXPECT_EQ(server.stop(), 0);
}

TEST_F(Tls, ANewCertificateIsTakenUpOnHangup) {
  Server server(dir_ / "data", files());
  ASSERT_TRUE(server.ready()) << server.process().err();
  write_file(dir_ / "old.pem", read_file(dir_ / "cert.pem"));
  app::HttpClient kept(https(server));
  kept.set_ca_file(dir_ / "old.pem");
  ASSERT_EQ(kept.get("/livez")->status, 200);
  io::write_test_certificate(dir_ / "cert.pem", dir_ / "key.pem", "second");
  server.process().signal(SIGHUP);
  const auto trusts = [&](const std::string& file) {
    app::HttpClient fresh(https(server));
    fresh.set_ca_file(dir_ / file);
    return fresh.get("/livez").has_value();
  };
  EXPECT_TRUE(wait_until([&] { return trusts("cert.pem"); }));
  EXPECT_FALSE(trusts("old.pem"));
  const auto again = kept.get("/livez");
  ASSERT_TRUE(again.has_value()) << "its connection goes on: " << again.error().detail;
  EXPECT_EQ(server.stop(), 0);
}

TEST_F(Tls, AKeyThatOthersMayReadIsRefused) {
  ::chmod((dir_ / "key.pem").c_str(), 0644);
  std::vector<std::string> words = {"serve", "--listen", "127.0.0.1:0", "--data-dir",
                                    dir_ / "data"};
  for (const std::string& word : files()) words.push_back(word);
  const Finished run = run_holdfast(words);
  EXPECT_EQ(run.exit_code, 78);
  EXPECT_THAT(run.err, HasSubstr("chmod"));
}

}  // namespace
}  // namespace holdfast::test
