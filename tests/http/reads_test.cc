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
