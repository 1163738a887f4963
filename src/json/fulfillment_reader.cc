// The part of CommandReader that reads the `fulfillments` of an order.changed snapshot.
#include <string>
#include <unordered_map>

#include <fmt/format.h>

#include "json/command_reader.h"
#include "model/limits.h"

namespace holdfast::json {
namespace {
using F = Field;
}  // namespace

bool CommandReader::fulfillments(Element value, const Place& place) {
  simdjson::dom::array elements;
  if (!array(value, place, &elements)) return false;
  const size_t count = elements.size();
  if (count > limits::kLinesMax) {
    return extract_.fail(ErrorCode::kTooManyLines, place,
                         fmt::format("more than {} fulfillments", limits::kLinesMax));
  }
  command_.fulfillments.resize(count);
  size_t index = 0;
  for (const Element element : elements) {
    const Place at = place.element(index);
    if (!fulfillment(element, at, &command_.fulfillments[index])) return false;
    ++index;
  }
  return true;
}

bool CommandReader::fulfillment(Element value, const Place& place, CommandFulfillment* out) {
  Object members;
  if (value.get_object().get(members) != simdjson::SUCCESS) {
    return extract_.fail(ErrorCode::kInvalidValue, place,
                         fmt::format("a fulfillment must be an object; got {}", shown(value)));
  }
  FieldSet seen = 0;
  for (const auto member : members) {
    const Place at = place.member(member.key);
    const Field name = known(member.key, kFulfillmentFields, &seen, at);
    if (name == F::kCount || !fulfillment_field(name, member.value, at, out)) return false;
  }
  for (const Field required : {F::kId, F::kStatus, F::kLines}) {
    if (has(seen, required)) continue;
    // A void needs only the id: it is void whatever it carried.
    if (required == F::kLines && out->voided) continue;
    return extract_.fail(ErrorCode::kMissingField, place.member(name_of(required)),
                         fmt::format("`{}` is missing", name_of(required)));
  }
  return true;
}

bool CommandReader::fulfillment_field(Field name, Element value, const Place& place,
                                      CommandFulfillment* out) {
  switch (name) {
    case F::kId: return extract_.name(value, place, &out->id);
    case F::kLocation: return extract_.name(value, place, &out->location);
    case F::kOccurredAt: return extract_.time(value, place, &out->occurred_at);
    case F::kStatus: {
      std::string_view word;
      if (!extract_.text(value, place, &word)) return false;
      out->voided = word == "cancelled";
      if (out->voided || word == "success") return true;
      return extract_.fail(
          ErrorCode::kInvalidValue, place,
          fmt::format("`status` must be \"success\" or \"cancelled\"; got {}", shown(value)));
    }
    default: break;
  }
  simdjson::dom::array elements;
  if (!array(value, place, &elements)) return false;
  line_count_ += elements.size();
  if (line_count_ > limits::kLinesMax) {
    return extract_.fail(ErrorCode::kTooManyLines, place,
                         fmt::format("{} lines in one command; the limit is {}: split it",
                                     line_count_, limits::kLinesMax));
  }
  out->lines.resize(elements.size());
  size_t index = 0;
  for (const Element element : elements) {
    const Place at = place.element(index);
    if (!fulfillment_line(element, at, &out->lines[index])) return false;
    ++index;
  }
  return true;
}

bool CommandReader::fulfillment_line(Element value, const Place& place,
                                     CommandFulfillment::Line* out) {
  Object members;
  if (value.get_object().get(members) != simdjson::SUCCESS) {
    return extract_.fail(ErrorCode::kInvalidValue, place,
                         fmt::format("a line must be an object; got {}", shown(value)));
  }
  FieldSet seen = 0;
  std::optional<int64_t> quantity;
  for (const auto member : members) {
    const Place at = place.member(member.key);
    bool good = false;
    switch (known(member.key, kFulfillmentLineFields, &seen, at)) {
      case F::kSku: good = extract_.name(member.value, at, &out->sku); break;
      case F::kLine: good = extract_.name(member.value, at, &out->line); break;
      case F::kQuantity:
        good = extract_.quantity(member.value, at, 1, limits::kQuantityMax, &quantity);
        break;
      default: break;
    }
    if (!good) return false;
  }
  if (!quantity) {
    return extract_.fail(ErrorCode::kMissingField, place.member("quantity"),
                         "`quantity` is missing");
  }
  out->quantity = *quantity;
  if (out->sku.empty() && out->line.empty()) {
    return extract_.fail(ErrorCode::kMissingField, place.member("sku"),
                         "`sku`, or the `line` of this snapshot it belongs to, is missing");
  }
  return true;
}

// A sender's fulfilment often knows only its line ids; the snapshot says which SKU each is.
bool CommandReader::resolve_fulfillment_lines() {
  if (command_.fulfillments.empty()) return true;
  std::unordered_map<std::string_view, const CommandLine*> by_line;
  for (const CommandLine& line : command_.lines) {
    if (!line.line.empty()) by_line.emplace(line.line, &line);
  }
  const Place root;
  const Place all = root.member("fulfillments");
  for (size_t i = 0; i < command_.fulfillments.size(); ++i) {
    const Place one = all.element(i);
    const Place its_lines = one.member("lines");
    for (size_t j = 0; j < command_.fulfillments[i].lines.size(); ++j) {
      CommandFulfillment::Line& line = command_.fulfillments[i].lines[j];
      if (line.line.empty()) continue;
      const Place at = its_lines.element(j);
      const auto found = by_line.find(line.line);
      if (found == by_line.end()) {
        if (!line.sku.empty()) continue;
        return extract_.fail(ErrorCode::kInvalidValue, at.member("line"),
                             fmt::format("no line {} in this snapshot: name the `sku`",
                                         in_quotes(line.line)));
      }
      if (line.sku.empty()) line.sku = found->second->sku;
      if (line.sku == found->second->sku) continue;
      return extract_.fail(ErrorCode::kInvalidValue, at.member("sku"),
                           fmt::format("line {} of this snapshot is another sku: {}",
                                       in_quotes(line.line), in_quotes(found->second->sku)));
    }
  }
  return true;
}

}  // namespace holdfast::json
