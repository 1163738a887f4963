#include "connectors/shopify/fields.h"

#include <fmt/format.h>

#include "connectors/shopify/payload.h"
#include "json/check.h"
#include "model/limits.h"

namespace holdfast::connectors::shopify {
namespace {

std::string_view trim(std::string_view text) {
  constexpr std::string_view kSpaces = " \t\r\n";
  const size_t first = text.find_first_not_of(kSpaces);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(kSpaces) - first + 1);
}

}  // namespace

Field Field::operator[](std::string_view name) const {
  const json::Value* member = value_ == nullptr ? nullptr : value_->get(name);
  if (member != nullptr && member->is_null()) member = nullptr;
  return {member, fmt::format("{}/{}", pointer_, name)};
}

std::unexpected<Error> Field::wrong(std::string_view why) const {
  return fail(ErrorCode::kUnreadableDelivery,
              fmt::format("{} {}", pointer_.empty() ? "the delivery" : pointer_,
                          value_ == nullptr ? "is missing" : why),
              pointer_);
}

Result<std::string> Field::optional_id() const {
  if (!is_there()) return std::string();
  const auto text = value_->as_text();
  if (!text) return wrong("is neither an integer nor text");
  std::string bare = bare_id(trim(*text));
  if (const auto good = json::check_name(bare, "id"); !good) {
    return wrong(fmt::format("is no id: {}", good.error().detail));
  }
  return bare;
}

Result<std::string> Field::id() const {
  if (!is_there()) return wrong("");
  return optional_id();
}

Result<std::string> Field::name() const {
  if (!is_there()) return std::string();
  const auto text = value_->as_string();
  if (!text) return wrong("is no text");
  std::string trimmed(trim(*text));
  if (trimmed.empty()) return trimmed;
  if (const auto good = json::check_name(trimmed, "name"); !good) {
    return wrong(fmt::format("cannot be taken: {}", good.error().detail));
  }
  return trimmed;
}

Result<int64_t> Field::integer(int64_t min, int64_t max) const {
  const auto number = is_there() ? value_->as_integer() : std::nullopt;
  if (number && *number >= min && *number <= max) return *number;
  return wrong(fmt::format("is no integer from {} to {}", min, max));
}

Result<Timestamp> Field::optional_time() const {
  if (!is_there()) return Timestamp{};
  const auto text = value_->as_string();
  const auto time = text ? parse_rfc3339(*text) : std::nullopt;
  if (!time) return wrong("is no RFC 3339 time with an offset");
  return *time;
}

Result<Timestamp> Field::time() const {
  if (!is_there()) return wrong("");
  return optional_time();
}

Result<bool> Field::flag(bool absent) const {
  if (!is_there()) return absent;
  const auto told = value_->as_bool();
  if (!told) return wrong("is neither true nor false");
  return *told;
}

Result<std::vector<Field>> Field::items() const {
  if (!is_there() || !value_->is_array()) return wrong("is no array");
  if (value_->items().size() > limits::kLinesMax) {
    return wrong(fmt::format("has more than {} elements", limits::kLinesMax));
  }
  std::vector<Field> fields;
  for (const json::Value& item : value_->items()) {
    fields.push_back(Field(&item, fmt::format("{}/{}", pointer_, fields.size())));
    if (!item.is_object()) return fields.back().wrong("is no object");
  }
  return fields;
}

}  // namespace holdfast::connectors::shopify
