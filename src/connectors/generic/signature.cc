#include "connectors/generic/signature.h"

#include <algorithm>
#include <cctype>

#include "io/crypto.h"

namespace holdfast::connectors::generic {
namespace {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

/// The header's value; nullopt if it is absent or comes twice, which no honest sender does.
std::optional<std::string_view> header_of(const intake::Delivery& delivery, std::string_view name) {
  std::optional<std::string_view> value;
  for (const auto& [header, text] : delivery.headers) {
    if (header != name) continue;
    if (value) return std::nullopt;
    value = text;
  }
  return value;
}

/// "{timestamp}.{body}" with its names filled in; nullopt for a name that is not known.
std::optional<std::string> fill_in(std::string_view form, std::string_view id,
                                   std::string_view timestamp, std::string_view body) {
  std::string filled;
  while (!form.empty()) {
    const size_t brace = form.find('{');
    filled += form.substr(0, brace);
    if (brace == std::string_view::npos) break;
    form.remove_prefix(brace);
    if (form.starts_with("{body}")) {
      filled += body;
    } else if (form.starts_with("{timestamp}")) {
      filled += timestamp;
    } else if (form.starts_with("{id}")) {
      filled += id;
    } else {
      return std::nullopt;
    }
    form.remove_prefix(form.find('}') + 1);
  }
  return filled;
}

}  // namespace

Result<Signature> Signature::make(const SourceConfig& config) {
  Signature signature;
  if (config.signature == "standard-webhooks") {
    HF_ASSIGN(secrets, WebhookSecrets::make(config.secrets));
    signature.webhooks_ = std::move(secrets);
    return signature;
  }
  const auto bad = [](std::string detail) { return fail(ErrorCode::kConfigInvalid, detail); };
  if (config.signature != "hmac-sha256") {
    return bad("signature: must be \"standard-webhooks\" or \"hmac-sha256\"");
  }
  if (config.secrets.empty()) return bad("secrets: one is needed to verify with");
  for (const std::string& secret : config.secrets) {
    if (secret.empty()) return bad("secrets: an empty one would let anybody in");
  }
  if (config.signature_header.empty()) {
    return bad("signature_header: name the header that carries the signature");
  }
  if (config.signature_encoding != "hex" && config.signature_encoding != "base64") {
    return bad("signature_encoding: must be \"hex\" or \"base64\"");
  }
  const std::string& form = config.signed_content;
  if (form.find("{body}") == std::string::npos || !fill_in(form, "", "", "")) {
    return bad("signed_content: must hold {body}, and may hold {timestamp} and {id}");
  }
  if (form.find("{timestamp}") != std::string::npos && config.timestamp_header.empty()) {
    return bad("timestamp_header: signed_content needs it");
  }
  if (form.find("{id}") != std::string::npos && config.id_header.empty()) {
    return bad("id_header: signed_content needs it");
  }
  signature.keys_ = config.secrets;
  signature.header_ = lower(config.signature_header);
  signature.prefix_ = config.signature_prefix;
  signature.signed_content_ = form;
  signature.timestamp_header_ = lower(config.timestamp_header);
  signature.id_header_ = lower(config.id_header);
  signature.is_hex_ = config.signature_encoding == "hex";
  return signature;
}

bool Signature::verifies(const intake::Delivery& delivery) const {
  if (!webhooks_) return verifies_hmac(delivery);
  const auto id = header_of(delivery, "webhook-id");
  const auto timestamp = header_of(delivery, "webhook-timestamp");
  const auto signature = header_of(delivery, "webhook-signature");
  if (!id || !timestamp || !signature) return false;
  return webhooks_->verify(*id, *timestamp, *signature, delivery.body, delivery.received_at);
}

bool Signature::verifies_hmac(const intake::Delivery& delivery) const {
  const auto header = header_of(delivery, header_);
  if (!header || !header->starts_with(prefix_)) return false;
  const std::string_view told = header->substr(prefix_.size());
  const auto digest = is_hex_ ? io::from_hex(told) : io::from_base64(told);
  if (!digest) return false;
  std::string_view timestamp;
  if (!timestamp_header_.empty()) {
    timestamp = header_of(delivery, timestamp_header_).value_or("");
    if (!is_fresh(timestamp, delivery.received_at)) return false;
  }
  // An absent id is an empty one, and of those every delivery has the same.
  if (covers("{id}") && delivery_id(delivery).empty()) return false;
  const auto content = fill_in(signed_content_, delivery_id(delivery), timestamp, delivery.body);
  bool matches = false;
  for (const std::string& key : keys_) {
    matches |= io::equal_in_constant_time(io::as_text(io::hmac_sha256(key, *content)), *digest);
  }
  return matches;
}

std::string Signature::delivery_id(const intake::Delivery& delivery) const {
  if (!signs_id()) return {};
  const std::string_view name = webhooks_ ? std::string_view("webhook-id") : id_header_;
  return std::string(header_of(delivery, name).value_or(""));
}

}  // namespace holdfast::connectors::generic
