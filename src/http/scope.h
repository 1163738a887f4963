// What a key may do: the scopes, and which of them a command needs. Pure, thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "model/command.h"

namespace holdfast::http {

enum class Scope : uint8_t {
  kStockRead,
  kStockWrite,
  kHoldWrite,
  kOrderWrite,
  kFeedRead,
  kMetrics,
  kAdmin,
};
inline constexpr std::string_view kScopeNames[] = {
    "stock:read", "stock:write", "hold:write", "order:write", "feed:read", "metrics", "admin"};

constexpr std::string_view name_of(Scope scope) { return kScopeNames[static_cast<size_t>(scope)]; }
constexpr std::optional<Scope> scope_named(std::string_view name) {
  for (size_t i = 0; i < std::size(kScopeNames); ++i)
    if (kScopeNames[i] == name) return static_cast<Scope>(i);
  return std::nullopt;
}

class ScopeSet {
 public:
  constexpr ScopeSet() = default;
  /// "stock:write", or several with '|' between them; for the table of routes.
  constexpr ScopeSet(const char* names) {  // NOLINT: the table reads better without a call
    std::string_view rest = names;
    while (!rest.empty()) {
      const size_t end = rest.find('|');
      add(scope_named(rest.substr(0, end)).value());  // an unknown name does not compile there
      rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
    }
  }
  static constexpr ScopeSet from_bits(uint8_t bits) {
    ScopeSet set;
    set.bits_ = bits & ((1u << std::size(kScopeNames)) - 1);
    return set;
  }

  constexpr void add(Scope scope) {
    bits_ |= static_cast<uint8_t>(1u << static_cast<unsigned>(scope));
  }
  constexpr bool has(Scope scope) const { return (bits_ >> static_cast<unsigned>(scope) & 1) != 0; }
  constexpr bool has_any(ScopeSet other) const { return (bits_ & other.bits_) != 0; }
  constexpr bool empty() const { return bits_ == 0; }
  constexpr uint8_t bits() const { return bits_; }
  constexpr bool operator==(const ScopeSet&) const = default;

 private:
  uint8_t bits_ = 0;
};

/// "stock:write or order:write".
std::string to_text(ScopeSet scopes);
/// What a command needs, by whatever route it comes.
Scope scope_of(CommandType type);

}  // namespace holdfast::http
