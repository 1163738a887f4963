// The account behind a SKU's numbers, in words. Pure.
#pragma once

#include <string>

#include "json/value.h"

namespace holdfast::app {

/// An answer of GET /v1/stock/{sku}/explain.
std::string render_explanation(const json::Value& why);

}  // namespace holdfast::app
