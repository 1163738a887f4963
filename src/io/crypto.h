// SHA-256, HMAC-SHA256, constant-time comparison, base64 and hex.
//
// Used by http (keys), connectors (webhook signatures) and app. Pure functions, thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace holdfast::io {

using Digest256 = std::array<unsigned char, 32>;

Digest256 sha256(std::string_view bytes);
Digest256 hmac_sha256(std::string_view key, std::string_view message);

/// Takes the same time whatever the first difference; false for different lengths.
bool equal_in_constant_time(std::string_view a, std::string_view b);

inline std::string_view as_text(const Digest256& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

/// Standard alphabet, padded (RFC 4648 section 4).
std::string to_base64(std::string_view bytes);
/// nullopt for anything but complete, padded base64.
std::optional<std::string> from_base64(std::string_view text);
/// Lower-case.
std::string to_hex(std::string_view bytes);
/// Either case; nullopt for anything else.
std::optional<std::string> from_hex(std::string_view text);

}  // namespace holdfast::io
