// Is this delivery the sender's, and what is its id? Two schemes: Standard Webhooks, or HMAC-SHA256
// over a declared content in a declared header. Immutable, thread-safe.
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
  /// The sender's id of the delivery, the same in every retry; empty if none is signed. An id that
  /// the signature does not cover is anybody's: under another one a captured delivery would be a
  /// new one, and under a stolen one it would keep an honest delivery out.
  std::string delivery_id(const intake::Delivery& delivery) const;
  bool signs_id() const { return webhooks_.has_value() || covers("{id}"); }
  bool signs_time() const { return webhooks_.has_value() || covers("{timestamp}"); }

 private:
  bool verifies_hmac(const intake::Delivery& delivery) const;
  bool covers(std::string_view name) const {
    return signed_content_.find(name) != std::string::npos;
  }

  std::optional<WebhookSecrets> webhooks_;
  // hmac-sha256
  std::vector<std::string> keys_;
  std::string header_, prefix_, signed_content_, timestamp_header_, id_header_;
  bool is_hex_ = false;
};

}  // namespace holdfast::connectors::generic
