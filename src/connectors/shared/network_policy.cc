#include "connectors/shared/network_policy.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace holdfast::connectors {
namespace {

/// Where an IPv4 address stands in the 16 bytes: ::ffff:a.b.c.d, so one comparison serves both families.
constexpr size_t kV4Offset = 12;

}  // namespace

bool NetworkPolicy::Network::contains(const Bytes& address) const {
  const int whole = bits / 8;
  if (!std::equal(prefix.begin(), prefix.begin() + whole, address.begin())) return false;
  if (bits % 8 == 0) return true;
  const auto mask = static_cast<uint8_t>(0xff << (8 - bits % 8));
  return (prefix[whole] & mask) == (address[whole] & mask);
}

bool NetworkPolicy::parse_address(std::string_view text, Bytes* bytes, bool* is_v4) {
  const std::string copy(text);
  in_addr v4{};
  bytes->fill(0);
  *is_v4 = inet_pton(AF_INET, copy.c_str(), &v4) == 1;
  if (*is_v4) {
    (*bytes)[10] = (*bytes)[11] = 0xff;
    std::memcpy(bytes->data() + kV4Offset, &v4, 4);
    return true;
  }
  return inet_pton(AF_INET6, copy.c_str(), bytes->data()) == 1;
}

Result<NetworkPolicy::Network> NetworkPolicy::parse_network(std::string_view text) {
  const auto bad = [&] {
    return fail(ErrorCode::kConfigInvalid,
                fmt::format("allow_private_networks: \"{}\" is no network; write it as "
                            "\"10.0.0.0/8\" or \"fd00::/8\"",
                            text));
  };
  const size_t slash = text.find('/');
  if (slash == std::string_view::npos) return bad();
  Network network;
  bool is_v4 = false;
  if (!parse_address(text.substr(0, slash), &network.prefix, &is_v4)) return bad();
  const std::string_view length = text.substr(slash + 1);
  const auto parsed = std::from_chars(length.data(), length.data() + length.size(), network.bits);
  const int bits_max = is_v4 ? 32 : 128;
  if (parsed.ec != std::errc{} || parsed.ptr != length.data() + length.size() || network.bits < 0 ||
      network.bits > bits_max) {
    return bad();
  }
  if (is_v4) network.bits += 96;
  return network;
}

const std::vector<NetworkPolicy::Network>& NetworkPolicy::refused_networks() {
  static const std::vector<Network> networks = [] {
    std::vector<Network> parsed;
    for (const char* text :
         {"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
          "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.168.0.0/16", "198.18.0.0/15",
          "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "::/128", "::1/128",
          "fc00::/7", "fe80::/10", "ff00::/8", "2001:db8::/32", "64:ff9b::/96", "2002::/16"}) {
      parsed.push_back(*parse_network(text));
    }
    return parsed;
  }();
  return networks;
}

Result<NetworkPolicy> NetworkPolicy::make(const std::vector<std::string>& allow) {
  NetworkPolicy policy;
  for (const std::string& text : allow) {
    HF_ASSIGN(network, parse_network(text));
    policy.allowed_.push_back(network);
  }
  return policy;
}

bool NetworkPolicy::allows_bytes(const Bytes& address) const {
  const auto holds = [&](const Network& network) { return network.contains(address); };
  if (std::any_of(allowed_.begin(), allowed_.end(), holds)) return true;
  const auto& refused = refused_networks();
  return std::none_of(refused.begin(), refused.end(), holds);
}

bool NetworkPolicy::allows(const sockaddr* address) const {
  Bytes bytes{};
  if (address->sa_family == AF_INET) {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(address);
    bytes[10] = bytes[11] = 0xff;
    std::memcpy(bytes.data() + kV4Offset, &v4->sin_addr, 4);
  } else if (address->sa_family == AF_INET6) {
    const auto* v6 = reinterpret_cast<const sockaddr_in6*>(address);
    std::memcpy(bytes.data(), &v6->sin6_addr, 16);
  } else {
    return false;
  }
  return allows_bytes(bytes);
}

bool NetworkPolicy::allows_text(std::string_view address) const {
  Bytes bytes{};
  bool is_v4 = false;
  return parse_address(address, &bytes, &is_v4) && allows_bytes(bytes);
}

}  // namespace holdfast::connectors
