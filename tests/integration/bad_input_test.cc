// Input that must be refused: each with a status, a stable code, the field and a remedy, and nothing of it
// left behind.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "tests/integration/harness.h"

namespace holdfast::test {
namespace {

struct Case {
  std::string name;
  std::string path;
  std::string body;
  int status;
  std::string code;
  std::string pointer;  ///< empty: not looked at
  std::string key = "some-key";
};

std::string sold(const std::string& quantity) {
  return R"({"type":"stock.sold","location":"berlin","lines":[{"sku":"A","quantity":)" + quantity + "}]}";
}
std::string sold_sku(const std::string& sku) {
  return R"({"type":"stock.sold","location":"berlin","lines":[{"sku":")" + sku + R"(","quantity":1}]})";
}

std::vector<Case> cases() {
  const std::string events = "/v1/events", holds = "/v1/holds", orders = "/v1/orders";
  return {
      {"not JSON", events, "{", 400, "malformed_json", ""},
      {"nothing", events, "", 400, "malformed_json", ""},
      {"a text", events, "\"sale\"", 400, "malformed_json", ""},
      {"more behind it", events, sold("1") + "x", 400, "malformed_json", ""},
      {"no type", events, R"({"lines":[{"sku":"A","quantity":1}]})", 400, "missing_field", "/type"},
      {"unknown type", events, R"({"type":"stock.eaten","lines":[{"sku":"A","quantity":1}]})", 422, "unknown_type", "/type"},
      {"unknown field", events, R"({"type":"stock.sold","location":"berlin","colour":"red","lines":[{"sku":"A","quantity":1}]})",
       400, "unknown_field", "/colour"},
      {"unknown field in a line", events, R"({"type":"stock.sold","location":"berlin","lines":[{"sku":"A","quantity":1,"size":2}]})",
       400, "unknown_field", "/lines/0/size"},
      {"duplicate field", events, R"({"type":"stock.sold","location":"berlin","location":"leeds","lines":[{"sku":"A","quantity":1}]})",
       400, "duplicate_field", "/location"},
      {"quantity 0", events, sold("0"), 422, "invalid_quantity", "/lines/0/quantity"},
      {"quantity -1", events, sold("-1"), 422, "invalid_quantity", "/lines/0/quantity"},
      {"quantity 1e18", events, sold("1000000000000000000"), 422, "invalid_quantity", "/lines/0/quantity"},
      {"quantity 1e18 as a power", events, sold("1e18"), 422, "invalid_quantity", "/lines/0/quantity"},
      {"quantity 2.5", events, sold("2.5"), 422, "invalid_quantity", "/lines/0/quantity"},
      {"quantity as text", events, sold("\"3\""), 422, "invalid_quantity", "/lines/0/quantity"},
      {"SKU of 129 bytes", events, sold_sku(std::string(129, 'A')), 422, "invalid_name", "/lines/0/sku"},
      {"SKU with a control character", events, sold_sku("A\\u0007"), 422, "invalid_name", "/lines/0/sku"},
      {"SKU with a space at the end", events, sold_sku("A "), 422, "invalid_name", "/lines/0/sku"},
      {"empty SKU", events, sold_sku(""), 422, "invalid_name", "/lines/0/sku"},
      {"delta without a key", events, sold("1"), 400, "idempotency_key_required", "", ""},
      {"a time without an offset", events,
       R"({"type":"stock.sold","location":"berlin","occurred_at":"2026-11-23T10:00:00","lines":[{"sku":"A","quantity":1}]})",
       422, "invalid_time", "/occurred_at"},
      {"hold quantity 0", holds, R"({"channel":"web","lines":[{"sku":"A","quantity":0}]})", 422, "invalid_quantity", "/lines/0/quantity"},
      {"hold without lines", holds, R"({"channel":"web","lines":[]})", 400, "missing_field", "/lines"},
      {"ttl too long", holds, R"({"channel":"web","ttl_s":86401,"lines":[{"sku":"A","quantity":1}]})", 422, "invalid_value", "/ttl_s"},
      {"more than there is", holds, R"({"channel":"web","lines":[{"sku":"A","quantity":11}]})", 409, "insufficient_stock", ""},
      {"an unknown SKU is a short line", holds, R"({"channel":"web","lines":[{"sku":"NO","quantity":1}]})", 409, "insufficient_stock", ""},
      {"unknown hold", holds + "/h-none/commit", R"({"order":"1"})", 404, "unknown_hold", ""},
      {"order without a name", orders, R"({"channel":"web","lines":[{"sku":"A","quantity":1}]})", 400, "missing_field", "/order"},
  };
}

class BadInput : public ::testing::Test {
 protected:
  BadInput() : server_(dir_ / "data"), ready_(server_.ready()), client_(server_.client()) {}
  void SetUp() override {
    ASSERT_TRUE(ready_) << server_.process().err();
    stock_up(client_, "A", 10);
  }
  /// The log's position and the balances: what must not have moved.
  std::string present() {
    return get(client_, "/v1/stock?limit=1000").body.to_text() + get(client_, "/v1/holds").body.to_text();
  }
  TempDir dir_;
  Server server_;
  bool ready_;
  app::HttpClient client_;
};

TEST_F(BadInput, IsRefusedByNameAndLeavesNothing) {
  for (const Case& one : cases()) {
    const std::string before = present();
    const Answer answer = post(client_, one.path, one.body, one.key);
    EXPECT_EQ(answer.status, one.status) << one.name << ": " << answer.body.to_text();
    EXPECT_EQ(answer.text("/code"), one.code) << one.name << ": " << answer.body.to_text();
    if (!one.pointer.empty()) {
      EXPECT_EQ(answer.text("/errors/0/pointer"), one.pointer) << one.name << ": " << answer.body.to_text();
    }
    EXPECT_FALSE(answer.text("/detail").empty()) << one.name;
    EXPECT_EQ(present(), before) << one.name << " left something behind";
  }
}

TEST_F(BadInput, ABodyOverTheLimit) {
  const std::string before = present();
  const std::string body = R"({"channel":"web","lines":[{"sku":"A","quantity":1}],"reference":")" +
                           std::string(2 << 20, 'x') + "\"}";
  const auto answer = client_.post("/v1/holds", body);
  ASSERT_TRUE(answer) << answer.error().detail;
  EXPECT_EQ(answer->status, 413);
  EXPECT_THAT(answer->body, ::testing::HasSubstr("body_too_large"));
  EXPECT_EQ(present(), before);
}

TEST_F(BadInput, AnotherMediaType) {
  const auto answer = client_.post("/v1/events", "sku=A", {{"Content-Type", "text/csv"}});
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 415);
}

TEST_F(BadInput, AReusedKey) {
  const std::string one = R"({"channel":"web","lines":[{"sku":"A","quantity":1}]})";
  const std::string two = R"({"channel":"web","lines":[{"sku":"A","quantity":2}]})";
  const Answer first = post(client_, "/v1/holds", one, "k");
  ASSERT_EQ(first.status, 201);
  const std::string before = present();
  EXPECT_EQ(post(client_, "/v1/holds", two, "k").text("/code"), "idempotency_key_reused");
  const Answer replay = post(client_, "/v1/holds", one, "k");
  EXPECT_EQ(replay.status, 201);
  EXPECT_EQ(present(), before);
}

TEST_F(BadInput, TheSecondMistakeOfABatchSparesTheRest) {
  const Answer answer = post(client_, "/v1/batch",
                             "[" + sold("1") + "," + sold("2.5") + "," + sold("1") + "]", "batch");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.text("/results/0/status"), "recorded");
  EXPECT_EQ(answer.text("/results/1/status"), "rejected");
  EXPECT_EQ(answer.text("/results/1/code"), "invalid_quantity");
  EXPECT_EQ(answer.text("/results/2/status"), "recorded");
  EXPECT_EQ(get(client_, "/v1/stock/A").integer("/locations/0/available"), 8);
}

}  // namespace
}  // namespace holdfast::test
