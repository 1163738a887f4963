// Scenarios of commerce, by number, that are about the API: keys, repeats, shapes, pages.
#include <fmt/format.h>

#include "tests/http/test_node.h"

namespace holdfast::http {
namespace {

using testing::HasSubstr;

class Scenarios : public NodeTest {
 protected:
  void web_sells_from(const std::string& locations) {
    const Received put = client().request("PUT", "/v1/channels/web",
                                          fmt::format(R"({{"locations":[{}]}})", locations));
    EXPECT_LT(put.status, 300) << put.body;
  }
};

// Scenario 25: one key for an array is not one key for all of its items.
TEST_F(Scenarios, Scenario25ItemsOfAnArrayGetKeysOfTheirOwn) {
  stock("A", 10);
  const std::string two = R"([{"type":"stock.sold","location":"berlin","sku":"A","quantity":1},
    {"type":"stock.sold","location":"berlin","sku":"A","quantity":1}])";
  const std::string key = "Idempotency-Key: receipts-7\r\n";
  EXPECT_EQ(client().post("/v1/events", two, key).status, 200);
  EXPECT_EQ(available("A"), 8);
  EXPECT_EQ(client().post("/v1/events", two, key).status, 200);
  EXPECT_EQ(available("A"), 8) << "told again, both are known";
  const Received by_hand = client().post(
      "/v1/events",
      R"({"type":"stock.sold","location":"berlin","sku":"A","quantity":1,"idempotency_key":"receipts-7#1"})");
  EXPECT_EQ(by_hand.code(), "idempotency_key_reused") << "{header}#{index} is its key";
  const Received keyless = client().post(
      "/v1/events", R"({"type":"stock.sold","location":"berlin","sku":"A","quantity":1})");
  EXPECT_EQ(keyless.status, 400);
  EXPECT_EQ(keyless.code(), "idempotency_key_required");
  // A fact is atomic over its lines; a bad item does not take the others with it.
  const Received mixed = client().post("/v1/events",
                                       R"([{"type":"stock.sold","location":"berlin","lines":[
      {"sku":"A","quantity":1},{"sku":"A","quantity":0}]},
      {"type":"stock.sold","location":"berlin","sku":"A","quantity":2}])",
                                       "Idempotency-Key: m\r\n");
  EXPECT_EQ(mixed.text("/results/0/status"), "rejected") << mixed.body;
  EXPECT_EQ(mixed.text("/results/1/status"), "recorded") << mixed.body;
  EXPECT_EQ(available("A"), 6);
}

// Scenario 26: a commit whose answer was lost is asked again without a key.
TEST_F(Scenarios, Scenario26NaturalRepeatsSucceed) {
  stock("A", 10);
  web_sells_from(R"("berlin")");
  const auto hold = [&](const char* id) {
    return client().post("/v1/holds",
                         fmt::format(R"({{"id":"{}","channel":"web","lines":[{{"sku":"A",)"
                                     R"("quantity":2}}]}})",
                                     id));
  };
  EXPECT_EQ(hold("c1").status, 201);
  EXPECT_EQ(client().post("/v1/holds/c1/commit", R"({"order":"1001"})").status, 201);
  const Received again = client().post("/v1/holds/c1/commit", R"({"order":"1001"})");
  EXPECT_EQ(again.status, 200) << again.body;
  const Received other = client().post("/v1/holds/c1/commit", R"({"order":"1002"})");
  EXPECT_EQ(other.status, 409);
  EXPECT_EQ(other.code(), "hold_committed_elsewhere");
  EXPECT_THAT(other.body, HasSubstr("1001"));
  EXPECT_EQ(hold("c2").status, 201);
  EXPECT_LT(client().post("/v1/holds/c2/release", "{}").status, 300);
  EXPECT_EQ(client().post("/v1/holds/c2/release", "{}").status, 200);
  const std::string cancel = R"({"type":"order.cancelled","channel":"web","order":"1001"})";
  EXPECT_EQ(client().post("/v1/events", cancel).status, 201);
  EXPECT_EQ(client().post("/v1/events", cancel).status, 200);
  EXPECT_EQ(available("A"), 10);
}

// Scenario 27: a movement with two places, two states or a number has a shape of its own.
TEST_F(Scenarios, Scenario27EveryMovementHasItsShape) {
  web_sells_from(R"("berlin","leeds")");
  int key = 0;
  for (
      const char* fact :
      {R"({"type":"stock.received","reference":"ASN-55","location":"berlin","final":true,"lines":[{"line":"1","sku":"A","quantity":40},{"line":"1d","sku":"A","quantity":2,"state":"damaged"}]})",
       R"({"type":"stock.counted","location":"berlin","lines":[{"sku":"A","counted":39}]})",
       R"({"type":"stock.adjusted","location":"berlin","reason":"scrapped","lines":[{"sku":"A","delta":-1,"state":"damaged"}]})",
       R"({"type":"stock.adjusted","location":"berlin","reason":"recount","lines":[{"sku":"A","set":38,"expected":39}]})",
       R"({"type":"stock.moved","location":"berlin","lines":[{"sku":"A","quantity":1,"from":"available","to":"damaged"}]})",
       R"({"type":"transfer.dispatched","reference":"T-9","from":"berlin","to":"leeds","lines":[{"sku":"A","quantity":10}]})",
       R"({"type":"transfer.received","reference":"T-9","location":"leeds","final":true,"lines":[{"sku":"A","quantity":9}]})",
       R"({"type":"order.changed","channel":"web","order":"1001","version":"2026-11-23T15:00:05+01:00","lines":[{"line":"L1","sku":"A","ordered":5,"cancelled":1,"written_off":1}],"fulfillments":[{"id":"F1","location":"berlin","status":"success","lines":[{"line":"L1","quantity":2}]}]})",
       R"({"type":"order.fulfilled","channel":"web","order":"1001","fulfillment":"F2","location":"leeds","lines":[{"line":"L1","sku":"A","total":1}]})",
       R"({"type":"stock.sold","channel":"web","sku":"A","location":"leeds","quantity":1})"}) {
    const Received told =
        client().post("/v1/events", fact, fmt::format("Idempotency-Key: shape-{}\r\n", key++));
    EXPECT_EQ(told.status, 201) << fact << "\n" << told.body;
  }
  const Received stock = client().get("/v1/stock/A");
  EXPECT_EQ(stock.number("/locations/0/damaged"), 2) << stock.body;
  EXPECT_EQ(stock.number("/locations/1/in_transit"), 0) << stock.body;
}

// Scenario 45: of a stream every answered line stands; a single thing has its own status code.
TEST_F(Scenarios, Scenario45AMalformedLineIsRejectedAndTheOthersGoOn) {
  const std::string lines =
      R"({"type":"stock.received","location":"berlin","sku":"A","quantity":4,"idempotency_key":"1"})"
      "\n{\"type\":\n"
      R"({"type":"stock.received","location":"berlin","sku":"A","quantity":3,"idempotency_key":"3"})"
      "\n";
  const Received answer =
      client().post("/v1/events", lines, "Content-Type: application/x-ndjson\r\n");
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.body, HasSubstr("\"rejected\""));
  EXPECT_EQ(available("A"), 7);
  EXPECT_EQ(client().post("/v1/events", R"({"type":"stock.sold"})").status, 400);
  EXPECT_EQ(client().post("/v1/holds", R"({"lines":[{"sku":"A","quantity":9}]})").status, 409);
  EXPECT_EQ(available("A"), 7) << "a refusal left nothing behind";
}

// Scenario 47: a batch refers to the hold it places, by the id it chose.
TEST_F(Scenarios, Scenario47ABatchNamesItsOwnHold) {
  stock("A", 5);
  web_sells_from(R"("berlin")");
  const std::string batch =
      R"([{"do":"hold.place","id":"cart-9","channel":"web","lines":[{"sku":"A","quantity":2}]},
          {"do":"hold.commit","id":"cart-9","order":"1001"}])";
  const Received answer = client().post("/v1/batch", batch);
  EXPECT_EQ(answer.text("/results/0/status"), "accepted") << answer.body;
  EXPECT_EQ(answer.text("/results/1/status"), "accepted") << answer.body;
  const Received same = client().post("/v1/batch", batch);
  EXPECT_EQ(same.text("/results/0/status"), "duplicate") << same.body;
  EXPECT_EQ(available("A"), 3);
}

// Scenario 48: whoever wrote can tell whether a number it is pushed contains its own write.
TEST_F(Scenarios, Scenario48AWriteAnswersItsSeqAndTheNumbersAfterIt) {
  stock("A", 5);
  web_sells_from(R"("berlin")");
  const Received held =
      client().post("/v1/holds", R"({"channel":"web","lines":[{"sku":"A","quantity":2}]})");
  ASSERT_EQ(held.status, 201) << held.body;
  EXPECT_GT(held.number("/seq").value_or(0), 0) << held.body;
  EXPECT_EQ(held.text("/stock/0/sku"), "A") << held.body;
  EXPECT_EQ(held.number("/stock/0/sku_seq"), client().get("/v1/stock/A").number("/sku_seq"));
  EXPECT_EQ(held.number("/stock/0/available_to_sell"), 3);
}

// Scenario 49: between paging through stock and following the feed nothing is missed.
TEST_F(Scenarios, Scenario49TheFirstPageSaysWhereToFollowFrom) {
  for (const char* sku : {"A", "B", "C"}) stock(sku, 1);
  const Received first = client().get("/v1/stock?limit=2");
  const int64_t seq = first.number("/seq").value_or(0);
  EXPECT_GT(seq, 0);
  stock("A", 4);
  const Received second = client().get("/v1/stock?limit=2&cursor=" + first.text("/next_cursor"));
  EXPECT_GT(second.number("/seq").value_or(0), seq) << "each page reflects its own";
  const Received rest = client().get(fmt::format("/v1/feed?follow=false&after={}", seq));
  EXPECT_THAT(rest.body, HasSubstr(fmt::format("\"seq\":{}", seq + 1))) << rest.body;
}

// Scenario 50: what is asked for is imperative, what happened is past tense.
TEST_F(Scenarios, Scenario50ARequestIsNoFactAndAFactNoRequest) {
  stock("A", 5);
  const auto code = [&](const char* path, const char* body) {
    return client().post(path, body, "Idempotency-Key: k\r\n").status;
  };
  EXPECT_EQ(code("/v1/events", R"({"type":"hold.placed","lines":[{"sku":"A","quantity":1}]})"),
            422);
  EXPECT_EQ(code("/v1/events",
                 R"({"type":"order.accepted","order":"1","lines":[{"sku":"A","quantity":1}]})"),
            422);
  EXPECT_EQ(code("/v1/events", R"({"do":"hold.place","lines":[{"sku":"A","quantity":1}]})"), 400);
  const Received batch = client().post(
      "/v1/batch", R"([{"do":"order.placed","order":"1","lines":[{"sku":"A","quantity":1}]}])");
  EXPECT_EQ(batch.text("/results/0/status"), "rejected") << batch.body;
  const Received refused = client().post("/v1/holds", R"({"lines":[{"sku":"A","quantity":9}]})");
  EXPECT_EQ(refused.number("/shortages/0/available_to_sell"), 5) << refused.body;
  EXPECT_EQ(available("A"), 5);
}

}  // namespace
}  // namespace holdfast::http
