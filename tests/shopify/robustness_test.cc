// Whatever is signed: no throw, no crash, only well-formed commands, and a reason that says where.
#include <algorithm>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/random.h"
#include "json/check.h"
#include "tests/shopify/shop.h"

namespace holdfast::shopify_test {
namespace {

const std::vector<std::string> kTopics = {"orders/create",
                                          "orders/updated",
                                          "orders/cancelled",
                                          "refunds/create",
                                          "fulfillments/create",
                                          "fulfillments/update",
                                          "fulfillment_orders/moved",
                                          "inventory_levels/update"};
const std::vector<std::string> kOddities = {"null",
                                            "true",
                                            "0",
                                            "-1",
                                            "1.5",
                                            "1e300",
                                            "9223372036854775807",
                                            "18446744073709551615",
                                            "\"\"",
                                            "\" \"",
                                            "\"x\"",
                                            "\"\\u0000\"",
                                            "[]",
                                            "{}",
                                            "[[]]",
                                            "[{}]",
                                            "[null]",
                                            "2000000000"};

/// Empty, or what a mapped delivery must not be.
std::string flaw_of(const Result<intake::Mapped>& mapped) {
  if (!mapped) return "an error: " + mapped.error().detail;
  for (const Command& command : mapped->commands) {
    if (const auto good = json::check_command(command); !good) return good.error().detail;
    if (!command.from_source || command.source != "shop-eu") return "a command of nobody";
    if (command.idempotency_key.empty()) return "a command without a key";
  }
  if (mapped->items.size() != mapped->commands.size()) return "commands without items";
  for (const auto& parked : mapped->parked) {
    const bool says_where = parked.reason.detail.find('/') != std::string::npos ||
                            parked.reason.detail.starts_with("the delivery ");
    if (!says_where) return "a reason without a place: " + parked.reason.detail;
    if (!json::parse_value(parked.item)) return "an item that is no JSON";
  }
  return {};
}

/// Compact text with the `at`-th value (counted in depth) replaced or, if it is a member, left out.
class Mutation {
 public:
  Mutation(size_t at, std::string replacement) : at_(at), replacement_(std::move(replacement)) {}

  std::string apply(const json::Value& value) {
    const size_t index = count_++;
    if (index == at_) return replacement_;
    if (value.is_array()) {
      std::string text = "[";
      for (const json::Value& item : value.items()) {
        if (text.size() > 1) text += ',';
        text += apply(item);
      }
      return text + "]";
    }
    if (!value.is_object()) return value.to_text();
    std::string text = "{";
    for (const auto& [name, member] : value.members()) {
      const size_t before = count_;
      const std::string inside = apply(member);
      if (before == at_ && replacement_.empty()) continue;
      if (text.size() > 1) text += ',';
      text += fmt::format("\"{}\":{}", name, inside);
    }
    return text + "}";
  }
  size_t count() const { return count_; }

 private:
  const size_t at_;
  const std::string replacement_;
  size_t count_ = 0;
};

/// Every value of every delivery of the life, replaced by everything odd, and left out.
TEST(ShopifyRobustness, ALifeWithOneValueWrongIsBookedOrParkedNeverAnError) {
  Shop shop;
  std::vector<std::string> replacements = kOddities;
  replacements.emplace_back();  // left out
  size_t told = 0, parked = 0;
  for (const Telling& telling : order_life()) {
    const auto body = json::parse_value(telling.body);
    Mutation none(SIZE_MAX, "x");
    none.apply(*body);
    for (size_t at = 0; at < none.count(); ++at) {
      for (const std::string& replacement : replacements) {
        Telling odd = telling;
        odd.body = Mutation(at, replacement).apply(*body);
        if (!json::parse_value(odd.body)) continue;  // an element or the whole left out
        const auto mapped = shop.tell(odd);
        ASSERT_EQ(flaw_of(mapped), "")
            << telling.delivery_id << " value " << at << " as " << replacement;
        ++told;
        parked += mapped->parked.empty() ? 0 : 1;
      }
    }
  }
  EXPECT_GT(told, 8'000u);
  EXPECT_GT(parked, 1'000u);
}

std::string random_json(Random& random, int depth) {
  static const std::vector<std::string> kNames = {"id",
                                                  "order_id",
                                                  "updated_at",
                                                  "created_at",
                                                  "line_items",
                                                  "fulfillments",
                                                  "refunds",
                                                  "sku",
                                                  "quantity",
                                                  "fulfillable_quantity",
                                                  "refund_line_items",
                                                  "restock_type",
                                                  "location_id",
                                                  "line_item",
                                                  "status",
                                                  "test",
                                                  "cancelled_at",
                                                  "moved_fulfillment_order",
                                                  "source_location",
                                                  "inventory_item_id",
                                                  "available",
                                                  "variant_id",
                                                  "line_item_id",
                                                  "destination_location_id"};
  static const std::vector<std::string> kGood = {"\"2026-11-23T10:00:00Z\"",
                                                 "655441491",
                                                 "1",
                                                 "5",
                                                 "\"A\"",
                                                 "\"success\"",
                                                 "\"cancelled\"",
                                                 "\"cancel\"",
                                                 "\"return\""};
  const uint64_t kind = random.below(depth > 0 ? 10 : 6);
  if (kind < 2) return kOddities[random.below(kOddities.size())];
  if (kind < 6) return kGood[random.below(kGood.size())];
  std::string text(1, kind < 8 ? '{' : '[');
  const uint64_t start = random.below(kNames.size());
  const uint64_t count = random.below(kind < 8 ? 12 : 4);
  for (uint64_t i = 0; i < count; ++i) {
    if (i > 0) text += ',';
    if (kind < 8) text += fmt::format("\"{}\":", kNames[(start + i) % kNames.size()]);
    text += random_json(random, depth - 1);
  }
  return text + (kind < 8 ? '}' : ']');
}

RC_GTEST_PROP(ShopifyRobustness, AnyJsonUnderAnyTopicIsBookedOrParked, (uint64_t seed)) {
  SeededRandom random(seed);
  Shop shop;
  for (int i = 0; i < 50; ++i) {
    Telling telling;
    telling.topic = kTopics[random.below(kTopics.size())];
    telling.body = random_json(random, 5);
    const std::string flaw = flaw_of(shop.tell(telling));
    if (!flaw.empty()) RC_FAIL(flaw + "\n" + telling.topic + " " + telling.body);
  }
}

TEST(ShopifyRobustness, AnOrderOfTooManyLinesIsParked) {
  Shop shop;
  std::string lines;
  for (int i = 0; i < 1'001; ++i) {
    if (i > 0) lines += ',';
    lines +=
        fmt::format(R"({{"id":{},"sku":"A{}","quantity":1,"fulfillable_quantity":1}})", i + 1, i);
  }
  const intake::Mapped mapped = shop.map(
      "orders/create",
      R"({"id":1,"updated_at":"2026-11-23T10:00:00Z","fulfillments":[],"refunds":[],"line_items":[)" +
          lines + "]}");
  EXPECT_TRUE(mapped.commands.empty());
  ASSERT_EQ(mapped.parked.size(), 1u);
  EXPECT_THAT(mapped.parked[0].reason.detail, testing::HasSubstr("/line_items"));
}

}  // namespace
}  // namespace holdfast::shopify_test
