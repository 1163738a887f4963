#include "json/rules.h"

#include <algorithm>

#include <fmt/format.h>

#include "json/check.h"
#include "json/fields.h"
#include "model/limits.h"

namespace holdfast::json {
namespace {

using T = CommandType;

std::string line_pointer(size_t index, std::string_view field, bool flat) {
  return flat ? fmt::format("/{}", field) : fmt::format("/lines/{}/{}", index, field);
}

Status missing(std::string_view field, std::string pointer, ErrorCode code = ErrorCode::kMissingField) {
  return fail(code, fmt::format("`{}` is missing", field), std::move(pointer));
}

Status require(const std::string& value, std::string_view field,
               ErrorCode code = ErrorCode::kMissingField) {
  if (!value.empty()) return {};
  return missing(field, fmt::format("/{}", field), code);
}

Status require_fields(const Command& c) {
  switch (c.type) {
    case T::kStockExpected:
      return require(c.reference, "reference", ErrorCode::kReferenceRequired);
    case T::kOrderPlaced:
    case T::kOrderChanged:
    case T::kOrderFulfilled:
    case T::kOrderUnfulfilled:
    case T::kOrderCancelled:
    case T::kOrderAccept: return require(c.order, "order");
    case T::kOrderReassigned:
      HF_TRY(require(c.order, "order"));
      HF_TRY(require(c.location, "from"));
      return require(c.to_location, "to");
    case T::kStockAdjusted: return require(c.reason, "reason");
    case T::kTransferDispatched:
      HF_TRY(require(c.reference, "reference", ErrorCode::kReferenceRequired));
      HF_TRY(require(c.location, "from"));
      return require(c.to_location, "to");
    case T::kTransferReceived:
      return require(c.reference, "reference", ErrorCode::kReferenceRequired);
    case T::kHoldChange:
    case T::kHoldRelease: return require(c.hold, "id");
    case T::kHoldCommit:
      HF_TRY(require(c.hold, "id"));
      return require(c.order, "order");
    case T::kHoldExtend:
      HF_TRY(require(c.hold, "id"));
      if (!c.ttl_s) return missing("ttl_s", "/ttl_s");
      return {};
    default: return {};
  }
}

// Types whose whole meaning may lie outside `lines`.
bool may_lack_lines(const Command& c) {
  switch (c.type) {
    case T::kOrderChanged: return !c.fulfillments.empty();
    case T::kStockReceived:
    case T::kTransferReceived: return c.final;  // closes the reference, whatever is still open
    case T::kOrderUnfulfilled: return !c.document.empty();
    case T::kOrderCancelled:
    case T::kHoldCommit:
    case T::kHoldRelease:
    case T::kHoldExtend: return true;
    default: return is_setting(c.type);
  }
}

/// Exactly one of two numbers of a line.
Status one_of(bool has_a, bool has_b, std::string_view a, std::string_view b, size_t index,
              bool flat) {
  if (has_a != has_b) return {};
  if (has_a) {
    return fail(ErrorCode::kInvalidValue, fmt::format("give `{}` or `{}`, not both", a, b),
                line_pointer(index, b, flat));
  }
  return fail(ErrorCode::kMissingField, fmt::format("`{}` or `{}` is missing", a, b),
              line_pointer(index, a, flat));
}

Status check_adjustment(const CommandLine& line, size_t index, bool flat) {
  HF_TRY(one_of(line.delta.has_value(), line.set.has_value(), "delta", "set", index, flat));
  if (line.set && !line.expected) {
    return fail(ErrorCode::kMissingField, "`set` needs `expected`, the number it replaces",
                line_pointer(index, "expected", flat));
  }
  if (line.delta && line.expected) {
    return fail(ErrorCode::kInvalidValue, "`expected` goes with `set`, not with `delta`",
                line_pointer(index, "expected", flat));
  }
  return {};
}

Status check_move(const CommandLine& line, size_t index, bool flat) {
  if (line.from == Account::kNone) return missing("from", line_pointer(index, "from", flat));
  if (line.to == Account::kNone) return missing("to", line_pointer(index, "to", flat));
  if (line.from != line.to) return {};
  return fail(ErrorCode::kInvalidValue, "`from` and `to` are the same state",
              line_pointer(index, "to", flat));
}

/// What a `total` is cumulative for must be named.
Status check_total(const Command& c, const CommandLine& line, size_t index, bool flat) {
  HF_TRY(one_of(line.quantity.has_value(), line.total.has_value(), "quantity", "total", index, flat));
  if (!line.total) return {};
  if (c.type == T::kStockReceived && c.reference.empty()) {
    return fail(ErrorCode::kReferenceRequired,
                "`total` is cumulative for a `reference`: name it, or give `quantity`",
                "/reference");
  }
  if (c.type == T::kStockReturned && c.order.empty()) {
    return fail(ErrorCode::kMissingField,
                "`total` is cumulative for an `order`: name it, or give `quantity`", "/order");
  }
  return {};
}

Status check_line(const Command& c, const CommandLine& line, size_t index, bool flat) {
  if (line.sku.empty()) return missing("sku", line_pointer(index, "sku", flat));
  const auto need = [&](const std::optional<int64_t>& value, std::string_view field) -> Status {
    if (value) return {};
    return missing(field, line_pointer(index, field, flat));
  };
  switch (c.type) {
    case T::kStockExpected: return need(line.expected, "expected");
    case T::kOrderPlaced:
    case T::kOrderChanged: return need(line.ordered, "ordered");
    case T::kStockReceived:
    case T::kOrderFulfilled:
    case T::kOrderCancelled:
    case T::kStockReturned:
    case T::kTransferDispatched:
    case T::kTransferReceived: return check_total(c, line, index, flat);
    case T::kStockAdjusted: return check_adjustment(line, index, flat);
    case T::kStockCounted: return need(line.counted, "counted");
    case T::kStockMoved:
      HF_TRY(need(line.quantity, "quantity"));
      return check_move(line, index, flat);
    default: return need(line.quantity, "quantity");
  }
}

// A delta told twice would be booked twice; what has an id of its own counts once anyway.
bool is_delta_without_name(const Command& c) {
  if (!is_fact(c.type) || !c.document.empty()) return false;
  return std::any_of(c.lines.begin(), c.lines.end(), [](const CommandLine& line) {
    return line.quantity.has_value() || line.delta.has_value();
  });
}

Status check_final(const Command& c) {
  if (c.final && c.type == T::kStockReceived && c.reference.empty()) {
    return fail(ErrorCode::kReferenceRequired, "`final` closes a `reference`: name it",
                "/reference");
  }
  return {};
}

Status check_places(const Command& c) {
  const bool between = c.type == T::kTransferDispatched || c.type == T::kOrderReassigned;
  if (between && c.location == c.to_location) {
    return fail(ErrorCode::kInvalidValue, "`from` and `to` are the same location", "/to");
  }
  if (c.type == T::kTransferReceived && !c.location.empty() && !c.to_location.empty() &&
      c.location != c.to_location) {
    return fail(ErrorCode::kInvalidValue, "`to` and `location` both say where it arrived: give one",
                "/location");
  }
  return {};
}

Status check_numbers(const Command& c, bool flat) {
  size_t lines = c.lines.size();
  for (const CommandFulfillment& fulfillment : c.fulfillments) lines += fulfillment.lines.size();
  if (lines > limits::kLinesMax) {
    return fail(ErrorCode::kTooManyLines,
                fmt::format("{} lines in one command; the limit is {}: split it", lines,
                            limits::kLinesMax),
                c.lines.size() > limits::kLinesMax ? "/lines" : "/fulfillments");
  }
  if (c.lines.empty() && !may_lack_lines(c)) return missing("lines", flat ? "" : "/lines");
  return {};
}

Status check_settings(const Command& c) {
  if (c.type == T::kChannelSet && c.channel_settings.locations.empty()) {
    return fail(ErrorCode::kMissingField, "a channel sells from at least one location",
                "/locations");
  }
  if (c.type == T::kSkuMerge && c.sku_same_as.empty()) return missing("same_as", "/same_as");
  return {};
}

// ---- names and ranges, for commands that did not come through the parser ----

Status check_optional_name(const std::string& name, std::string_view what, std::string pointer) {
  if (name.empty()) return {};
  return check_name(name, what, pointer);
}

Status check_command_names(const Command& c) {
  const std::pair<const std::string*, std::string_view> names[] = {
      {&c.channel, "channel"},         {&c.order, "order"},         {&c.location, "location"},
      {&c.to_location, "to"},          {&c.reference, "reference"}, {&c.document, "document"},
      {&c.reason, "reason"},           {&c.sku_alias, "alias"},     {&c.sku_same_as, "same_as"},
  };
  for (const auto& [value, what] : names) {
    HF_TRY(check_optional_name(*value, what, fmt::format("/{}", what)));
  }
  if (!c.hold.empty()) HF_TRY(check_hold_id(c.hold, "/id"));
  if (!c.idempotency_key.empty()) HF_TRY(check_idempotency_key(c.idempotency_key));
  if (!c.idempotency_key_2.empty()) HF_TRY(check_idempotency_key(c.idempotency_key_2));
  return {};
}

Status check_range(const std::optional<int64_t>& value, std::string_view field, int64_t min,
                   size_t index, bool flat) {
  if (!value || (*value >= min && *value <= limits::kQuantityMax)) return {};
  return fail(ErrorCode::kInvalidQuantity,
              fmt::format("`{}` must be an integer from {} to {}; got {}", field, min,
                          limits::kQuantityMax, *value),
              line_pointer(index, field, flat));
}

Status check_line_values(const CommandLine& line, size_t index, bool flat) {
  HF_TRY(check_optional_name(line.sku, "sku", line_pointer(index, "sku", flat)));
  HF_TRY(check_optional_name(line.location, "location", line_pointer(index, "location", flat)));
  HF_TRY(check_optional_name(line.line, "line", line_pointer(index, "line", flat)));
  HF_TRY(check_range(line.quantity, "quantity", 1, index, flat));
  HF_TRY(check_range(line.total, "total", 0, index, flat));
  HF_TRY(check_range(line.ordered, "ordered", 0, index, flat));
  HF_TRY(check_range(line.expected, "expected", 0, index, flat));
  HF_TRY(check_range(line.counted, "counted", 0, index, flat));
  HF_TRY(check_range(line.set, "set", 0, index, flat));
  HF_TRY(check_range(line.cancelled, "cancelled", 0, index, flat));
  HF_TRY(check_range(line.written_off, "written_off", 0, index, flat));
  if (line.delta && *line.delta == 0) {
    return fail(ErrorCode::kInvalidQuantity, "`delta` must not be 0",
                line_pointer(index, "delta", flat));
  }
  return check_range(line.delta, "delta", -limits::kQuantityMax, index, flat);
}

Status check_fulfillment_values(const CommandFulfillment& f, size_t index) {
  const std::string at = fmt::format("/fulfillments/{}", index);
  HF_TRY(check_name(f.id, "id", at + "/id"));
  HF_TRY(check_optional_name(f.location, "location", at + "/location"));
  for (size_t i = 0; i < f.lines.size(); ++i) {
    const std::string line_at = fmt::format("{}/lines/{}", at, i);
    HF_TRY(check_name(f.lines[i].sku, "sku", line_at + "/sku"));
    HF_TRY(check_optional_name(f.lines[i].line, "line", line_at + "/line"));
    if (f.lines[i].quantity < 1 || f.lines[i].quantity > limits::kQuantityMax) {
      return fail(ErrorCode::kInvalidQuantity,
                  fmt::format("`quantity` must be an integer from 1 to {}", limits::kQuantityMax),
                  line_at + "/quantity");
    }
  }
  return {};
}

}  // namespace

Status check_rules(const Command& c, bool flat) {
  HF_TRY(require_fields(c));
  HF_TRY(check_settings(c));
  HF_TRY(check_numbers(c, flat));
  HF_TRY(check_places(c));
  HF_TRY(check_final(c));
  for (size_t i = 0; i < c.lines.size(); ++i) HF_TRY(check_line(c, c.lines[i], i, flat));
  if (c.idempotency_key.empty() && is_delta_without_name(c)) {
    return fail(ErrorCode::kIdempotencyKeyRequired,
                "a delta would be booked twice if it were sent twice: send an `Idempotency-Key` "
                "header or the field `idempotency_key`",
                "/idempotency_key");
  }
  return {};
}

Status check_command(const Command& command, bool flat) {
  HF_TRY(check_command_names(command));
  for (size_t i = 0; i < command.lines.size(); ++i) {
    HF_TRY(check_line_values(command.lines[i], i, flat));
  }
  for (size_t i = 0; i < command.fulfillments.size(); ++i) {
    HF_TRY(check_fulfillment_values(command.fulfillments[i], i));
  }
  if (command.ttl_s && (*command.ttl_s < 1 || *command.ttl_s > limits::kHoldTtlMaxS)) {
    return fail(ErrorCode::kInvalidValue,
                fmt::format("`ttl_s` must be an integer from 1 to {}", limits::kHoldTtlMaxS),
                "/ttl_s");
  }
  return check_rules(command, flat);
}

}  // namespace holdfast::json
