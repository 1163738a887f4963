// simdjson, kept here: text to a document that lives until this thread's next call.
//
// Used inside json only. Each thread keeps one parser and one padded buffer and reuses their memory; what
// one huge body made them grow to is given back after it.
#pragma once

#include <string_view>

#include <simdjson.h>

#include "base/result.h"

namespace holdfast::json {

/// The root of `text`, valid until the next call on this thread. Duplicate members are still there: the
/// caller sees them. kMalformedJson (with byte and pointer), kInvalidValue for a number out of range.
Result<simdjson::dom::element> parse_document(std::string_view text);

}  // namespace holdfast::json
