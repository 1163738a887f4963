// What each kind of delivery comes to, rule by rule.
#include <fmt/format.h>

#include "connectors/registry.h"
#include "tests/shopify/shop.h"

namespace holdfast::shopify_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

/// An order of one line of five A: `more` of the order, `line` of its line.
std::string order_of(const std::string& line = R"("fulfillable_quantity":5)",
                     const std::string& more = R"("fulfillments":[],"refunds":[])") {
  return R"({"id":1001,"updated_at":"2026-11-23T10:00:00+01:00",)"
         R"("customer":{"id":7,"name":"Ada Buyer","email":"ada@example.com"},)"
         R"("line_items":[{"id":11,"variant_id":5,"sku":" A ","quantity":5,"title":"Ada's tee",)" +
         line + "}]," + more + "}";
}
std::string refund_line(const std::string& restock, int quantity, const std::string& location) {
  return fmt::format(R"({{"line_item_id":11,"quantity":{},"restock_type":"{}","location_id":{},)"
                     R"("line_item":{{"variant_id":5,"sku":"A"}}}})",
                     quantity, restock, location);
}
std::string refund_of(int id, const std::string& lines) {
  return fmt::format(
      R"({{"id":{},"order_id":1001,"created_at":"2026-11-23T1{}:00:00Z","refund_line_items":[{}]}})",
      id, id % 10, lines);
}
std::string shipment_of(int id, const std::string& status, int quantity,
                        const std::string& location = "655441491") {
  return fmt::format(
      R"({{"id":{},"order_id":1001,"status":"{}","created_at":"2026-11-23T11:00:00Z",)"
      R"("location_id":{},"line_items":[{{"id":11,"variant_id":5,"sku":"A","quantity":{}}}]}})",
      id, status, location, quantity);
}
std::string with(const std::string& shipments, const std::string& refunds) {
  return R"("fulfillments":[)" + shipments + R"(],"refunds":[)" + refunds + "]";
}
std::string fulfillable(int quantity) {
  return fmt::format(R"("fulfillable_quantity":{})", quantity);
}

/// "ordered/cancelled/written off" of the first line.
std::string numbers(const intake::Mapped& mapped) {
  if (mapped.commands.empty() || mapped.commands[0].lines.empty()) return "nothing";
  const CommandLine& line = mapped.commands[0].lines[0];
  return fmt::format("{}/{}/{}", *line.ordered, *line.cancelled, *line.written_off);
}
std::vector<CommandType> types(const intake::Mapped& mapped) {
  std::vector<CommandType> all;
  for (const Command& command : mapped.commands) all.push_back(command.type);
  return all;
}
/// The one reason for which something was parked.
Error reason(const intake::Mapped& mapped) {
  EXPECT_EQ(mapped.parked.size(), 1u);
  return mapped.parked.empty() ? Error{ErrorCode::kNone, {}, {}} : mapped.parked[0].reason;
}

class ShopifyMapping : public testing::Test {
 protected:
  Shop shop_;
};

// ---- orders ----

TEST_F(ShopifyMapping, AnOrderIsOneSnapshot) {
  const intake::Mapped mapped = shop_.map(
      {.topic = "orders/create", .body = order_of(), .delivery_id = "d1", .event_id = "e1"});
  ASSERT_EQ(mapped.commands.size(), 1u);
  const Command& order = mapped.commands[0];
  EXPECT_EQ(order.type, CommandType::kOrderChanged);
  EXPECT_EQ(order.source, "shop-eu");
  EXPECT_TRUE(order.from_source);
  EXPECT_EQ(order.channel, "web");
  EXPECT_EQ(order.order, "1001");
  EXPECT_EQ(order.location, "");
  EXPECT_EQ(order.version.kind, Version::Kind::kTime);
  EXPECT_EQ(to_rfc3339({order.version.value}), "2026-11-23T09:00:00Z");
  EXPECT_EQ(order.idempotency_key, "d:orders/create:d1#order");
  EXPECT_EQ(order.idempotency_key_2, "e:orders/create:e1#order");
  EXPECT_EQ(order.lines[0].sku, "A");
  EXPECT_EQ(order.lines[0].line, "11");
  EXPECT_EQ(numbers(mapped), "5/0/0");
  EXPECT_EQ(mapped.delivery_id, "d1");
}

TEST_F(ShopifyMapping, EveryFullOrderIsTheSameFact) {
  for (const char* topic : {"orders/create", "orders/updated", "orders/paid", "orders/fulfilled",
                            "orders/partially_fulfilled", "orders/cancelled"}) {
    EXPECT_THAT(types(shop_.map(topic, order_of())), ElementsAre(CommandType::kOrderChanged))
        << topic;
  }
}

TEST_F(ShopifyMapping, WhatFellAndDidNotShipOrComeBackIsWrittenOff) {
  const auto say = [&](int left, const std::string& shipments, const std::string& refunds) {
    return numbers(
        shop_.map("orders/updated", order_of(fulfillable(left), with(shipments, refunds))));
  };
  const std::string cancelled = refund_of(1, refund_line("cancel", 1, "655441491"));
  const std::string broken = refund_of(2, refund_line("no_restock", 1, "null"));
  const std::string shipped = shipment_of(31, "success", 2);
  EXPECT_EQ(say(5, "", ""), "5/0/0");
  EXPECT_EQ(say(4, "", cancelled), "5/1/0");
  EXPECT_EQ(say(2, shipped, cancelled), "5/1/0");
  EXPECT_EQ(say(1, shipped, cancelled + "," + broken), "5/1/1");
  // A refund of shipped units without restock takes nothing from what is owed.
  EXPECT_EQ(say(3, shipped, broken), "5/0/0");
  // A voided shipment gives its units back to what is to be shipped.
  EXPECT_EQ(say(5, shipment_of(31, "cancelled", 2), ""), "5/0/0");
  // Under way: nobody else may ship it, and it is not gone.
  EXPECT_EQ(say(3, shipment_of(31, "pending", 2), ""), "5/0/0");
  EXPECT_EQ(say(3, shipment_of(31, "open", 2), ""), "5/0/0");
  EXPECT_EQ(say(5, shipment_of(31, "failure", 2), ""), "5/0/0");
}

TEST_F(ShopifyMapping, ACancelledOrderOwesNothing) {
  const intake::Mapped mapped = shop_.map(
      "orders/cancelled",
      order_of(fulfillable(0), R"("cancelled_at":"2026-11-23T10:00:00Z",)" +
                                   with(shipment_of(31, "success", 2),
                                        refund_of(1, refund_line("cancel", 1, "655441491")))));
  EXPECT_THAT(types(mapped), ElementsAre(CommandType::kOrderChanged, CommandType::kOrderCancelled));
  EXPECT_EQ(numbers(mapped), "5/1/2");
  const Command& whole = mapped.commands[1];
  EXPECT_TRUE(whole.lines.empty());
  EXPECT_TRUE(whole.restock);
  EXPECT_EQ(to_rfc3339(whole.occurred_at), "2026-11-23T10:00:00Z");
  EXPECT_EQ(whole.idempotency_key, "d:orders/cancelled:delivery-1#cancelled");
}

TEST_F(ShopifyMapping, FulfilmentsOfAnOrderKeepTheirOwnTimeAndPlace) {
  const intake::Mapped mapped =
      shop_.map("orders/updated",
                order_of(fulfillable(2), with(shipment_of(31, "success", 2) + "," +
                                                  shipment_of(32, "cancelled", 1, "655441492") +
                                                  "," + shipment_of(33, "success", 1, "null") +
                                                  "," + shipment_of(34, "pending", 1),
                                              "")));
  ASSERT_EQ(mapped.commands.size(), 1u);
  const auto& told = mapped.commands[0].fulfillments;
  ASSERT_EQ(told.size(), 3u);
  EXPECT_EQ(told[0].id, "31");
  EXPECT_EQ(told[0].location, "berlin");
  EXPECT_FALSE(told[0].voided);
  EXPECT_EQ(to_rfc3339(told[0].occurred_at), "2026-11-23T11:00:00Z");
  EXPECT_EQ(told[0].lines[0].sku, "A");
  EXPECT_EQ(told[0].lines[0].quantity, 2);
  EXPECT_TRUE(told[1].voided);
  EXPECT_EQ(told[2].location, "");  // none told: the ledger follows the commitment
}

TEST_F(ShopifyMapping, AnOrderTellsItsReturnsAgain) {
  const std::string refunds = refund_of(1, refund_line("return", 1, "655441492")) + "," +
                              refund_of(2, refund_line("return", 2, "null"));
  const intake::Mapped mapped = shop_.map(
      "orders/updated", order_of(fulfillable(0), with(shipment_of(31, "success", 5), refunds)));
  EXPECT_THAT(types(mapped), ElementsAre(CommandType::kOrderChanged, CommandType::kStockReturned,
                                         CommandType::kStockReturned));
  EXPECT_EQ(mapped.commands[1].document, "1");
  EXPECT_EQ(mapped.commands[1].lines[0].location, "leeds");
  EXPECT_EQ(mapped.commands[2].document, "2");
  EXPECT_EQ(mapped.commands[2].lines[0].location, "");
}

TEST_F(ShopifyMapping, ALegacyRestockIsACancellationAsFarAsUnitsWereRemoved) {
  const auto tell = [&](int left, const std::string& refunds) {
    return shop_.map("orders/updated",
                     order_of(fulfillable(left), with(shipment_of(31, "success", 2), refunds)));
  };
  const std::string first = refund_of(1, refund_line("legacy_restock", 1, "655441492"));
  const intake::Mapped of_shipped = tell(3, first);
  EXPECT_EQ(numbers(of_shipped), "5/0/0");
  ASSERT_EQ(of_shipped.commands.size(), 2u);
  EXPECT_EQ(of_shipped.commands[1].document, "1");
  const std::string second = refund_of(2, refund_line("legacy_restock", 2, "655441492"));
  // One of the second was never shipped; what was told of the first stays true.
  const intake::Mapped both = tell(2, first + "," + second);
  EXPECT_EQ(numbers(both), "5/1/0");
  ASSERT_EQ(both.commands.size(), 3u);
  EXPECT_EQ(both.commands[1].document, "1");
  EXPECT_EQ(both.commands[2].document, "2");
  EXPECT_EQ(both.commands[2].lines[0].quantity, 1);
}

TEST_F(ShopifyMapping, ATillsOrderIsAtItsLocation) {
  const auto sold_at = [&](const std::string& location) {
    return shop_.map("orders/create",
                     order_of(fulfillable(5), R"("location_id":)" + location + "," + with("", "")));
  };
  const intake::Mapped mapped = sold_at("655441492");
  ASSERT_EQ(mapped.commands.size(), 1u);
  EXPECT_EQ(mapped.commands[0].location, "leeds");
  const Error unmapped = reason(sold_at("99"));
  EXPECT_EQ(unmapped.code, ErrorCode::kUnmappedLocation);
  EXPECT_THAT(unmapped.detail, HasSubstr("/location_id is 99"));
}

TEST_F(ShopifyMapping, WhatIsNoMatterOfStockIsSkipped) {
  const auto nothing = [&](const std::string& topic, const std::string& body) {
    const intake::Mapped mapped = shop_.map(topic, body);
    EXPECT_TRUE(mapped.commands.empty()) << topic << " " << body;
    EXPECT_TRUE(mapped.parked.empty()) << topic << " " << mapped.parked[0].reason.detail;
  };
  nothing("orders/create", order_of(fulfillable(5), R"("test":true,)" + with("", "")));
  nothing("orders/create", order_of(R"("fulfillable_quantity":5,"gift_card":true)"));
  nothing("orders/create", order_of(R"("fulfillable_quantity":5,"requires_shipping":false)"));
  nothing(
      "orders/create",  // a custom item: no variant, no SKU
      R"({"id":1,"updated_at":"2026-11-23T10:00:00Z","fulfillments":[],"refunds":[],"line_items":[
          {"id":1,"variant_id":null,"sku":null,"quantity":1,"fulfillable_quantity":1}]})");
  nothing("orders/edited", order_life()[1].body);
  nothing("refunds/create", refund_of(1, refund_line("no_restock", 1, "null")));
  nothing("refunds/create", refund_of(1, refund_line("legacy_restock", 1, "655441491")));
  nothing(
      "refunds/create",
      R"({"id":1,"order_id":1001,"created_at":"2026-11-23T10:00:00Z","transactions":[{"test":true}],
          "refund_line_items":[)" +
          refund_line("cancel", 1, "655441491") + "]}");
  nothing("fulfillments/create", shipment_of(31, "pending", 2));
  nothing("fulfillments/update", shipment_of(31, "failure", 2));
  nothing("products/update", R"({"id":1,"title":"Tee"})");
  nothing("customers/redact", R"({"customer":{"email":"ada@example.com"}})");
}

TEST_F(ShopifyMapping, GoodsWithoutASkuAreParkedAndTheRestIsBooked) {
  const intake::Mapped mapped = shop_.map(
      "orders/create",
      R"({"id":1,"updated_at":"2026-11-23T10:00:00Z","fulfillments":[],"refunds":[],"line_items":[
      {"id":1,"variant_id":5,"sku":"","quantity":1,"fulfillable_quantity":1},
      {"id":2,"variant_id":6,"sku":"B","quantity":2,"fulfillable_quantity":2}]})");
  ASSERT_EQ(mapped.commands.size(), 1u);
  ASSERT_EQ(mapped.commands[0].lines.size(), 1u);
  EXPECT_EQ(mapped.commands[0].lines[0].sku, "B");
  EXPECT_EQ(reason(mapped).code, ErrorCode::kUnmappedSku);
  EXPECT_THAT(reason(mapped).detail, HasSubstr("/line_items/0/sku"));
}

TEST_F(ShopifyMapping, AFulfilmentAtAnUnmappedLocationIsParkedAndTheOrderBooked) {
  const intake::Mapped mapped = shop_.map(
      "orders/updated", order_of(fulfillable(3), with(shipment_of(31, "success", 2, "99"), "")));
  ASSERT_EQ(mapped.commands.size(), 1u);
  EXPECT_TRUE(mapped.commands[0].fulfillments.empty());
  EXPECT_EQ(numbers(mapped), "5/0/0");  // shipped from somewhere: not written off
  EXPECT_EQ(reason(mapped).code, ErrorCode::kUnmappedLocation);
  EXPECT_THAT(reason(mapped).detail, HasSubstr("/fulfillments/0/location_id is 99"));
  ASSERT_EQ(mapped.parked.size(), 1u);
  EXPECT_THAT(mapped.parked[0].item, HasSubstr("\"id\":31"));
}

TEST_F(ShopifyMapping, WhatIsParkedKeepsNoCustomer) {
  const intake::Mapped mapped =
      shop_.map("orders/create", order_of(R"("fulfillable_quantity":"five")"));
  ASSERT_EQ(mapped.parked.size(), 1u);
  EXPECT_THAT(mapped.parked[0].item, HasSubstr("\"sku\":\" A \""));
  EXPECT_THAT(mapped.parked[0].item, Not(HasSubstr("Ada")));
  EXPECT_THAT(mapped.parked[0].item, Not(HasSubstr("example.com")));
  // So is what is parked when the ledger refuses.
  EXPECT_THAT(shop_.map("orders/create", order_of()).items[0], Not(HasSubstr("Ada")));
}

TEST_F(ShopifyMapping, AnotherTopicsBodyIsNoOrder) {
  const std::string shipment =
      R"({"id":31,"order_id":1001,"status":"success","created_at":"2026-11-23T11:00:00Z",
      "updated_at":"2026-11-23T11:00:00Z","line_items":[],"fulfillments":[],"refunds":[]})";
  EXPECT_THAT(reason(shop_.map("orders/updated", shipment)).detail, HasSubstr("/order_id"));
}

// ---- refunds ----

TEST_F(ShopifyMapping, ARefundCancelsAndReturnsUnderItsId) {
  const intake::Mapped mapped =
      shop_.map({.topic = "refunds/create",
                 .body = refund_of(1, refund_line("cancel", 1, "655441491") + "," +
                                          refund_line("return", 2, "655441492") + "," +
                                          refund_line("no_restock", 1, "null")),
                 .event_id = "e1"});
  EXPECT_THAT(types(mapped),
              ElementsAre(CommandType::kOrderCancelled, CommandType::kStockReturned));
  const Command& cancelled = mapped.commands[0];
  EXPECT_EQ(cancelled.order, "1001");
  EXPECT_EQ(cancelled.document, "1");
  EXPECT_TRUE(cancelled.restock);
  EXPECT_EQ(cancelled.lines[0].quantity, 1);
  EXPECT_EQ(cancelled.lines[0].location, "berlin");
  EXPECT_EQ(to_rfc3339(cancelled.occurred_at), "2026-11-23T11:00:00Z");
  const Command& returned = mapped.commands[1];
  EXPECT_EQ(returned.document, "1");
  EXPECT_EQ(returned.lines[0].quantity, 2);
  EXPECT_EQ(returned.lines[0].location, "leeds");
  EXPECT_EQ(returned.idempotency_key, "d:refunds/create:delivery-1#returned-1");
  EXPECT_EQ(returned.idempotency_key_2, "e:refunds/create:e1#returned-1");
}

TEST_F(ShopifyMapping, AReturnWithoutAPlaceGoesToTheDefaultLocation) {
  connectors::SourceConfig config = shop_config();
  config.default_location = "returns";
  Shop shop(config);
  const intake::Mapped mapped =
      shop.map("refunds/create", refund_of(1, refund_line("return", 1, "null")));
  ASSERT_EQ(mapped.commands.size(), 1u);
  EXPECT_EQ(mapped.commands[0].lines[0].location, "returns");
}

TEST_F(ShopifyMapping, ALineThatDoesNotSayItsArticleIsParkedNotSkipped) {
  const std::string refund =
      R"({"id":1,"order_id":1001,"created_at":"2026-11-23T10:00:00Z","refund_line_items":[
      {"line_item_id":11,"quantity":1,"restock_type":"cancel","location_id":655441491}]})";
  EXPECT_THAT(reason(shop_.map("refunds/create", refund)).detail,
              HasSubstr("/refund_line_items/0/line_item is missing"));
  EXPECT_THAT(reason(shop_.map("fulfillments/create",
                               R"({"id":31,"order_id":1001,"status":"success","created_at":
                       "2026-11-23T10:00:00Z","line_items":[{"id":11,"quantity":1}]})"))
                  .detail,
              HasSubstr("/line_items/0/sku is missing"));
}

TEST_F(ShopifyMapping, ARefundAtAnUnmappedLocationIsParkedLineByLine) {
  for (const char* restock : {"return", "cancel"}) {
    const intake::Mapped mapped = shop_.map(
        "refunds/create",
        refund_of(1, refund_line(restock, 1, "99") + "," + refund_line(restock, 2, "655441492")));
    ASSERT_EQ(mapped.commands.size(), 1u) << restock;
    ASSERT_EQ(mapped.commands[0].lines.size(), 1u);
    EXPECT_EQ(mapped.commands[0].lines[0].quantity, 2);
    EXPECT_EQ(reason(mapped).code, ErrorCode::kUnmappedLocation);
    EXPECT_THAT(reason(mapped).detail, HasSubstr("/refund_line_items/0/location_id is 99"));
  }
}

// ---- fulfilments ----

TEST_F(ShopifyMapping, AFulfilmentShipsOnceUnderItsIdAndIsVoidedByIt) {
  const intake::Mapped shipped = shop_.map("fulfillments/create", shipment_of(31, "success", 2));
  ASSERT_EQ(shipped.commands.size(), 1u);
  const Command& told = shipped.commands[0];
  EXPECT_EQ(told.type, CommandType::kOrderFulfilled);
  EXPECT_EQ(told.order, "1001");
  EXPECT_EQ(told.document, "31");
  EXPECT_EQ(told.location, "berlin");
  EXPECT_EQ(told.lines[0].quantity, 2);
  EXPECT_EQ(to_rfc3339(told.occurred_at), "2026-11-23T11:00:00Z");
  const intake::Mapped voided =
      shop_.map("fulfillments/update", shipment_of(31, "cancelled", 2, "99"));
  ASSERT_EQ(voided.commands.size(), 1u);  // its place does not matter
  EXPECT_EQ(voided.commands[0].type, CommandType::kOrderUnfulfilled);
  EXPECT_EQ(voided.commands[0].document, "31");
  EXPECT_EQ(voided.commands[0].occurred_at, told.occurred_at);
  const Error unmapped =
      reason(shop_.map("fulfillments/create", shipment_of(31, "success", 2, "99")));
  EXPECT_EQ(unmapped.code, ErrorCode::kUnmappedLocation);
}

// ---- how an order is known ----

// Scenario 8: a 3PL knows Shopify's #1001, not its id.
TEST(ShopifyOrderKey, Scenario8ByNameAnOrderIsTheOneOthersTalkAbout) {
  connectors::SourceConfig config = shop_config();
  config.order_key = "name";
  config.default_location = "berlin";
  Shop shop(config);
  const std::string returned =
      order_of(fulfillable(0),
               R"("name":"#1001",)" + with(shipment_of(31, "success", 5),
                                           refund_of(41, refund_line("return", 1, "655441491"))));
  const intake::Mapped mapped = shop.map("orders/updated", returned);
  ASSERT_THAT(types(mapped), ElementsAre(CommandType::kOrderChanged, CommandType::kStockReturned));
  EXPECT_EQ(mapped.commands[0].order, "#1001");
  EXPECT_EQ(mapped.commands[0].fulfillments.size(), 1u);
  EXPECT_EQ(mapped.commands[1].order, "#1001");
  // They know their order by its id alone; the order itself tells the same.
  for (const auto& [topic, body] :
       {std::pair("refunds/create", refund_of(41, refund_line("cancel", 1, "655441491"))),
        std::pair("fulfillments/create", shipment_of(31, "success", 5))}) {
    const intake::Mapped skipped = shop.map(topic, body);
    EXPECT_TRUE(skipped.commands.empty()) << topic;
    EXPECT_TRUE(skipped.parked.empty()) << topic;
  }
  EXPECT_THAT(reason(shop.map("orders/create", order_of())).detail, HasSubstr("/name is missing"));
  config.order_key = "number";
  const auto refused = connectors::make_source(config);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().detail, HasSubstr("order_key"));
}

// ---- observations ----

TEST(ShopifyLevels, ALevelOfAListedItemIsComparedAndAnyOtherOnlyCounted) {
  connectors::SourceConfig config = shop_config();
  config.items = {{"271878346596884015", "A"}};
  Shop shop(config);
  const auto level = [](const std::string& item, const std::string& location) {
    return fmt::format(R"({{"inventory_item_id":{},"location_id":{},"available":-2,)"
                       R"("updated_at":"2026-11-23T10:00:00Z"}})",
                       item, location);
  };
  const intake::Mapped known =
      shop.map("inventory_levels/update", level("271878346596884015", "655441492"));
  EXPECT_EQ(known.observations, 1u);
  ASSERT_EQ(known.observed.size(), 1u);
  EXPECT_EQ(known.observed[0].channel, "web");
  EXPECT_EQ(known.observed[0].sku, "A");
  EXPECT_EQ(known.observed[0].location, "leeds");
  EXPECT_EQ(known.observed[0].place, "655441492");
  EXPECT_EQ(known.observed[0].available, -2);
  EXPECT_EQ(to_rfc3339(known.observed[0].at), "2026-11-23T10:00:00Z");
  EXPECT_TRUE(known.commands.empty()) << "it moves nothing";
  const intake::Mapped unnamed = shop.map("inventory_levels/update", level("7", "655441492"));
  EXPECT_EQ(unnamed.observations, 1u);
  EXPECT_TRUE(unnamed.observed.empty());
  EXPECT_EQ(shop.map("inventory_levels/update", level("271878346596884015", "9")).observations, 0u);
}

// ---- routing ----

std::string moved(const std::string& inside, const std::string& from = "655441491") {
  return R"({"original_fulfillment_order":{"id":"gid://shopify/FulfillmentOrder/1","status":"closed"},
    "moved_fulfillment_order":{"id":"gid://shopify/FulfillmentOrder/2","status":"open")" +
         inside +
         R"(},"destination_location_id":"gid://shopify/Location/655441492",
    "source_location":{"id":"gid://shopify/Location/)" +
         from + "\"}}";
}
const std::string kMovedLines =
    R"(,"order_id":"gid://shopify/Order/1001","line_items":[{"sku":"A","quantity":3}])";

TEST_F(ShopifyMapping, AMoveReassignsWhatIsCommitted) {
  const intake::Mapped mapped = shop_.map("fulfillment_orders/moved", moved(kMovedLines));
  ASSERT_EQ(mapped.commands.size(), 1u);
  const Command& told = mapped.commands[0];
  EXPECT_EQ(told.type, CommandType::kOrderReassigned);
  EXPECT_EQ(told.order, "1001");
  EXPECT_EQ(told.location, "berlin");
  EXPECT_EQ(told.to_location, "leeds");
  EXPECT_EQ(told.lines[0].sku, "A");
  EXPECT_EQ(told.lines[0].quantity, 3);
  EXPECT_EQ(told.idempotency_key, "d:fulfillment_orders/moved:delivery-1#moved");
}

TEST_F(ShopifyMapping, AMoveMayNameInventoryItemsAsAFulfilmentOrderDoes) {
  connectors::SourceConfig config = shop_config();
  config.items = {{"49148385", "A"}};
  Shop shop(config);
  const std::string lines =
      R"(,"order_id":1001,"line_items":[{"line_item_id":11,"inventory_item_id":49148385,"quantity":3}])";
  const intake::Mapped mapped = shop.map("fulfillment_orders/moved", moved(lines));
  ASSERT_EQ(mapped.commands.size(), 1u) << reason(mapped).detail;
  EXPECT_EQ(mapped.commands[0].type, CommandType::kOrderReassigned);
  EXPECT_EQ(mapped.commands[0].lines[0].sku, "A");
  EXPECT_EQ(mapped.commands[0].to_location, "leeds");
}

TEST_F(ShopifyMapping, AMoveThatNamesNoOrderOrAnUnknownPlaceIsParked) {
  EXPECT_THAT(reason(shop_.map("fulfillment_orders/moved", moved(""))).detail,
              HasSubstr("/moved_fulfillment_order/order_id is missing"));
  const Error unmapped = reason(shop_.map("fulfillment_orders/moved", moved(kMovedLines, "99")));
  EXPECT_EQ(unmapped.code, ErrorCode::kUnmappedLocation);
  EXPECT_THAT(unmapped.detail, HasSubstr("/source_location/id is 99"));
}

TEST_F(ShopifyMapping, AMoveBetweenTwoNamesOfOnePlaceIsNone) {
  connectors::SourceConfig config = shop_config();
  config.locations["655441493"] = "leeds";
  Shop shop(config);
  const intake::Mapped mapped =
      shop.map("fulfillment_orders/moved", moved(kMovedLines, "655441493"));
  EXPECT_TRUE(mapped.commands.empty());
  EXPECT_TRUE(mapped.parked.empty());
}

// ---- observations ----

TEST_F(ShopifyMapping, ALevelIsObservedAndMovesNothing) {
  const auto level = [&](const std::string& location, const std::string& available) {
    const intake::Mapped mapped = shop_.map(
        "inventory_levels/update",
        fmt::format(R"({{"inventory_item_id":271878346596884015,"location_id":{},"available":{},)"
                    R"("updated_at":"2026-11-23T10:00:00Z"}})",
                    location, available));
    EXPECT_TRUE(mapped.commands.empty());
    return mapped;
  };
  EXPECT_EQ(level("655441491", "-3").observations, 1u);
  EXPECT_EQ(level("655441491", "null").observations, 0u);  // not tracked
  EXPECT_EQ(level("99", "7").observations, 0u);            // no place of ours
  EXPECT_TRUE(level("99", "7").parked.empty());
  EXPECT_THAT(reason(level("655441491", "1.5")).detail, HasSubstr("/available"));
}

}  // namespace
}  // namespace holdfast::shopify_test
