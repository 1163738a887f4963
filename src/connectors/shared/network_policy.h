// Which addresses an outbound call may go to: the guard against requests forged through us (SSRF).
// Asked at connect time with the address itself, so a name that resolves to another address later is no
// way around it. Immutable, thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

struct sockaddr;

namespace holdfast::connectors {

class NetworkPolicy {
 public:
  /// Refuses every private, local, reserved and multicast network but those of `allow` (CIDR, IPv4 or
  /// IPv6: "10.0.0.0/8", "::1/128"). kConfigInvalid for what is no network.
  static Result<NetworkPolicy> make(const std::vector<std::string>& allow);

  /// IPv4 and IPv6 only; an IPv4-mapped address is judged as the IPv4 address it holds.
  bool allows(const sockaddr* address) const;
  /// The same for an address as text; false for what is no address.
  bool allows_text(std::string_view address) const;

 private:
  using Bytes = std::array<uint8_t, 16>;
  struct Network {
    Bytes prefix{};
    int bits = 0;
    bool contains(const Bytes& address) const;
  };
  static bool parse_address(std::string_view text, Bytes* bytes, bool* is_v4);
  static Result<Network> parse_network(std::string_view text);
  static const std::vector<Network>& refused_networks();
  bool allows_bytes(const Bytes& address) const;

  std::vector<Network> allowed_;
};

}  // namespace holdfast::connectors
