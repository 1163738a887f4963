// What is kept of a delivery says of stock what the delivery said, and nothing of people.
#include <fmt/format.h>

#include "tests/shopify/shop.h"

namespace holdfast::shopify_test {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(ShopifyKept, TellsTheSameFacts) {
  Shop shop;
  size_t facts = 0;
  for (const Telling& telling : order_life()) {
    intake::Mapped first = shop.map(telling);
    if (first.commands.empty() && first.parked.empty()) {
      EXPECT_EQ(first.kept, "") << telling.topic;
      continue;
    }
    const intake::Mapped again = shop.map_again(first.kept);
    EXPECT_EQ(again.delivery_id, first.delivery_id);
    ASSERT_EQ(again.commands.size(), first.commands.size()) << telling.topic;
    for (size_t i = 0; i < first.commands.size(); ++i, ++facts) {
      Command& told = first.commands[i];
      intake::rekey_by_content(&told);  // the key sums up lines, places and numbers
      EXPECT_EQ(again.commands[i].idempotency_key, told.idempotency_key) << telling.topic;
      EXPECT_EQ(again.commands[i].type, told.type);
      EXPECT_EQ(again.commands[i].order, told.order);
      EXPECT_EQ(again.commands[i].document, told.document);
      EXPECT_EQ(again.commands[i].version, told.version);
      EXPECT_EQ(again.commands[i].occurred_at, told.occurred_at);
    }
  }
  EXPECT_GT(facts, 10u);
}

/// Five A at berlin; the shipment leaves from a place nobody has mapped yet.
std::string shipped_from(const std::string& place) {
  return fmt::format(
      R"({{"id":1001,"updated_at":"2026-11-23T10:00:00+01:00","customer":{{"email":"ada@example.com"}},)"
      R"("line_items":[{{"id":11,"variant_id":5,"sku":"A","quantity":5,"fulfillable_quantity":3}}],)"
      R"("fulfillments":[{{"id":9,"order_id":1001,"status":"success","created_at":"2026-11-23T11:00:00Z",)"
      R"("location_id":{},"line_items":[{{"id":11,"variant_id":5,"sku":"A","quantity":2}}]}}],"refunds":[]}})",
      place);
}

TEST(ShopifyKept, APartThatIsMappedNowIsANewFactAndTheSameAgainIsNot) {
  Shop before;
  const intake::Mapped first = before.map("orders/updated", shipped_from("777"));
  ASSERT_EQ(first.parked.size(), 1u);
  EXPECT_THAT(first.kept, Not(HasSubstr("ada@example.com")));

  connectors::SourceConfig config = shop_config();
  config.locations["777"] = "depot";
  Shop mended(config);
  const intake::Mapped again = mended.map_again(first.kept);
  EXPECT_TRUE(again.parked.empty());
  ASSERT_EQ(again.commands.size(), 1u);
  ASSERT_EQ(again.commands[0].fulfillments.size(), 1u);
  EXPECT_EQ(again.commands[0].fulfillments[0].location, "depot");
  const std::string key = again.commands[0].idempotency_key;
  EXPECT_NE(key, before.map_again(first.kept).commands[0].idempotency_key)
      << "the first telling booked a part: its key would hide the rest";
  EXPECT_EQ(key, mended.map_again(first.kept).commands[0].idempotency_key);
}

}  // namespace
}  // namespace holdfast::shopify_test
