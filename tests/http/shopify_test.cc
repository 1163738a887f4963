// Shopify's webhooks over HTTP, into the real intake, source, engine and books.
#include <fmt/format.h>

#include "io/crypto.h"
#include "tests/http/source_node.h"

namespace holdfast::http {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kOldSecret = "shpss_before", kSecret = "shpss_now";

/// An order of `quantity` A at the time of day, `left` of them still to ship.
std::string order_at(std::string_view time, int quantity, int left,
                     std::string_view location = "null") {
  return fmt::format(
      R"({{"id":5401234567890123456,"name":"#1001","test":false,"updated_at":"2026-11-23T{}+01:00",)"
      R"("customer":{{"email":"ada@example.com"}},"cancelled_at":null,"location_id":{},)"
      R"("line_items":[{{"id":15001234567890123451,"variant_id":5,"sku":"A","quantity":{},)"
      R"("fulfillable_quantity":{},"requires_shipping":true,"gift_card":false}}],)"
      R"("fulfillments":[],"refunds":[]}})",
      time, location, quantity, left);
}

class ShopifyTest : public SourceNodeTest {
 protected:
  ShopifyTest() {
    connectors::SourceConfig config;
    config.name = "shop-eu";
    config.type = "shopify";
    config.channel = "web";
    config.shop_domain = "test.myshopify.com";
    config.secrets = {std::string(kOldSecret), std::string(kSecret)};
    config.locations = {{"655441491", "berlin"}};
    start_intake(config);
    serve();
    stock("A", 10);
  }

  Received deliver(std::string_view topic, std::string_view body, std::string_view id,
                   std::string_view secret = kSecret, std::string_view event = "e1") {
    return client().post(
        "/v1/sources/shop-eu", body,
        fmt::format("Content-Type: application/json\r\nX-Shopify-Topic: {}\r\n"
                    "X-Shopify-Shop-Domain: test.myshopify.com\r\nX-Shopify-Webhook-Id: {}\r\n"
                    "X-Shopify-Event-Id: {}\r\nX-Shopify-Hmac-Sha256: {}\r\n",
                    topic, id, event, io::to_base64(io::as_text(io::hmac_sha256(secret, body)))));
  }
  std::string balances() {
    const Received stock = client().get("/v1/stock/A");
    return fmt::format("{}/{}", stock.number("/locations/0/available").value_or(-1),
                       stock.number("/locations/0/committed").value_or(-1));
  }
};

TEST_F(ShopifyTest, AnOrderIsCommittedAndKnownByItsId) {
  const Received answer = deliver("orders/create", order_at("09:00:00", 5, 5), "d1");
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.number("/recorded"), 1);
  EXPECT_EQ(balances(), "5/5");
  const Received order = client().get("/v1/orders/web/5401234567890123456");
  EXPECT_EQ(order.status, 200) << order.body;
  EXPECT_EQ(order.text("/lines/0/sku"), "A") << order.body;
}

TEST_F(ShopifyTest, ThreeTimesOutOfOrderOnceWithTheOldSecretAndOnceSignedWrongly) {
  const std::string created = order_at("09:00:00", 5, 5), updated = order_at("10:00:00", 3, 3);
  EXPECT_EQ(deliver("orders/updated", updated, "d2", kSecret, "e2").number("/recorded"), 1);
  const Received wrong = deliver("orders/create", created, "d1", "shpss_of_somebody");
  EXPECT_EQ(wrong.status, 401);
  EXPECT_THAT(wrong.body, Not(HasSubstr("HMAC")));
  EXPECT_EQ(deliver("orders/create", created, "d1", kOldSecret).status, 200);
  EXPECT_EQ(balances(), "7/3");
  // A retry has the same delivery id, a second subscription the same event id.
  EXPECT_EQ(deliver("orders/create", created, "d1").number("/duplicates"), 1);
  EXPECT_EQ(deliver("orders/create", created, "d7").number("/duplicates"), 1);
  EXPECT_EQ(deliver("orders/updated", updated, "d2", kOldSecret, "e2").number("/duplicates"), 1);
  EXPECT_EQ(balances(), "7/3");
  const Received sources = client().get("/v1/sources");
  EXPECT_EQ(sources.number("/sources/0/unauthorized"), 1) << sources.body;
  EXPECT_EQ(sources.number("/sources/0/parked"), 0);
}

TEST_F(ShopifyTest, AnUnmappedLocationIsParkedAndTheSenderIsDone) {
  const Received answer = deliver("orders/create", order_at("09:00:00", 5, 5, "655441499"), "d1");
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.number("/parked"), 1);
  EXPECT_EQ(balances(), "10/0");
  const Received parked = client().get("/v1/sources/shop-eu/parked");
  EXPECT_EQ(parked.text("/parked/0/code"), "unmapped_location") << parked.body;
  EXPECT_THAT(parked.text("/parked/0/reason"), HasSubstr("/location_id is 655441499"));
  EXPECT_THAT(parked.body, Not(HasSubstr("ada@example.com")));
}

// Scenario 52: 5xx only where nothing is durable; what is parked is.
TEST_F(ShopifyTest, WhatIsNotBookedIsAnsweredSoThatShopifyKeepsTheSubscription) {
  EXPECT_EQ(deliver("products/update", R"({"id":1})", "d1").status, 200);
  EXPECT_EQ(deliver("orders/updated", R"({"id":[]})", "d2").number("/parked"), 1);
  EXPECT_EQ(deliver("orders/updated", R"("nonsense")", "d3").number("/parked"), 1);
  const std::string level =
      R"({"inventory_item_id":9,"location_id":655441491,"available":3,"updated_at":"2026-11-23T10:00:00Z"})";
  EXPECT_EQ(deliver("inventory_levels/update", level, "d4").status, 200);
  EXPECT_EQ(client().get("/v1/sources").number("/sources/0/observed"), 1);
  EXPECT_EQ(balances(), "10/0");
}

// Scenario 21: one cancellation is three deliveries of three topics, all with one event id.
TEST_F(ShopifyTest, Scenario21AnEventIdCountsOnceInItsTopic) {
  EXPECT_EQ(deliver("orders/create", order_at("09:00:00", 5, 5), "d1").number("/recorded"), 1);
  EXPECT_EQ(balances(), "5/5");
  const std::string refund =
      R"({"id":71,"order_id":5401234567890123456,"created_at":"2026-11-23T10:00:00Z",)"
      R"("refund_line_items":[{"line_item_id":15001234567890123451,"quantity":2,)"
      R"("restock_type":"cancel","location_id":655441491,"line_item":{"variant_id":5,"sku":"A"}}]})";
  EXPECT_EQ(deliver("refunds/create", refund, "d2", kSecret, "e9").number("/recorded"), 1);
  EXPECT_EQ(balances(), "7/3");
  const Received updated =
      deliver("orders/updated", order_at("11:00:00", 5, 2), "d3", kSecret, "e9");
  EXPECT_EQ(updated.number("/duplicates"), 0) << updated.body;
  EXPECT_EQ(deliver("refunds/create", refund, "d4", kSecret, "e9").number("/duplicates"), 1);
}

// Scenario 22: the same event through a second subscription has other bytes. It is no mistake of
// Shopify's, and 422 would cost the subscription.
TEST_F(ShopifyTest, Scenario22AnotherBodyUnderAKnownIdIsADuplicate) {
  EXPECT_EQ(deliver("orders/create", order_at("09:00:00", 5, 5), "d1").number("/recorded"), 1);
  const Received other = deliver("orders/create", order_at("09:00:00", 3, 3), "d2");
  EXPECT_EQ(other.status, 200);
  EXPECT_EQ(other.number("/duplicates"), 1) << other.body;
  EXPECT_EQ(deliver("orders/create", order_at("09:30:00", 1, 1), "d1", kSecret, "e7").status, 200);
  EXPECT_EQ(balances(), "5/5");
}

}  // namespace
}  // namespace holdfast::http
