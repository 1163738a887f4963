// The reference pages as text. Pure functions: what they say follows from the contract and the
// error table.
#pragma once

#include <string>

#include "json/value.h"

namespace holdfast::reference {

/// docs/reference/api.md: every operation of an OpenAPI 3.1 document, in the order of its `tags`.
/// The document must be valid: its references lead somewhere (json/docs_test holds that).
std::string api_page(const json::Value& contract);

/// docs/reference/errors.md: every ErrorCode with its status and remedy.
std::string errors_page();

}  // namespace holdfast::reference
