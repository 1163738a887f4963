// Is this delivery the sender's, and what is its id? Two schemes: Standard Webhooks, or HMAC-SHA256 over a
// declared content in a declared header. Immutable, thread-safe.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "connectors/config.h"
#include "connectors/shared/standard_webhooks.h"
#include "intake/source.h"

namespace holdfast::connectors::generic {

class Signature {
 public:
  /// kConfigInvalid names the setting.
  static Result<Signature> make(const SourceConfig& config);

  /// Over the raw bytes, in constant time, before anything is parsed.
  bool verifies(const intake::Delivery& delivery) const;
  /// The sender's id of the delivery, the same in every retry; empty if the scheme has none.
  std::string delivery_id(const intake::Delivery& delivery) const;
  bool has_delivery_id() const { return webhooks_.has_value() || !id_header_.empty(); }

 private:
  bool verifies_hmac(const intake::Delivery& delivery) const;

  std::optional<WebhookSecrets> webhooks_;
  // hmac-sha256
  std::vector<std::string> keys_;
  std::string header_, prefix_, signed_content_, timestamp_header_, id_header_;
  bool is_hex_ = false;
};

}  // namespace holdfast::connectors::generic
