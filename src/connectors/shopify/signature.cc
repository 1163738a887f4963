#include "connectors/shopify/signature.h"

#include "io/crypto.h"

namespace holdfast::connectors::shopify {

Result<Signature> Signature::make(const std::vector<std::string>& secrets) {
  if (secrets.empty()) {
    return fail(ErrorCode::kConfigInvalid,
                "secrets: give the client secret of the app that made the webhooks");
  }
  for (const std::string& secret : secrets) {
    if (!secret.empty()) continue;
    return fail(ErrorCode::kConfigInvalid, "secrets: an empty one would let anybody in");
  }
  Signature signature;
  signature.secrets_ = secrets;
  return signature;
}

bool Signature::verifies(const intake::Delivery& delivery) const {
  const auto told = header_of(delivery, "hmac-sha256");
  const auto digest = told ? io::from_base64(*told) : std::nullopt;
  if (!digest) return false;
  bool matches = false;
  for (const std::string& secret : secrets_) {
    matches |=
        io::equal_in_constant_time(io::as_text(io::hmac_sha256(secret, delivery.body)), *digest);
  }
  return matches;
}

std::optional<std::string_view> header_of(const intake::Delivery& delivery, std::string_view name) {
  std::optional<std::string_view> value;
  for (const auto& [header, text] : delivery.headers) {
    std::string_view rest = header;
    if (rest.starts_with("x-")) rest.remove_prefix(2);
    if (!rest.starts_with("shopify-") || rest.substr(8) != name) continue;
    if (value) return std::nullopt;
    value = text;
  }
  return value;
}

Head head_of(const intake::Delivery& delivery) {
  const auto text = [&](std::string_view name) {
    return std::string(header_of(delivery, name).value_or(""));
  };
  return {text("topic"), text("shop-domain"), text("webhook-id"), text("event-id")};
}

}  // namespace holdfast::connectors::shopify
