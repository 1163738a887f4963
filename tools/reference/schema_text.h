// JSON schemas in words, for the cells of the reference's tables. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "json/value.h"

namespace holdfast::reference {

/// One row of a table of fields. Fields of nested objects have dotted names: `lines[].sku`.
struct FieldRow {
  std::string name;
  std::string type;  ///< with ranges and default, in Markdown
  std::string what;
  bool required = false;
};

/// The properties of an object schema, those of its anonymous parts included, in the order written.
/// Empty for what is no object. Properties of the flat form (one line beside `type`) are left out.
std::vector<FieldRow> fields_of(const json::Value& contract, const json::Value& schema);

/// Names of the properties left out as flat form.
std::vector<std::string> flat_fields_of(const json::Value& schema);

/// "integer, 1 … 1,000,000,000, default `1`"; named schemas are links into the page.
std::string type_text(const json::Value& contract, const json::Value& schema);

/// A member as text; empty where there is none.
std::string text_of(const json::Value& value, std::string_view member);

/// The value behind `$ref`, or the value itself.
const json::Value& resolved(const json::Value& contract, const json::Value& value);

/// "[Hold](#hold-object)" for "#/components/schemas/Hold".
std::string link_of(std::string_view reference);

}  // namespace holdfast::reference
