#include "json/extract.h"

#include <fmt/format.h>

#include "json/check.h"
#include "json/document.h"
#include "json/fields.h"
#include "model/limits.h"

namespace holdfast::json {

using simdjson::dom::element_type;

namespace {

constexpr FieldSet kQuantities =
    set_of(Field::kQuantity, Field::kTotal, Field::kOrdered, Field::kExpected, Field::kCounted,
           Field::kDelta, Field::kSet, Field::kCancelled, Field::kWrittenOff, Field::kBuffer,
           Field::kOversellLimit, Field::kLowAt);

// A quantity beyond 64 bits never gets as far as its field: its error is the field's all the same.
Error as_quantity_error(Error error) {
  const std::string_view pointer = error.pointer;
  const std::string_view last = pointer.substr(pointer.rfind('/') + 1);
  if (error.code == ErrorCode::kInvalidValue && field_named(last, kQuantities) != Field::kCount) {
    error.code = ErrorCode::kInvalidQuantity;
    error.detail += fmt::format(": `{}` must be an integer of at most {}", last,
                                limits::kQuantityMax);
  }
  return error;
}

}  // namespace

Result<Element> parse_root(std::string_view body) {
  auto root = parse_document(body);
  if (!root) return fail(as_quantity_error(std::move(root).error()));
  return *root;
}

std::string shown(Element element) {
  switch (element.type()) {
    case element_type::OBJECT: return "an object";
    case element_type::ARRAY: return "an array";
    case element_type::NULL_VALUE: return "null";
    case element_type::STRING: {
      const std::string_view text = element.get_string().value_unsafe();
      return fmt::format("the text {}", in_quotes(text));
    }
    default: return simdjson::minify(element);
  }
}

bool Extract::fail(ErrorCode code, const Place& place, std::string detail) {
  error_ = Error{code, std::move(detail), place.pointer()};
  return false;
}

bool Extract::text(Element element, const Place& place, std::string_view* out) {
  if (element.get_string().get(*out) == simdjson::SUCCESS) return true;
  return fail(ErrorCode::kInvalidValue, place,
              fmt::format("`{}` must be text; got {}", place.name, shown(element)));
}

bool Extract::name(Element element, const Place& place, std::string* out) {
  std::string_view value;
  if (!text(element, place, &value)) {
    error_.code = ErrorCode::kInvalidName;
    return false;
  }
  if (auto status = check_name(value, place.name); !status) [[unlikely]] {
    return fail(status.error().code, place, std::move(status.error().detail));
  }
  out->assign(value);
  return true;
}

bool Extract::key(Element element, const Place& place, std::string* out) {
  std::string_view value;
  if (!text(element, place, &value)) return false;
  if (auto status = check_idempotency_key(value); !status) [[unlikely]] {
    return fail(status.error().code, place, std::move(status.error().detail));
  }
  out->assign(value);
  return true;
}

bool Extract::hold_id(Element element, const Place& place, std::string* out) {
  std::string_view value;
  if (!text(element, place, &value)) return false;
  if (auto status = check_hold_id(value); !status) [[unlikely]] {
    return fail(status.error().code, place, std::move(status.error().detail));
  }
  out->assign(value);
  return true;
}

bool Extract::boolean(Element element, const Place& place, bool* out) {
  if (element.get_bool().get(*out) == simdjson::SUCCESS) return true;
  return fail(ErrorCode::kInvalidValue, place,
              fmt::format("`{}` must be true or false; got {}", place.name, shown(element)));
}

bool Extract::range_error(ErrorCode code, Element element, const Place& place, int64_t min,
                          int64_t max) {
  return fail(code, place,
              fmt::format("`{}` must be an integer from {} to {}; got {}", place.name, min, max,
                          shown(element)));
}

bool Extract::quantity(Element element, const Place& place, int64_t min, int64_t max,
                       std::optional<int64_t>* out) {
  int64_t value = 0;
  // The type is asked first: get_int64() would also take an unsigned one that fits.
  if (!element.is<int64_t>() || element.get_int64().get(value) != simdjson::SUCCESS ||
      value < min || value > max) [[unlikely]] {
    return range_error(ErrorCode::kInvalidQuantity, element, place, min, max);
  }
  *out = value;
  return true;
}

bool Extract::integer(Element element, const Place& place, int64_t min, int64_t max, int64_t* out) {
  int64_t value = 0;
  if (element.get_int64().get(value) != simdjson::SUCCESS || value < min || value > max) {
    return range_error(ErrorCode::kInvalidValue, element, place, min, max);
  }
  *out = value;
  return true;
}

bool Extract::time(Element element, const Place& place, Timestamp* out) {
  std::string_view value;
  if (element.get_string().get(value) == simdjson::SUCCESS) {
    if (const auto parsed = parse_rfc3339(value)) {
      *out = *parsed;
      return true;
    }
  }
  return fail(ErrorCode::kInvalidTime, place,
              fmt::format("`{}` must be RFC 3339 with an offset, as in "
                          "\"2026-11-23T10:00:00+01:00\"; got {}",
                          place.name, shown(element)));
}

bool Extract::version(Element element, const Place& place, Version* out) {
  int64_t number = 0;
  if (element.get_int64().get(number) == simdjson::SUCCESS) {
    *out = {Version::Kind::kInteger, number};
    return true;
  }
  std::string_view value;
  if (element.get_string().get(value) == simdjson::SUCCESS) {
    if (const auto parsed = parse_rfc3339(value)) {
      *out = {Version::Kind::kTime, parsed->us};
      return true;
    }
  }
  return fail(ErrorCode::kInvalidVersion, place,
              fmt::format("`{}` must be an integer or RFC 3339 with an offset; got {}", place.name,
                          shown(element)));
}

bool Extract::state(Element element, const Place& place, Account* out, bool* sellable) {
  std::string_view value;
  if (element.get_string().get(value) == simdjson::SUCCESS) {
    if (sellable != nullptr && value == "sellable") {
      *sellable = true;
      return true;
    }
    const auto account = account_named(value);
    const bool unsellable =
        account == Account::kDamaged || account == Account::kQualityControl;
    if (unsellable || (account == Account::kAvailable && sellable == nullptr)) {
      *out = *account;
      return true;
    }
  }
  return fail(ErrorCode::kInvalidValue, place,
              fmt::format("`{}` must be \"{}\", \"damaged\" or \"quality_control\"; got {}",
                          place.name, sellable != nullptr ? "sellable" : "available",
                          shown(element)));
}

}  // namespace holdfast::json
