#include "tests/shopify/shop.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <fmt/format.h>

#include "connectors/registry.h"
#include "io/crypto.h"

namespace holdfast::shopify_test {

connectors::SourceConfig shop_config() {
  connectors::SourceConfig config;
  config.name = "shop-eu";
  config.type = "shopify";
  config.channel = "web";
  config.secrets = {kOldSecret, kSecret};
  config.locations = {{"655441491", "berlin"}, {"gid://shopify/Location/655441492", "leeds"}};
  return config;
}

std::vector<std::pair<std::string, std::string>> headers_of(const Telling& telling) {
  const auto digest = io::hmac_sha256(telling.secret, telling.body);
  std::vector<std::pair<std::string, std::string>> headers = {
      {"content-type", "application/json"},
      {"x-shopify-topic", telling.topic},
      {"x-shopify-shop-domain", telling.shop},
      {"x-shopify-hmac-sha256", io::to_base64(io::as_text(digest))},
      {"x-shopify-webhook-id", telling.delivery_id}};
  if (!telling.event_id.empty()) headers.emplace_back("x-shopify-event-id", telling.event_id);
  return headers;
}

Shop::Shop(const connectors::SourceConfig& config) {
  auto source = connectors::make_source(config);
  EXPECT_TRUE(source) << source.error().detail;
  if (source) source_ = std::move(*source);
}

Result<intake::Mapped> Shop::tell(const Telling& telling) {
  return source_->receive({telling.body, headers_of(telling), {}});
}

intake::Mapped Shop::map_again(const std::string& kept) {
  Result<intake::Mapped> mapped = source_->map_kept(kept);
  EXPECT_TRUE(mapped) << mapped.error().detail;
  return mapped ? std::move(*mapped) : intake::Mapped{};
}

intake::Mapped Shop::map(const Telling& telling) {
  auto mapped = tell(telling);
  EXPECT_TRUE(mapped) << mapped.error().detail;
  return mapped ? std::move(*mapped) : intake::Mapped{};
}

std::string read_file(const std::string& name) {
  std::ifstream file(std::string(SHOPIFY_DATA) + "/" + name);
  EXPECT_TRUE(file.good()) << name;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<Telling> order_life() {
  std::vector<std::string> names;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::string(SHOPIFY_DATA) + "/order-life")) {
    const std::string name = entry.path().filename();
    if (name.ends_with(".json")) names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  EXPECT_EQ(names.size(), 14u);
  std::vector<Telling> life;
  for (const std::string& name : names) {
    const auto delivery = json::parse_value(read_file("order-life/" + name));
    EXPECT_TRUE(delivery) << name << ": " << delivery.error().detail;
    if (!delivery) continue;
    Telling& telling = life.emplace_back();
    telling.topic = delivery->find("/topic")->as_text().value_or("");
    telling.body = delivery->find("/body")->to_text();
    telling.delivery_id = fmt::format("delivery-{}", name.substr(0, 2));
    telling.event_id = fmt::format("event-{}", name.substr(0, 2));
  }
  return life;
}

}  // namespace holdfast::shopify_test
