// Why a text is not acceptable JSON: a slow, plain second reading, made only after simdjson refused, that
// says at which byte and under which JSON pointer it went wrong.
//
// Used inside json, and by the fuzzer, which holds it against simdjson: one accepts what the other does.
// Pure functions, thread-safe, no recursion beyond kJsonDepthMax.
#pragma once

#include <optional>
#include <string_view>

#include "base/error.h"

namespace holdfast::json {

/// nullopt if `text` is one JSON value of depth ≤ kJsonDepthMax in valid UTF-8 with numbers in range.
/// kMalformedJson otherwise; kInvalidValue where only a number is too large for 64 bits or a double.
std::optional<Error> diagnose(std::string_view text);

}  // namespace holdfast::json
