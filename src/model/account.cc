#include "model/account.h"

namespace holdfast {
namespace {
constexpr std::string_view kNames[kAccountCount] = {
    "none",     "available",  "held",     "committed", "damaged",    "quality_control",
    "incoming", "in_transit", "supplier", "customer",  "adjustment",
};
}  // namespace

std::string_view name_of(Account account) { return kNames[static_cast<int>(account)]; }

std::optional<Account> account_named(std::string_view name) {
  for (int i = 1; i < kAccountCount; ++i) {
    if (kNames[i] == name) return static_cast<Account>(i);
  }
  return std::nullopt;
}

}  // namespace holdfast
