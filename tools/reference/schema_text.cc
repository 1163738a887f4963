#include "tools/reference/schema_text.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

namespace holdfast::reference {
namespace {

using json::Value;

/// Digits in groups of three: 1,000,000,000.
std::string grouped(int64_t number) {
  std::string digits = std::to_string(number < 0 ? -number : number);
  for (int at = static_cast<int>(digits.size()) - 3; at > 0; at -= 3)
    digits.insert(static_cast<size_t>(at), ",");
  return number < 0 ? "-" + digits : digits;
}

/// ", 1 … 1,000" of two members, either of which may be absent.
std::string range(const Value& schema, std::string_view low, std::string_view high,
                  std::string_view unit) {
  const Value* from = schema.get(low);
  const Value* to = schema.get(high);
  if (from == nullptr && to == nullptr) return {};
  const auto number = [](const Value* value) { return grouped(value->as_integer().value_or(0)); };
  if (to == nullptr) return fmt::format(", {} or more{}", number(from), unit);
  if (from == nullptr) return fmt::format(", at most {}{}", number(to), unit);
  return fmt::format(", {} … {}{}", number(from), number(to), unit);
}

std::string code(const Value& value) { return "`" + value.to_text() + "`"; }

std::string choices(const Value& values) {
  std::string out;
  for (const Value& value : values.items()) {
    if (!out.empty()) out += ", ";
    out += value.as_string() ? "`" + std::string(*value.as_string()) + "`" : code(value);
  }
  return out;
}

/// The word for `type`, which may be several.
std::string kind_of(const Value& schema) {
  const Value* type = schema.get("type");
  if (type == nullptr) return "any";
  if (const auto one = type->as_string()) return std::string(*one);
  std::string out;
  for (const Value& word : type->items()) {
    if (!out.empty()) out += " or ";
    out += word.as_string().value_or("any");
  }
  return out;
}

std::string array_text(const Value& contract, const Value& schema) {
  const Value* items = schema.get("items");
  return fmt::format("array of {}{}", items == nullptr ? "any" : type_text(contract, *items),
                     range(schema, "minItems", "maxItems", " items"));
}

std::string string_text(const Value& schema, std::string kind) {
  const std::string format = text_of(schema, "format");
  if (format == "date-time") kind += ", RFC 3339";
  // a longer one is for programs; the schema's description says the same
  if (const Value* pattern = schema.get("pattern");
      pattern != nullptr && text_of(schema, "pattern").size() < 40)
    kind += fmt::format(", `{}`", pattern->as_string().value_or(""));
  return kind + range(schema, "minLength", "maxLength", " characters");
}

std::string alternatives(const Value& contract, const Value& schemas, std::string_view between) {
  std::string out;
  for (const Value& schema : schemas.items()) {
    if (!out.empty()) out += between;
    out += type_text(contract, schema);
  }
  return out;
}

/// What type_text() says before the default.
std::string bare_type(const Value& contract, const Value& schema) {
  if (const Value* reference = schema.get("$ref"))
    return link_of(reference->as_string().value_or(""));
  if (const Value* all = schema.get("allOf")) return alternatives(contract, *all, " and ");
  if (const Value* one = schema.get("oneOf")) return alternatives(contract, *one, " or ");
  if (const Value* constant = schema.get("const")) return code(*constant);
  if (const Value* values = schema.get("enum")) return choices(*values);
  const std::string kind = kind_of(schema);
  if (kind == "array") return array_text(contract, schema);
  if (kind.starts_with("string")) return string_text(schema, kind);
  if (kind.starts_with("integer") || kind.starts_with("number"))
    return kind + range(schema, "minimum", "maximum", "");
  const Value* others = schema.get("additionalProperties");
  if (kind == "object" && others != nullptr && others->is_object())
    return "object by name, of " + type_text(contract, *others);
  return kind;
}

/// The object whose properties are listed beneath a field: the anonymous one it is, or is an array
/// of.
const Value* nested(const Value& schema, std::string* suffix) {
  if (schema.get("properties") != nullptr) {
    *suffix = ".";
    return &schema;
  }
  const Value* items = schema.get("items");
  if (items == nullptr || items->get("properties") == nullptr) return nullptr;
  *suffix = "[].";
  return items;
}

bool is_flat(const Value& property) {
  return text_of(property, "description").starts_with("Flat form");
}

bool is_required(const Value& schema, std::string_view name) {
  const Value* names = schema.get("required");
  return names != nullptr && std::ranges::any_of(names->items(), [name](const Value& required) {
           return required.as_string() == name;
         });
}

void add_fields(const Value& contract, const Value& schema, const std::string& prefix,
                std::vector<FieldRow>* rows) {
  if (const Value* all = schema.get("allOf"))
    for (const Value& part : all->items())
      add_fields(contract, resolved(contract, part), prefix, rows);
  const Value* properties = schema.get("properties");
  if (properties == nullptr) return;
  for (const auto& [name, property] : properties->members()) {
    if (is_flat(property)) continue;
    rows->push_back({prefix + name, type_text(contract, property), text_of(property, "description"),
                     is_required(schema, name)});
    std::string suffix;
    if (const Value* inner = nested(property, &suffix))
      add_fields(contract, *inner, prefix + name + suffix, rows);
  }
}

}  // namespace

std::string text_of(const Value& value, std::string_view member) {
  const Value* found = value.get(member);
  return found == nullptr ? std::string() : std::string(found->as_string().value_or(""));
}

const Value& resolved(const Value& contract, const Value& value) {
  const Value* reference = value.get("$ref");
  if (reference == nullptr) return value;
  const Value* found = contract.find(reference->as_string().value_or("#").substr(1));
  return found == nullptr ? value : *found;
}

std::string link_of(std::string_view reference) {
  const std::string name(reference.substr(reference.rfind('/') + 1));
  std::string anchor = name;
  std::ranges::transform(anchor, anchor.begin(), [](unsigned char c) { return std::tolower(c); });
  return fmt::format("[{}](#{}-object)", name, anchor);
}

std::vector<FieldRow> fields_of(const Value& contract, const Value& schema) {
  std::vector<FieldRow> rows;
  add_fields(contract, schema, "", &rows);
  return rows;
}

std::vector<std::string> flat_fields_of(const Value& schema) {
  std::vector<std::string> names;
  if (const Value* properties = schema.get("properties"))
    for (const auto& [name, property] : properties->members())
      if (is_flat(property)) names.push_back(name);
  return names;
}

std::string type_text(const Value& contract, const Value& schema) {
  const std::string type = bare_type(contract, schema);
  const Value* standard = schema.get("default");
  return standard == nullptr ? type : fmt::format("{}, default {}", type, code(*standard));
}

}  // namespace holdfast::reference
