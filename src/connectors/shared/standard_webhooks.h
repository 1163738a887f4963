// Standard Webhooks signatures, out and in (https://www.standardwebhooks.com, HMAC-SHA256, "v1").
//
// Used by webhook (sign) and generic (verify). Pure functions and an immutable value; thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace holdfast::connectors {

/// Keys decoded from secrets ("whsec_" + base64 of 24-64 bytes; the prefix may be absent).
class WebhookSecrets {
 public:
  static constexpr Duration kTolerance = 300 * kSecond;

  /// kConfigInvalid for a secret that is not one, and for none at all. Errors never hold the secret.
  static Result<WebhookSecrets> make(const std::vector<std::string>& secrets);

  /// `webhook-signature` for an attempt at `unix_seconds`: one "v1,…" per key, separated by spaces.
  std::string sign(std::string_view id, int64_t unix_seconds, std::string_view body) const;

  /// True if one v1 signature of the header is one of ours over (id, timestamp, body) and the timestamp is
  /// within 300 s of `now`. Takes the same time whatever differs.
  bool verify(std::string_view id, std::string_view timestamp, std::string_view signature_header,
              std::string_view body, Timestamp now) const;

 private:
  std::vector<std::string> keys_;
};

/// Unix seconds within the tolerance of `now`.
bool is_fresh(std::string_view unix_seconds, Timestamp now);

}  // namespace holdfast::connectors
