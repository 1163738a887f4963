// Standard Webhooks signatures as the demo's shops make and check them: written from the specification, not
// from the ledger's own code, so that each side proves the other.
#pragma once

#include <string>
#include <string_view>

namespace holdfast::app {

/// "whsec_" and the base64 of 24 random bytes drawn from the seed.
std::string make_secret(uint64_t seed);

/// The value of `webhook-signature` for this content: "v1," and the base64 of HMAC-SHA256 over
/// "{id}.{timestamp}.{body}".
std::string sign_delivery(const std::string& secret, std::string_view id, std::string_view timestamp,
                          std::string_view body);

/// True when one of the space-separated signatures of the header is right.
bool verify_delivery(const std::string& secret, std::string_view id, std::string_view timestamp,
                     std::string_view body, std::string_view header);

}  // namespace holdfast::app
