// A shop that tells: deliveries as Shopify signs them, and a source that takes them. For the tests
// of this folder. Confined to one thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "connectors/config.h"
#include "intake/source.h"
#include "json/value.h"

namespace holdfast::shopify_test {

inline constexpr const char* kSecret = "shpss_new";
inline constexpr const char* kOldSecret = "shpss_old";
inline constexpr const char* kOrder = "5401234567890123456";  ///< of the order's life

/// A source "shop-eu" of the channel web: 655441491 is berlin, 655441492 leeds; two secrets.
connectors::SourceConfig shop_config();

/// What one delivery says and how it is sent.
struct Telling {
  std::string topic;
  std::string body;
  std::string delivery_id = "delivery-1";
  std::string event_id;
  std::string secret = kSecret;
  std::string shop = "test.myshopify.com";
};

/// Headers in lower case, signed.
std::vector<std::pair<std::string, std::string>> headers_of(const Telling& telling);

class Shop {
 public:
  explicit Shop(const connectors::SourceConfig& config = shop_config());
  Result<intake::Mapped> tell(const Telling& telling);
  /// One that is expected to be signed well.
  intake::Mapped map(const Telling& telling);
  /// What was kept of it, mapped anew.
  intake::Mapped map_again(const std::string& kept);
  intake::Mapped map(const std::string& topic, const std::string& body) {
    return map(Telling{topic, body});
  }

 private:
  std::unique_ptr<intake::PushSource> source_;
};

/// The 14 deliveries of tests/shopify/order-life, in the order of the life.
std::vector<Telling> order_life();

std::string read_file(const std::string& name);

}  // namespace holdfast::shopify_test
