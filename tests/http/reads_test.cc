// Stock, history, lists, health and the pages beside the API.
#include <fmt/format.h>

#include "tests/http/test_node.h"

namespace holdfast::http {
namespace {

using testing::HasSubstr;

class ReadsTest : public NodeTest {};

TEST_F(ReadsTest, ShowsStockNowAndAsItWas) {
  stock("A", 4);
  const auto first = client().get("/v1/stock/A").number("/seq");
  stock("A", 6);
  EXPECT_EQ(available("A"), 10);
  const Received then = client().get(fmt::format("/v1/stock/A?as_of={}", *first));
  ASSERT_EQ(then.status, 200) << then.body;
  EXPECT_EQ(then.number("/locations/0/available"), 4);
  const Received by_time =
      client().get("/v1/stock/A?as_of=2099-01-01T00:00:00Z&as_of_basis=occurred");
  ASSERT_EQ(by_time.status, 200) << by_time.body;
  EXPECT_EQ(by_time.number("/locations/0/available"), 10);
}

TEST_F(ReadsTest, RefusesAsOfThatIsNeitherSeqNorTime) {
  stock("A", 1);
  EXPECT_EQ(client().get("/v1/stock/A?as_of=yesterday").code(), "invalid_time");
  EXPECT_EQ(client().get("/v1/stock/A?as_of=1&as_of_basis=occurred").code(), "invalid_value");
  EXPECT_EQ(client().get("/v1/stock/A?as_of_basis=occurred").code(), "missing_field");
  EXPECT_EQ(client().get("/v1/stock/A?as_of=2026-01-01T00:00:00Z&as_of_basis=x").code(), "invalid_value");
}

TEST_F(ReadsTest, PagesThroughHistoryNewestFirst) {
  for (int i = 0; i < 5; ++i) stock("A", 1);
  const Received page = client().get("/v1/stock/A/events?limit=2");
  ASSERT_EQ(page.status, 200) << page.body;
  ASSERT_EQ(page.count("/events"), 2);
  const auto next = page.number("/next_before");
  ASSERT_TRUE(next.has_value());
  size_t seen = 2;
  for (int64_t before = *next; before != 0;) {
    const json::Value more =
        client().get(fmt::format("/v1/stock/A/events?limit=2&before={}", before)).json();
    seen += more.get("events")->items().size();
    before = more.get("next_before") ? more.get("next_before")->as_integer().value_or(0) : 0;
  }
  EXPECT_GE(seen, 5u);
}

TEST_F(ReadsTest, PagesThroughStock) {
  for (const char* sku : {"A", "B", "C"}) stock(sku, 1);
  const json::Value first = client().get("/v1/stock?limit=2").json();
  ASSERT_EQ(first.get("stock")->items().size(), 2u);
  const std::string cursor(first.get("next_cursor")->as_string().value());
  const json::Value second = client().get("/v1/stock?limit=2&cursor=" + cursor).json();
  EXPECT_EQ(second.get("stock")->items().size(), 1u);
  EXPECT_EQ(second.get("next_cursor"), nullptr);
  EXPECT_EQ(client().get("/v1/stock?limit=0").code(), "invalid_value");
  EXPECT_EQ(client().get("/v1/stock?limit=2&limit=3").code(), "duplicate_field");
  EXPECT_EQ(client().get("/v1/stock?cursor=%21").code(), "cursor_invalid");
}

TEST_F(ReadsTest, DecodesNamesInPaths) {
  stock("a/b c\xc3\xbc", 3);
  EXPECT_EQ(available("a%2Fb%20c%C3%BC"), 3);
  EXPECT_EQ(client().get("/v1/stock/a%2").code(), "invalid_value");
  EXPECT_EQ(client().get("/v1/stock/a%00b").code(), "invalid_name");
}

TEST_F(ReadsTest, ListsHoldsAndOrders) {
  stock("A", 5);
  client().post("/v1/holds", R"({"reference":"cart","lines":[{"sku":"A","quantity":1}]})");
  client().post("/v1/orders", R"({"order":"1","lines":[{"sku":"A","quantity":1}]})");
  EXPECT_EQ(client().get("/v1/holds?status=open&reference=cart").count("/holds"), 1);
  EXPECT_EQ(client().get("/v1/holds?status=closed").count("/holds"), 0);
  EXPECT_EQ(client().get("/v1/orders?sku=A&status=open").count("/orders"), 1);
  EXPECT_EQ(client().get("/v1/holds?status=ajar").code(), "invalid_value");
  EXPECT_EQ(client().get("/v1/discrepancies").status, 200);
  EXPECT_EQ(client().get("/v1/shortfalls").status, 200);
  EXPECT_EQ(client().get("/v1/locations").count("/locations"), 1);
  EXPECT_EQ(client().get("/v1/channels").status, 200);
}

TEST_F(ReadsTest, AnUnknownSkuHasNoHistory) {
  EXPECT_EQ(client().get("/v1/stock/none/events").code(), "unknown_sku");
  EXPECT_EQ(client().get("/v1/stock/none/events").status, 404);
  stock("A", 1);
  const Received before_it_was = client().get("/v1/stock/A/events?before=1");
  EXPECT_EQ(before_it_was.status, 200) << before_it_was.body;
  EXPECT_EQ(before_it_was.count("/events"), 0);
}

TEST_F(ReadsTest, AnUnknownChannelIsSaidByItsCode) {
  EXPECT_EQ(client().get("/v1/channels/none").code(), "unknown_channel");
  EXPECT_EQ(client().get("/v1/channels/none").status, 404);
  client().request("PUT", "/v1/channels/web", R"({"locations":["berlin"],"buffer":2})");
  EXPECT_EQ(client().get("/v1/channels/web").number("/buffer"), 2);
  client().request("DELETE", "/v1/channels/web");
  EXPECT_EQ(client().get("/v1/channels/web").code(), "unknown_channel");
}

TEST_F(ReadsTest, ShortfallsAndDiscrepanciesAreFilteredByLocation) {
  for (const char* location : {"berlin", "leeds"}) {
    stock("A", 1, location);
    const std::string at = fmt::format(R"("sku":"A","location":"{}")", location);
    client().post("/v1/events", R"({"type":"stock.sold","quantity":3,)" + at + "}",
                  fmt::format("Idempotency-Key: sold-{}\r\n", location));
    client().post("/v1/events", R"({"type":"stock.moved","quantity":1,"from":"damaged","to":"quality_control",)" + at + "}",
                  fmt::format("Idempotency-Key: moved-{}\r\n", location));
  }
  for (const char* list : {"shortfalls", "discrepancies"}) {
    const std::string items = fmt::format("/{}", list), path = "/v1" + items;
    EXPECT_EQ(client().get(path).count(items), 2) << list;
    const Received leeds = client().get(path + "?location=leeds");
    EXPECT_EQ(leeds.count(items), 1) << leeds.body;
    EXPECT_EQ(leeds.text(items + "/0/location"), "leeds");
    EXPECT_EQ(client().get(path + "?location=paris").count(items), 0) << list;
  }
}

TEST_F(ReadsTest, ListsOfChannelsAndLocationsKeepToTheLimit) {
  for (const char* name : {"a", "b", "c"}) {
    client().request("PUT", fmt::format("/v1/channels/{}", name), R"({"locations":["berlin"]})");
    client().request("PUT", fmt::format("/v1/locations/{}", name), R"({"sellable":true})");
  }
  for (const char* list : {"channels", "locations"}) {
    const std::string items = fmt::format("/{}", list), path = fmt::format("/v1/{}?limit=2", list);
    size_t seen = 0;
    std::string cursor;
    do {
      const Received page = client().get(cursor.empty() ? path : path + "&cursor=" + cursor);
      ASSERT_EQ(page.status, 200) << page.body;
      EXPECT_LE(page.count(items), 2) << list;
      seen += static_cast<size_t>(page.count(items));
      cursor = page.text("/next_cursor");
    } while (!cursor.empty());
    EXPECT_EQ(seen, list == std::string("channels") ? 3u : 4u);
  }
}

TEST_F(ReadsTest, ExplainsANumber) {
  client().request("PUT", "/v1/channels/web", R"({"locations":["berlin","leeds","paris"],"buffer":2})");
  client().request("PUT", "/v1/locations/leeds", R"({"sellable":false})");
  stock("A", 9);
  stock("A", 5, "leeds");
  stock("A", 4, "rome");
  client().post("/v1/events",
                R"({"type":"stock.counted","location":"berlin","lines":[{"sku":"A","counted":10}]})");
  client().post("/v1/holds", R"({"id":"cart","channel":"web","lines":[{"sku":"A","quantity":3}]})");
  client().post("/v1/orders", R"({"channel":"web","order":"7","lines":[{"sku":"A","quantity":1}]})");
  client().request("PUT", "/v1/skus/a-too", R"({"same_as":"A"})");

  const Received why = client().get("/v1/stock/a-too/explain?channel=web");
  ASSERT_EQ(why.status, 200) << why.body;
  EXPECT_EQ(why.text("/sku"), "a-too");
  EXPECT_EQ(why.text("/same_as"), "A");
  EXPECT_EQ(why.text("/locations/0/location"), "berlin");
  EXPECT_EQ(why.text("/locations/0/from/basis"), "count");
  EXPECT_EQ(why.number("/locations/0/from/opening/available"), 10);
  EXPECT_EQ(why.text("/locations/0/holds/0/id"), "cart");
  EXPECT_EQ(why.number("/locations/0/holds/0/units"), 3);
  EXPECT_EQ(why.text("/locations/0/orders/0/order"), "7");
  EXPECT_EQ(why.number("/locations/0/available"), 6);
  EXPECT_EQ(why.count("/channels"), 1);
  EXPECT_EQ(why.number("/channels/0/available"), 6);
  EXPECT_EQ(why.number("/channels/0/buffer"), 2);
  EXPECT_EQ(why.number("/channels/0/available_to_sell"), 4);
  EXPECT_EQ(why.number("/channels/0/terms/0/dealt"), 4);
  EXPECT_EQ(why.text("/channels/0/terms/1/left_out"), "not_sellable");
  EXPECT_EQ(why.text("/channels/0/terms/2/left_out"), "untracked");
  EXPECT_EQ(why.text("/channels/0/terms/3/left_out"), "not_in_channel");
  EXPECT_EQ(why.number("/limits/events"), 1000);
  EXPECT_EQ(client().get("/v1/stock/A").number("/channels/web/available_to_sell"), 4);

  EXPECT_EQ(client().get("/v1/stock/none/explain").code(), "unknown_sku");
  EXPECT_EQ(client().get("/v1/stock/A/explain?channel=none").code(), "unknown_channel");
  EXPECT_EQ(client().get("/v1/stock/A/explain?chanel=web").code(), "unknown_field");
}

TEST_F(ReadsTest, ExplainsASkuThatEventsNameAtAPlaceWhereItNeverWas) {
  stock("A", 5);
  const auto tell = [&](std::string_view key, std::string_view event) {
    return client().post("/v1/events", event, fmt::format("Idempotency-Key: {}\r\n", key)).status;
  };
  EXPECT_EQ(tell("k1", R"({"type":"order.placed","order":"9","lines":[{"sku":"A","ordered":1}]})"), 201);
  for (const char* location : {"berlin", "oslo"}) {  // of one unit ordered, one comes back
    const std::string lines = fmt::format(R"("location":"{}","lines":[{{"sku":"A","quantity":1}}])", location);
    EXPECT_EQ(tell(location, R"({"type":"stock.returned","order":"9",)" + lines + "}"), 201);
  }
  EXPECT_EQ(client().get("/v1/stock/A").count("/locations"), 1);
  const Received why = client().get("/v1/stock/A/explain");
  EXPECT_EQ(why.status, 200) << why.body;
  EXPECT_EQ(why.count("/locations"), 1);
}

TEST_F(ReadsTest, AnswersHealthMetricsAndPages) {
  EXPECT_EQ(client().get("/livez").body, "ok\n");
  EXPECT_EQ(client().get("/readyz").status, 200);
  EXPECT_THAT(client().get("/metrics").body, HasSubstr("holdfast_http_answers_total{status=\"2xx\"}"));
  EXPECT_THAT(client().get("/").body, HasSubstr("/openapi.json"));
  EXPECT_EQ(client().get("/v1/sinks").body, R"({"sinks":[]})");
  EXPECT_EQ(client().get("/v1/sources").body, R"({"sources":[]})");
  EXPECT_EQ(client().get("/v1/sinks/x").status, 404);
  EXPECT_EQ(client().post("/v1/sources/x", "{}").status, 404);
}

TEST_F(ReadsTest, ReadyzTurnsFirstWhenDraining) {
  EXPECT_EQ(client().get("/readyz").status, 200);
  server_->start_draining();
  EXPECT_EQ(client().get("/readyz").status, 503);
  EXPECT_EQ(client().get("/livez").status, 200);
  stock("A", 1);  // what comes is still served
}

}  // namespace
}  // namespace holdfast::http
