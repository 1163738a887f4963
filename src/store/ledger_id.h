// The name a new ledger gets.
#pragma once

#include <string>
#include <string_view>

#include "base/random.h"

namespace holdfast::store {

inline constexpr size_t kLedgerIdDrawn = 12;  ///< characters, of [a-z0-9]

inline std::string draw_ledger_id(Random& random) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789";
  std::string id;
  while (id.size() < kLedgerIdDrawn) id += kLetters[random.below(kLetters.size())];
  return id;
}

}  // namespace holdfast::store
