// POST /v1/availability: a read with a body.
#include <fmt/format.h>

#include "json/extract.h"
#include "json/fields.h"
#include "json/parse.h"
#include "model/limits.h"

namespace holdfast::json {
namespace {

using F = Field;
constexpr FieldSet kFields = set_of(F::kChannel, F::kLines);
constexpr FieldSet kLineFields = set_of(F::kSku, F::kQuantity);

class AvailabilityReader {
 public:
  Result<Query> read(Element root) {
    query_.type = QueryType::kAvailability;
    const Place place;
    simdjson::dom::object members;
    if (root.get_object().get(members) != simdjson::SUCCESS) {
      return fail(ErrorCode::kMalformedJson,
                  fmt::format("an object is wanted; got {}", shown(root)));
    }
    FieldSet seen = 0;
    for (const auto member : members) {
      const Place at = place.member(member.key);
      const Field name = known(member.key, kFields, &seen, at);
      if (name == F::kCount) return fail(extract_.take_error());
      const bool good = name == F::kChannel ? extract_.name(member.value, at, &query_.channel)
                                            : lines(member.value, at);
      if (!good) return fail(extract_.take_error());
    }
    for (const Field required : {F::kChannel, F::kLines}) {
      if (has(seen, required)) continue;
      return fail(ErrorCode::kMissingField, fmt::format("`{}` is missing", name_of(required)),
                  fmt::format("/{}", name_of(required)));
    }
    return std::move(query_);
  }

 private:
  Field known(std::string_view name, FieldSet allowed, FieldSet* seen, const Place& place) {
    const Field found = field_named(name, allowed);
    if (found == F::kCount) {
      extract_.fail(ErrorCode::kUnknownField, place, unknown_field_detail(name, allowed));
    } else if (has(*seen, found)) {
      extract_.fail(ErrorCode::kDuplicateField, place, fmt::format("`{}` is there twice", name));
      return F::kCount;
    } else {
      *seen |= bit(found);
    }
    return found;
  }

  bool lines(Element value, const Place& place) {
    simdjson::dom::array elements;
    if (value.get_array().get(elements) != simdjson::SUCCESS) {
      return extract_.fail(ErrorCode::kInvalidValue, place,
                           fmt::format("`lines` must be an array; got {}", shown(value)));
    }
    const size_t count = elements.size();
    if (count == 0) {
      return extract_.fail(ErrorCode::kMissingField, place, "`lines` must have at least one line");
    }
    if (count > limits::kLinesMax) {
      return extract_.fail(ErrorCode::kTooManyLines, place,
                           fmt::format("{} lines; the limit is {}: split the request", count,
                                       limits::kLinesMax));
    }
    query_.lines.resize(count);
    size_t index = 0;
    for (const Element element : elements) {
      const Place at = place.element(index);
      if (!line(element, at, &query_.lines[index])) return false;
      ++index;
    }
    return true;
  }

  bool line(Element value, const Place& place, CommandLine* out) {
    simdjson::dom::object members;
    if (value.get_object().get(members) != simdjson::SUCCESS) {
      return extract_.fail(ErrorCode::kInvalidValue, place,
                           fmt::format("a line must be an object; got {}", shown(value)));
    }
    FieldSet seen = 0;
    for (const auto member : members) {
      const Place at = place.member(member.key);
      const Field name = known(member.key, kLineFields, &seen, at);
      if (name == F::kCount) return false;
      const bool good = name == F::kSku ? extract_.name(member.value, at, &out->sku)
                                        : extract_.quantity(member.value, at, 1,
                                                            limits::kQuantityMax, &out->quantity);
      if (!good) return false;
    }
    if (has(seen, F::kSku)) return true;
    return extract_.fail(ErrorCode::kMissingField, place.member("sku"), "`sku` is missing");
  }

  Query query_;
  Extract extract_;
};

}  // namespace

Result<Query> parse_availability(std::string_view body) {
  HF_ASSIGN(root, parse_root(body));
  return AvailabilityReader().read(root);
}

}  // namespace holdfast::json
