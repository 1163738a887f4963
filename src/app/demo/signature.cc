#include "app/demo/signature.h"

#include <fmt/format.h>

#include "base/random.h"
#include "io/crypto.h"

namespace holdfast::app {
namespace {

constexpr std::string_view kPrefix = "whsec_";

}  // namespace

std::string make_secret(uint64_t seed) {
  SeededRandom random(seed);
  std::string key;
  for (int i = 0; i < 24; ++i) key += static_cast<char>(random.below(256));
  return std::string(kPrefix) + io::to_base64(key);
}

std::string sign_delivery(const std::string& secret, std::string_view id, std::string_view timestamp,
                          std::string_view body) {
  const std::string key = io::from_base64(secret.substr(kPrefix.size())).value_or("");
  const io::Digest256 digest = io::hmac_sha256(key, fmt::format("{}.{}.{}", id, timestamp, body));
  return "v1," + io::to_base64(io::as_text(digest));
}

bool verify_delivery(const std::string& secret, std::string_view id, std::string_view timestamp,
                     std::string_view body, std::string_view header) {
  const std::string expected = sign_delivery(secret, id, timestamp, body);
  while (!header.empty()) {
    const size_t space = header.find(' ');
    const std::string_view one = header.substr(0, space);
    if (io::equal_in_constant_time(one, expected)) return true;
    header = space == std::string_view::npos ? std::string_view() : header.substr(space + 1);
  }
  return false;
}

}  // namespace holdfast::app
