// Cuts an array into the bytes of its items without parsing them, so that each item has its own parse, its
// own error and its own fingerprint, and one huge body never becomes one huge document.
//
// Used inside json only. Pure.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"

namespace holdfast::json {

/// The items of `body`, an array, as views into it, without white space around them. What is between the
/// brackets and commas is not looked at. kMalformedJson if the brackets, braces and commas do not form
/// one array; kTooManyLines beyond `max` items.
Result<std::vector<std::string_view>> split_array(std::string_view body, size_t max);

/// Without JSON's white space at both ends.
std::string_view trim(std::string_view text);

}  // namespace holdfast::json
