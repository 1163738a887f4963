#include "json/command_reader.h"

#include <algorithm>

#include <fmt/format.h>

#include "json/rules.h"
#include "model/limits.h"

namespace holdfast::json {
namespace {
constexpr int64_t kMax = limits::kQuantityMax;
using F = Field;
}  // namespace

Status CommandReader::read(Element root, FieldSet taken) {
  const TypeFields& row = fields_of(command_.type);
  allowed_ = row.command & ~taken;
  line_allowed_ = row.line;
  flat_allowed_ = is_fact(command_.type) ? row.line & ~row.command : 0;

  const Place place;
  Object members;
  if (root.get_object().get(members) != simdjson::SUCCESS) {
    return fail(ErrorCode::kMalformedJson, fmt::format("an object is wanted; got {}", shown(root)));
  }
  if (!object(members, place) || !resolve_fulfillment_lines()) return fail(extract_.take_error());
  if (flat_ && has_lines_) {
    return fail(ErrorCode::kInvalidValue, "give `lines`, or one line flat, not both", "/lines");
  }
  return check_rules(command_, flat_);
}

Field CommandReader::known(std::string_view name, FieldSet allowed, FieldSet* seen,
                           const Place& place) {
  const Field found = field_named(name, allowed);
  if (found == F::kCount) [[unlikely]] {
    extract_.fail(ErrorCode::kUnknownField, place, unknown_field_detail(name, allowed));
    return F::kCount;
  }
  if (has(*seen, found)) [[unlikely]] {
    extract_.fail(ErrorCode::kDuplicateField, place, fmt::format("`{}` is there twice", name));
    return F::kCount;
  }
  *seen |= bit(found);
  return found;
}

bool CommandReader::object(Object members, const Place& place) {
  FieldSet seen = 0;
  CommandLine flat_line;
  for (const auto member : members) {
    const Place at = place.member(member.key);
    const Field name = known(member.key, allowed_ | flat_allowed_, &seen, at);
    if (name == F::kCount) return false;
    if (has(allowed_, name)) {
      if (!field(name, member.value, at)) return false;
    } else {
      flat_ = true;
      if (!line_field(name, member.value, at, &flat_line)) return false;
    }
  }
  if (flat_ && !has_lines_) command_.lines.push_back(std::move(flat_line));
  return true;
}

bool CommandReader::field(Field name, Element value, const Place& place) {
  switch (name) {
    case F::kType:
    case F::kDo: return true;  // read first: it chose the table
    case F::kLines: return lines(value, place);
    case F::kLocation: return extract_.name(value, place, &command_.location);
    case F::kChannel: return extract_.name(value, place, &command_.channel);
    case F::kOrder: return extract_.name(value, place, &command_.order);
    case F::kReference: return extract_.name(value, place, &command_.reference);
    case F::kFrom: return extract_.name(value, place, &command_.location);
    case F::kTo: return extract_.name(value, place, &command_.to_location);
    case F::kFulfillment:
    case F::kCancellation:
    case F::kReturn: return extract_.name(value, place, &command_.document);
    case F::kReason: return extract_.name(value, place, &command_.reason);
    case F::kIdempotencyKey: return extract_.key(value, place, &command_.idempotency_key);
    case F::kOccurredAt: return extract_.time(value, place, &command_.occurred_at);
    case F::kVersion: return extract_.version(value, place, &command_.version);
    case F::kFinal: return extract_.boolean(value, place, &command_.final);
    case F::kRestock: return extract_.boolean(value, place, &command_.restock);
    case F::kFulfillments: return fulfillments(value, place);
    default: break;
  }
  return is_setting(command_.type) ? settings_field(name, value, place)
                                   : request_field(name, value, place);
}

bool CommandReader::request_field(Field name, Element value, const Place& place) {
  switch (name) {
    case F::kId: return extract_.hold_id(value, place, &command_.hold);
    case F::kTtlS: {
      int64_t seconds = 0;
      if (!extract_.integer(value, place, 1, limits::kHoldTtlMaxS, &seconds)) return false;
      command_.ttl_s = seconds;
      return true;
    }
    case F::kAllowPartial: return extract_.boolean(value, place, &command_.allow_partial);
    case F::kReleaseRest: return extract_.boolean(value, place, &command_.release_rest);
    case F::kRehold: return extract_.boolean(value, place, &command_.rehold);
    case F::kIfEndangered: {
      std::string_view word;
      if (!extract_.text(value, place, &word)) return false;
      if (word != "refuse" && word != "commit") {
        return extract_.fail(ErrorCode::kInvalidValue, place,
                             fmt::format("`if_endangered` must be \"commit\" (the default) or "
                                         "\"refuse\"; got {}",
                                         shown(value)));
      }
      command_.refuse_if_endangered = word == "refuse";
      return true;
    }
    default: break;
  }
  return extract_.fail(ErrorCode::kUnknownField, place, unknown_field_detail(place.name, allowed_));
}

bool CommandReader::settings_field(Field name, Element value, const Place& place) {
  ChannelSettings& channel = command_.channel_settings;
  const auto number = [&](int64_t* out) {
    std::optional<int64_t> given;
    if (!extract_.quantity(value, place, 0, kMax, &given)) return false;
    *out = *given;
    return true;
  };
  switch (name) {
    case F::kLocations: return locations(value, place);
    case F::kBuffer: return number(&channel.buffer);
    case F::kOversellLimit: return number(&channel.oversell_limit);
    case F::kLowAt: return number(&channel.low_at);
    case F::kSellable: return extract_.boolean(value, place, &command_.location_settings.sellable);
    case F::kSameAs: return extract_.name(value, place, &command_.sku_same_as);
    default: break;
  }
  return extract_.fail(ErrorCode::kUnknownField, place, unknown_field_detail(place.name, allowed_));
}

bool CommandReader::array(Element value, const Place& place, simdjson::dom::array* out) {
  if (value.get_array().get(*out) == simdjson::SUCCESS) return true;
  return extract_.fail(ErrorCode::kInvalidValue, place,
                       fmt::format("`{}` must be an array; got {}", place.name, shown(value)));
}

bool CommandReader::lines(Element value, const Place& place) {
  has_lines_ = true;
  simdjson::dom::array elements;
  if (!array(value, place, &elements)) return false;
  const size_t count = elements.size();
  if (count == 0) {
    return extract_.fail(ErrorCode::kMissingField, place, "`lines` must have at least one line");
  }
  line_count_ += count;
  if (line_count_ > limits::kLinesMax) {
    return extract_.fail(ErrorCode::kTooManyLines, place,
                         fmt::format("{} lines in one command; the limit is {}: split it",
                                     line_count_, limits::kLinesMax));
  }
  command_.lines.resize(count);
  size_t index = 0;
  for (const Element element : elements) {
    const Place at = place.element(index);
    if (!line(element, at, &command_.lines[index])) return false;
    ++index;
  }
  return true;
}

bool CommandReader::line(Element value, const Place& place, CommandLine* out) {
  Object members;
  if (value.get_object().get(members) != simdjson::SUCCESS) {
    return extract_.fail(ErrorCode::kInvalidValue, place,
                         fmt::format("a line must be an object; got {}", shown(value)));
  }
  FieldSet seen = 0;
  for (const auto member : members) {
    const Place at = place.member(member.key);
    const Field name = known(member.key, line_allowed_, &seen, at);
    if (name == F::kCount || !line_field(name, member.value, at, out)) return false;
  }
  return true;
}

bool CommandReader::line_field(Field name, Element value, const Place& place, CommandLine* out) {
  const auto number = [&](std::optional<int64_t>* to, int64_t min = 0) {
    return extract_.quantity(value, place, min, kMax, to);
  };
  switch (name) {
    case F::kSku: return extract_.name(value, place, &out->sku);
    case F::kQuantity: return number(&out->quantity, 1);
    case F::kLocation: return extract_.name(value, place, &out->location);
    case F::kLine: return extract_.name(value, place, &out->line);
    case F::kTotal: return number(&out->total);
    case F::kOrdered: return number(&out->ordered);
    case F::kExpected: return number(&out->expected);
    case F::kCounted: return number(&out->counted);
    case F::kSet: return number(&out->set);
    case F::kCancelled: return number(&out->cancelled);
    case F::kWrittenOff: return number(&out->written_off);
    case F::kDelta:
      if (!number(&out->delta, -kMax)) return false;
      if (*out->delta != 0) return true;
      return extract_.fail(ErrorCode::kInvalidQuantity, place, "`delta` must not be 0");
    case F::kState: {
      const bool counting = command_.type == CommandType::kStockCounted;
      return extract_.state(value, place, &out->state, counting ? &out->state_sellable : nullptr);
    }
    case F::kFrom: return extract_.state(value, place, &out->from);
    case F::kTo: return extract_.state(value, place, &out->to);
    default: break;
  }
  return extract_.fail(ErrorCode::kUnknownField, place,
                       unknown_field_detail(place.name, line_allowed_));
}

bool CommandReader::locations(Element value, const Place& place) {
  simdjson::dom::array elements;
  if (!array(value, place, &elements)) return false;
  std::vector<std::string>& out = command_.channel_settings.locations;
  size_t index = 0;
  for (const Element element : elements) {
    const Place at{&place, "location", index++};
    if (index > limits::kLinesMax) {
      return extract_.fail(ErrorCode::kTooManyLines, place,
                           fmt::format("more than {} locations", limits::kLinesMax));
    }
    std::string name;
    if (!extract_.name(element, at, &name)) return false;
    if (std::find(out.begin(), out.end(), name) != out.end()) {
      return extract_.fail(ErrorCode::kInvalidValue, at,
                           fmt::format("{} is there twice", in_quotes(name)));
    }
    out.push_back(std::move(name));
  }
  return true;
}

}  // namespace holdfast::json
