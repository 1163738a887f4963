// Each request has an id: the client's own or a made one, in the answer, in the problem and in the
// log.
#include <mutex>
#include <set>
#include <vector>

#include <fmt/format.h>

#include "tests/http/test_node.h"

namespace holdfast::http {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;

class RequestIdTest : public NodeTest {
 protected:
  void log_from(telemetry::LogLevel level) {
    log_ = telemetry::Log::to(
        [this](std::string_view line) {
          const std::lock_guard lock(mutex_);
          lines_.emplace_back(line);
        },
        level, telemetry::LogFormat::kJson);
  }
  std::vector<std::string> lines() {
    const std::lock_guard lock(mutex_);
    return lines_;
  }
  std::string last_line() {
    const std::lock_guard lock(mutex_);
    return lines_.empty() ? std::string() : lines_.back();
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> lines_;  ///< guarded by mutex_
};

TEST_F(RequestIdTest, IsTheClientsOwn) {
  stock("A", 5);
  const Received held = client().post("/v1/holds", R"({"lines":[{"sku":"A","quantity":1}]})",
                                      "X-Request-ID: cart-77.b_1\r\n");
  EXPECT_EQ(held.status, 201);
  EXPECT_EQ(held.headers.at("x-request-id"), "cart-77.b_1");
  const Received short_of = client().post("/v1/holds", R"({"lines":[{"sku":"A","quantity":50}]})",
                                          "X-Request-ID: cart-78\r\n");
  EXPECT_EQ(short_of.status, 409);
  EXPECT_EQ(short_of.headers.at("x-request-id"), "cart-78");
  EXPECT_EQ(short_of.text("/request_id"), "cart-78");
  EXPECT_EQ(short_of.text("/instance"), "/v1/holds");
}

TEST_F(RequestIdTest, IsMadeWhereTheClientHasNoneThatCanBeUsed) {
  std::set<std::string> made;
  for (const std::string& sent :
       {std::string(), std::string("X-Request-Id: \r\n"), std::string("X-Request-Id: a b\r\n"),
        std::string("X-Request-Id: \"}\r\n"), "X-Request-Id: " + std::string(65, 'a') + "\r\n"}) {
    const Received answer = client().get("/livez", sent);
    EXPECT_EQ(answer.status, 200);
    EXPECT_THAT(answer.headers.at("x-request-id"), MatchesRegex("[0-9a-f]{12}-[0-9a-f]+")) << sent;
    made.insert(answer.headers.at("x-request-id"));
  }
  EXPECT_EQ(made.size(), 5u);
  const std::string longest(64, 'a');
  EXPECT_EQ(client().get("/livez", "X-Request-Id: " + longest + "\r\n").headers.at("x-request-id"),
            longest);
}

TEST_F(RequestIdTest, EveryKindOfAnswerHasOne) {
  stock("A", 5);
  const Received stream = client().get("/v1/feed?follow=false&after=0", "X-Request-Id: s\r\n");
  EXPECT_EQ(stream.headers.at("x-request-id"), "s");
  const Received lines = client().post(
      "/v1/batch", R"({"do":"order.accept","order":"1","lines":[{"sku":"A","quantity":1}]})",
      "Content-Type: application/x-ndjson\r\nX-Request-Id: n\r\n");
  EXPECT_EQ(lines.headers.at("x-request-id"), "n");
  Client broken(port());
  broken.send("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n");
  const Received refused = broken.receive();
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(refused.text("/request_id"), refused.headers.at("x-request-id"));
}

TEST_F(RequestIdTest, RefusalsAreLoggedWithTheirIdAndWithoutWhatWasSent) {
  log_from(telemetry::LogLevel::kDebug);
  client().post("/v1/holds", R"({"lines":[{"sku":"A","quantity":1}],"secret":"s3cret"})",
                "X-Request-Id: h-1\r\n");
  EXPECT_THAT(last_line(),
              AllOf(HasSubstr(R"("level":"debug")"), HasSubstr(R"("request_id":"h-1")"),
                    HasSubstr(R"("status":400)"), HasSubstr(R"("code":"unknown_field")"),
                    HasSubstr(R"("path":"/v1/holds")"), Not(HasSubstr("s3cret"))));
  client().get("/livez");
  EXPECT_EQ(lines().size(), 1u) << "what went well is not written down";
}

TEST_F(RequestIdTest, WhatWeCouldNotDoIsAWarningAndAFloodOfThemIsBounded) {
  log_from(telemetry::LogLevel::kInfo);
  client().get("/v1/stock/none");
  EXPECT_EQ(lines().size(), 0u) << "a client's mistake is not the operator's";
  server_->start_draining();
  for (int i = 0; i < 200; ++i) {
    EXPECT_EQ(client().get("/readyz", fmt::format("X-Request-Id: r-{}\r\n", i)).status, 503);
  }
  EXPECT_THAT(lines().front(),
              AllOf(HasSubstr(R"("level":"warning")"), HasSubstr(R"("request_id":"r-0")"),
                    HasSubstr("shutting_down")));
  EXPECT_LT(lines().size(), 100u);
}

}  // namespace
}  // namespace holdfast::http
