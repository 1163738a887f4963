#include "connectors/shared/standard_webhooks.h"

#include <fmt/format.h>

#include <charconv>

#include "io/crypto.h"

namespace holdfast::connectors {
namespace {

constexpr std::string_view kPrefix = "whsec_";
constexpr size_t kKeyBytesMin = 24;
constexpr size_t kKeyBytesMax = 64;
constexpr size_t kSignaturesMax = 16;

std::string digest_of(const std::string& key, std::string_view id, std::string_view timestamp,
                      std::string_view body) {
  std::string signed_content;
  signed_content.reserve(id.size() + timestamp.size() + body.size() + 2);
  signed_content.append(id).append(".").append(timestamp).append(".").append(body);
  return io::to_base64(io::as_text(io::hmac_sha256(key, signed_content)));
}

}  // namespace

Result<WebhookSecrets> WebhookSecrets::make(const std::vector<std::string>& secrets) {
  WebhookSecrets result;
  for (const std::string& secret : secrets) {
    std::string_view text = secret;
    if (text.starts_with(kPrefix)) text.remove_prefix(kPrefix.size());
    auto key = io::from_base64(text);
    if (!key || key->size() < kKeyBytesMin || key->size() > kKeyBytesMax) {
      return fail(ErrorCode::kConfigInvalid,
                  fmt::format("secret: this must be \"whsec_\" and base64 of {} to {} random bytes",
                              kKeyBytesMin, kKeyBytesMax));
    }
    result.keys_.push_back(std::move(*key));
  }
  if (result.keys_.empty()) {
    return fail(ErrorCode::kConfigInvalid, "secret: one is needed to sign or verify with");
  }
  return result;
}

std::string WebhookSecrets::sign(std::string_view id, int64_t unix_seconds,
                                 std::string_view body) const {
  const std::string timestamp = std::to_string(unix_seconds);
  std::string header;
  for (const std::string& key : keys_) {
    if (!header.empty()) header += ' ';
    header += "v1," + digest_of(key, id, timestamp, body);
  }
  return header;
}

bool WebhookSecrets::verify(std::string_view id, std::string_view timestamp,
                            std::string_view signature_header, std::string_view body,
                            Timestamp now) const {
  if (id.empty() || timestamp.empty() || signature_header.empty()) return false;
  bool matches = false;
  for (const std::string& key : keys_) {
    const std::string expected = digest_of(key, id, timestamp, body);
    std::string_view rest = signature_header;
    for (size_t seen = 0; !rest.empty() && seen < kSignaturesMax; ++seen) {
      const size_t space = rest.find(' ');
      const std::string_view one = rest.substr(0, space);
      rest = space == std::string_view::npos ? std::string_view() : rest.substr(space + 1);
      if (!one.starts_with("v1,")) continue;
      // Not "return": every signature costs the same whichever matches.
      matches |= io::equal_in_constant_time(one.substr(3), expected);
    }
  }
  return is_fresh(timestamp, now) && matches;
}

bool is_fresh(std::string_view unix_seconds, Timestamp now) {
  int64_t seconds = 0;
  const char* end = unix_seconds.data() + unix_seconds.size();
  const auto parsed = std::from_chars(unix_seconds.data(), end, seconds);
  if (parsed.ec != std::errc{} || parsed.ptr != end) return false;
  // Compared in whole seconds, as every other implementation does.
  const int64_t now_seconds = now.us / kSecond;
  const int64_t tolerance = WebhookSecrets::kTolerance / kSecond;
  return seconds >= now_seconds - tolerance && seconds <= now_seconds + tolerance;
}

}  // namespace holdfast::connectors
