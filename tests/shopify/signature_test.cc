// Whose delivery it is: signature, secrets, headers.
#include <fmt/format.h>

#include "connectors/registry.h"
#include "tests/shopify/shop.h"

namespace holdfast::shopify_test {
namespace {

using testing::HasSubstr;

const std::string kBody =
    R"({"id":1,"updated_at":"2026-11-23T09:00:00Z","line_items":[],"fulfillments":[],"refunds":[]})";

ErrorCode code_of(const Result<intake::Mapped>& mapped) {
  return mapped ? ErrorCode::kNone : mapped.error().code;
}

TEST(ShopifySignature, TheVectorOfShopifysOwnLibraryVerifies) {
  const auto vector = json::parse_value(read_file("hmac-vector.json"));
  ASSERT_TRUE(vector);
  connectors::SourceConfig config = shop_config();
  config.secrets = {vector->find("/secret")->as_text().value_or("")};
  config.locations["24826418"] = "paris";
  const auto source = connectors::make_source(config);
  ASSERT_TRUE(source);
  std::vector<std::pair<std::string, std::string>> headers;
  for (const auto& [name, value] : vector->find("/headers")->members()) {
    std::string lower = name;
    for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    headers.emplace_back(lower, *value.as_text());
  }
  std::string body(*vector->find("/body")->as_string());
  const auto mapped = (*source)->receive({body, headers, {}});
  ASSERT_TRUE(mapped);
  EXPECT_EQ(mapped->observations, 1u);
  EXPECT_TRUE(mapped->commands.empty());
  EXPECT_TRUE(mapped->parked.empty());
  body.back() = ' ';
  EXPECT_EQ(code_of((*source)->receive({body, headers, {}})), ErrorCode::kUnauthorized);
}

TEST(ShopifySignature, AnyOfTheSecretsAndNoOther) {
  Shop shop;
  EXPECT_EQ(code_of(shop.tell({.topic = "orders/create", .body = kBody})), ErrorCode::kNone);
  EXPECT_EQ(code_of(shop.tell({.topic = "orders/create", .body = kBody, .secret = kOldSecret})),
            ErrorCode::kNone);
  const auto other = shop.tell({.topic = "orders/create", .body = kBody, .secret = "shpss_other"});
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, ErrorCode::kUnauthorized);
  EXPECT_EQ(other.error().detail, "");
}

TEST(ShopifySignature, IsOverTheRawBytesAndOneHeader) {
  const auto made = connectors::make_source(shop_config());
  ASSERT_TRUE(made);
  const auto code = [&](const std::string& body, const auto& headers) {
    return code_of((*made)->receive({body, headers, {}}));
  };
  const Telling telling{.topic = "orders/create", .body = kBody};
  auto headers = headers_of(telling);
  EXPECT_EQ(code(kBody, headers), ErrorCode::kNone);
  EXPECT_EQ(code(kBody + "\n", headers), ErrorCode::kUnauthorized);
  EXPECT_EQ(code("{not json", headers), ErrorCode::kUnauthorized);  // verified before it is parsed
  auto twice = headers;
  twice.push_back(headers[3]);
  EXPECT_EQ(code(kBody, twice), ErrorCode::kUnauthorized);
  auto newer = headers;  // newer subscriptions leave the X- out
  for (auto& [name, value] : newer) {
    if (name.starts_with("x-")) name = name.substr(2);
  }
  EXPECT_EQ(code(kBody, newer), ErrorCode::kNone);
  EXPECT_TRUE((*made)->receive({kBody, newer, {}})->parked.empty());
  for (const char* wrong : {"", "====", "AAAA", "not base64!"}) {
    headers[3].second = wrong;
    EXPECT_EQ(code(kBody, headers), ErrorCode::kUnauthorized) << wrong;
  }
  headers.erase(headers.begin() + 3);
  EXPECT_EQ(code(kBody, headers), ErrorCode::kUnauthorized);
}

TEST(ShopifySignature, ADeliveryOfAnotherShopOfTheSameAppIsParked) {
  connectors::SourceConfig config = shop_config();
  config.shop_domain = "Test.myshopify.com";
  Shop shop(config);
  Telling telling{.topic = "orders/create", .body = order_life()[0].body};
  EXPECT_EQ(shop.map(telling).commands.size(), 1u);
  telling.shop = "other.myshopify.com";
  const intake::Mapped other = shop.map(telling);
  EXPECT_TRUE(other.commands.empty());
  ASSERT_EQ(other.parked.size(), 1u);
  EXPECT_THAT(other.parked[0].reason.detail, HasSubstr("other.myshopify.com"));
}

TEST(ShopifySignature, AHeadThatDoesNotSayWhatItIsIsParked) {
  Shop shop;
  const std::pair<Telling, const char*> cases[] = {
      {{.topic = "", .body = kBody}, "X-Shopify-Topic"},
      {{.topic = "orders/create", .body = kBody, .delivery_id = ""}, "X-Shopify-Webhook-Id"},
      {{.topic = "orders/create", .body = kBody, .delivery_id = std::string(65, 'x')}, "64 bytes"},
  };
  for (const auto& [telling, reason] : cases) {
    const intake::Mapped mapped = shop.map(telling);
    EXPECT_TRUE(mapped.commands.empty()) << reason;
    ASSERT_EQ(mapped.parked.size(), 1u) << reason;
    EXPECT_THAT(mapped.parked[0].reason.detail, HasSubstr(reason));
  }
}

TEST(ShopifySignature, AConfigurationThatCannotBeRightIsRefused) {
  const auto detail = [](auto change) {
    connectors::SourceConfig config = shop_config();
    change(config);
    const auto source = connectors::make_source(config);
    if (!source) {
      EXPECT_EQ(source.error().code, ErrorCode::kConfigInvalid);
    }
    return source ? std::string() : source.error().detail;
  };
  EXPECT_THAT(detail([](auto& c) { c.secrets = {}; }), HasSubstr("client secret"));
  EXPECT_THAT(detail([](auto& c) { c.secrets = {"a", ""}; }), HasSubstr("let anybody in"));
  EXPECT_THAT(detail([](auto& c) { c.shop_domain = "https://x.myshopify.com"; }),
              HasSubstr("the domain alone"));
  EXPECT_THAT(detail([](auto& c) { c.locations["berlin"] = "berlin"; }), HasSubstr("its number"));
  EXPECT_THAT(detail([](auto& c) { c.locations["655441492"] = "leeds"; }), HasSubstr("twice"));
  EXPECT_THAT(detail([](auto& c) { c.locations["7"] = " x"; }), HasSubstr("white space"));
  EXPECT_EQ(detail([](auto&) {}), "");
}

}  // namespace
}  // namespace holdfast::shopify_test
