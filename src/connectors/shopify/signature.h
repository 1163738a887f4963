// Is this delivery Shopify's, and what does its head say? HMAC-SHA256 over the raw body, in base64,
// keyed with the app's client secret. Immutable, thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "intake/source.h"

namespace holdfast::connectors::shopify {

/// What the headers say of a delivery; empty where one is absent or comes twice. Only the body is
/// signed: who once held a signed body can put any of these beside it, so what is booked must not
/// depend on them alone (every fact of an order also counts once by an id in the body).
struct Head {
  std::string topic;        ///< "orders/create"
  std::string shop;         ///< "x.myshopify.com"
  std::string delivery_id;  ///< the same in every retry
  std::string event_id;     ///< the same for several subscriptions of one topic; may be absent
};

class Signature {
 public:
  /// kConfigInvalid names the setting.
  static Result<Signature> make(const std::vector<std::string>& secrets);

  /// Over the raw bytes, before anything is parsed; any one of the secrets verifies, and the time
  /// taken does not tell which.
  bool verifies(const intake::Delivery& delivery) const;

 private:
  std::vector<std::string> secrets_;
};

/// Header `name` ("topic") as `X-Shopify-Topic` or, as newer subscriptions send it,
/// `Shopify-Topic`; nullopt if neither is there or one comes twice.
std::optional<std::string_view> header_of(const intake::Delivery& delivery, std::string_view name);

Head head_of(const intake::Delivery& delivery);

}  // namespace holdfast::connectors::shopify
