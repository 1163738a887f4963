// The ids the ledger gives to holds, "h_{incarnation}_{seq}": seq of the hold's first event.
//
// Used by ledger, which makes and finds them, and by store, which keeps them as two numbers. Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace holdfast {

struct GeneratedId {
  uint32_t incarnation = 0;
  uint64_t number = 0;  ///< of an event, at most INT64_MAX
};

inline constexpr size_t kGeneratedIdBytesMax = 2 + 10 + 1 + 20;

/// nullopt for whatever print_generated_id() would not have written, leading zeros included.
std::optional<GeneratedId> parse_generated_id(std::string_view text);
/// Writes it at `at`, which has room for kGeneratedIdBytesMax; returns one past its end.
char* print_generated_id(GeneratedId id, char* at);

}  // namespace holdfast
