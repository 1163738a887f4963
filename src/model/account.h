// The accounts of the double-entry stock book. Every movement of a SKU goes from one to another, so the
// sum over all accounts of a SKU is 0.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace holdfast {

enum class Account : uint8_t {
  kNone = 0,            // no movement: something to remember
  // inside, one balance per (sku, location)
  kAvailable = 1,       // may go below zero: a shortfall
  kHeld = 2,
  kCommitted = 3,
  kDamaged = 4,
  kQualityControl = 5,
  // beside them, per reference
  kIncoming = 6,        // expected from a supplier; counterpart: supplier
  kInTransit = 7,       // on the way between two locations
  // outside
  kSupplier = 8,
  kCustomer = 9,
  kAdjustment = 10,
};

inline constexpr int kAccountCount = 11;

/// The word in events and answers: "available", "quality_control", "in_transit" …
std::string_view name_of(Account account);
/// The account of that name; nullopt for any other word.
std::optional<Account> account_named(std::string_view name);

/// available, held, committed, damaged, quality_control: what lies at the place (on_hand).
constexpr bool is_on_hand(Account account) {
  return account >= Account::kAvailable && account <= Account::kQualityControl;
}
/// available, held, committed: what a count of "sellable" counts.
constexpr bool is_sellable(Account account) {
  return account >= Account::kAvailable && account <= Account::kCommitted;
}
constexpr bool is_outside(Account account) { return account >= Account::kSupplier; }

}  // namespace holdfast
