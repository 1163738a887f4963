// Every class of refusal over HTTP: the status, the code, and that nothing was left behind.
#include <fmt/format.h>

#include "tests/http/test_node.h"

namespace holdfast::http {
namespace {

using testing::HasSubstr;

class RefusalsTest : public NodeTest {
 protected:
  /// Sends it, and sees that the log did not grow.
  Received refused(std::string_view method, std::string_view target, std::string_view body,
                   std::string_view headers = {}) {
    const Seq before = store_.durable_seq();
    Received answer = client().request(method, target, body, headers);
    EXPECT_EQ(store_.durable_seq(), before) << target << " left something behind";
    EXPECT_GE(answer.status, 400) << answer.body;
    EXPECT_EQ(answer.headers["content-type"], "application/problem+json");
    return answer;
  }
  Received hold(std::string_view body) { return refused("POST", "/v1/holds", body); }
};

TEST_F(RefusalsTest, MalformedBodies) {
  stock("A", 5);
  EXPECT_EQ(hold("{\"lines\":").code(), "malformed_json");
  EXPECT_EQ(hold("[]").status, 400);
  EXPECT_EQ(hold("").status, 400);
  EXPECT_EQ(hold("\xff").status, 400);
  const Received unknown =
      hold(R"({"lines":[{"sku":"A","quantity":1,"color":"red"}]})");
  EXPECT_EQ(unknown.status, 400);
  EXPECT_EQ(unknown.code(), "unknown_field");
  EXPECT_EQ(unknown.text("/errors/0/pointer"), "/lines/0/color");
  EXPECT_EQ(hold(R"({"reference":"a","reference":"b","lines":[{"sku":"A","quantity":1}]})").code(),
            "duplicate_field");
}

TEST_F(RefusalsTest, Quantities) {
  stock("A", 5);
  for (const char* quantity : {"0", "-1", "1000000000000000000", "2.5", "\"3\"", "1e2", "null"}) {
    const Received answer =
        hold(fmt::format(R"({{"lines":[{{"sku":"A","quantity":{}}}]}})", quantity));
    EXPECT_EQ(answer.status, 422) << quantity << " " << answer.body;
    EXPECT_THAT(answer.body, HasSubstr("/lines/0/quantity")) << quantity;
  }
}

TEST_F(RefusalsTest, Names) {
  const auto with_sku = [&](const std::string& sku) {
    return hold(fmt::format(R"({{"lines":[{{"sku":"{}","quantity":1}}]}})", sku));
  };
  EXPECT_EQ(with_sku(std::string(129, 'x')).code(), "invalid_name");
  EXPECT_EQ(with_sku("a\\u0007b").code(), "invalid_name");
  EXPECT_EQ(with_sku(" a").code(), "invalid_name");
  EXPECT_EQ(with_sku("").code(), "invalid_name");
}

TEST_F(RefusalsTest, AnEmptyOrASecondKeyIsNotTakenForNone) {
  stock("A", 5);
  const std::string body = R"({"lines":[{"sku":"A","quantity":1}]})";
  EXPECT_EQ(refused("POST", "/v1/holds", body, "Idempotency-Key:\r\n").code(), "invalid_value");
  EXPECT_EQ(refused("POST", "/v1/holds", body, "Idempotency-Key: a\r\nIdempotency-Key: b\r\n").code(),
            "invalid_value");
}

TEST_F(RefusalsTest, RoutesMethodsAndMediaTypes) {
  EXPECT_EQ(refused("GET", "/v2/stock", "").code(), "not_found");
  const Received method = refused("PATCH", "/v1/holds", "");
  EXPECT_EQ(method.status, 405);
  EXPECT_EQ(method.headers.at("allow"), "POST, GET, HEAD");
  const Received media = refused("POST", "/v1/holds", "a=b", "Content-Type: application/x-www-form-urlencoded\r\n");
  EXPECT_EQ(media.status, 415);
  EXPECT_EQ(refused("POST", "/v1/events", "a,b", "Content-Type: text/csv\r\n").status, 415);
  EXPECT_EQ(refused("GET", "/v1/stock", "", "Authorization: Bearer x\r\n").status, 401);
}

TEST_F(RefusalsTest, WhatTheLedgerRefuses) {
  stock("A", 2);
  EXPECT_EQ(hold(R"({"lines":[{"sku":"A","quantity":3}]})").status, 409);
  EXPECT_EQ(hold(R"({"lines":[{"sku":"new","quantity":1}]})").code(), "insufficient_stock");
  EXPECT_EQ(refused("GET", "/v1/stock/none", "").code(), "unknown_sku");
  EXPECT_EQ(refused("GET", "/v1/holds/none", "").code(), "unknown_hold");
  EXPECT_EQ(refused("POST", "/v1/holds/none/commit", R"({"order":"1"})").status, 404);
  EXPECT_EQ(refused("GET", "/v1/orders/web/none", "").code(), "unknown_order");
  EXPECT_EQ(refused("POST", "/v1/events", R"({"type":"stock.sold","location":"berlin","sku":"A","quantity":1})").code(),
            "idempotency_key_required");
}

TEST_F(RefusalsTest, BodiesOverTheLimit) {
  options_.body_bytes_max = 1'000;
  start();
  const Received large = refused("POST", "/v1/holds", std::string(1'001, ' '));
  EXPECT_EQ(large.status, 413);
  EXPECT_EQ(large.headers.at("connection"), "close");
}

TEST_F(RefusalsTest, AnOccupiedPortIsNamed) {
  ServerOptions taken;
  taken.port = port();
  const auto second = HttpServer::start(taken, ServerPorts{.commands = *executor_,
                                                           .history = *executor_,
                                                           .events = *events_,
                                                           .log = *log_,
                                                           .metrics = metrics_,
                                                           .clock = clock_});
  ASSERT_FALSE(second.has_value());
  EXPECT_THAT(second.error().detail, HasSubstr(fmt::format("127.0.0.1:{}", port())));
  ServerOptions nowhere;
  nowhere.address = "no.such.host";
  EXPECT_EQ(HttpServer::start(nowhere, ServerPorts{.commands = *executor_,
                                                   .history = *executor_,
                                                   .events = *events_,
                                                   .log = *log_,
                                                   .metrics = metrics_,
                                                   .clock = clock_})
                .error()
                .code,
            ErrorCode::kConfigInvalid);
}

TEST(Loopback, IsRecognized) {
  for (const char* inside : {"127.0.0.1", "127.9.9.9", "::1", "localhost"})
    EXPECT_TRUE(is_loopback_address(inside)) << inside;
  for (const char* outside : {"0.0.0.0", "::", "10.0.0.1", "example.com", "128.0.0.1"})
    EXPECT_FALSE(is_loopback_address(outside)) << outside;
}

}  // namespace
}  // namespace holdfast::http
