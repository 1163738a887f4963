#include "json/fields.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/invariant.h"

namespace holdfast::json {
namespace {

constexpr std::array<std::string_view, kFieldCount> kNames = {
    "type", "do", "idempotency_key", "occurred_at", "channel", "order", "location", "from", "to",
    "reference", "fulfillment", "cancellation", "return", "reason", "version", "final", "restock",
    "lines", "fulfillments", "id", "ttl_s", "allow_partial", "release_rest", "rehold",
    "if_endangered", "sku", "line", "quantity", "total", "ordered", "expected", "counted", "delta",
    "set", "cancelled", "written_off", "state", "status", "locations", "buffer", "oversell_limit",
    "low_at", "sellable", "same_as",
};
static_assert(!kNames.back().empty(), "every field has a name");

using F = Field;
constexpr FieldSet kFact = set_of(F::kType, F::kIdempotencyKey, F::kOccurredAt, F::kLines);
constexpr FieldSet kOrderFact = kFact | set_of(F::kChannel, F::kOrder, F::kLocation);
constexpr FieldSet kRequest = set_of(F::kDo, F::kIdempotencyKey);
constexpr FieldSet kLineOfFact = set_of(F::kLine, F::kSku, F::kLocation);
constexpr FieldSet kDelta = kLineOfFact | set_of(F::kQuantity);
constexpr FieldSet kDeltaOrTotal = kDelta | set_of(F::kTotal);
constexpr FieldSet kBetweenPlaces = set_of(F::kLine, F::kSku, F::kQuantity);  // no place of its own
constexpr FieldSet kRequestLine = set_of(F::kLine, F::kSku, F::kQuantity, F::kLocation);

using T = CommandType;
constexpr TypeFields kTypes[] = {
    {T::kStockExpected, kFact | set_of(F::kReference, F::kLocation),
     kLineOfFact | set_of(F::kExpected)},
    {T::kStockReceived, kFact | set_of(F::kReference, F::kLocation, F::kFinal),
     kDeltaOrTotal | set_of(F::kState)},
    {T::kStockSold, kFact | set_of(F::kChannel, F::kLocation), kDelta},
    {T::kOrderPlaced, kOrderFact | set_of(F::kVersion, F::kRestock),
     kLineOfFact | set_of(F::kOrdered)},
    {T::kOrderChanged, kOrderFact | set_of(F::kVersion, F::kRestock, F::kFulfillments),
     kLineOfFact | set_of(F::kOrdered, F::kCancelled, F::kWrittenOff)},
    {T::kOrderReassigned, kFact | set_of(F::kChannel, F::kOrder, F::kFrom, F::kTo), kBetweenPlaces},
    {T::kOrderFulfilled, kOrderFact | set_of(F::kFulfillment), kDeltaOrTotal},
    {T::kOrderUnfulfilled, kOrderFact | set_of(F::kFulfillment), kDelta},
    {T::kOrderCancelled, kOrderFact | set_of(F::kCancellation, F::kVersion, F::kRestock),
     kDeltaOrTotal},
    {T::kStockReturned, kOrderFact | set_of(F::kReturn), kDeltaOrTotal | set_of(F::kState)},
    {T::kStockAdjusted, kFact | set_of(F::kLocation, F::kReason),
     kLineOfFact | set_of(F::kDelta, F::kSet, F::kExpected, F::kState)},
    {T::kStockCounted, kFact | set_of(F::kLocation, F::kReason),
     kLineOfFact | set_of(F::kCounted, F::kState)},
    {T::kStockMoved, kFact | set_of(F::kLocation, F::kReason), kDelta | set_of(F::kFrom, F::kTo)},
    {T::kTransferDispatched, kFact | set_of(F::kReference, F::kFrom, F::kTo),
     kBetweenPlaces | set_of(F::kTotal)},
    {T::kTransferReceived, kFact | set_of(F::kReference, F::kTo, F::kLocation, F::kFinal),
     kBetweenPlaces | set_of(F::kTotal, F::kState)},

    {T::kHoldPlace,
     kRequest | set_of(F::kLines, F::kTtlS, F::kChannel, F::kReference, F::kAllowPartial, F::kId),
     kRequestLine},
    {T::kHoldChange, kRequest | set_of(F::kId, F::kLines), kRequestLine},
    {T::kHoldCommit,
     kRequest | set_of(F::kId, F::kOrder, F::kChannel, F::kLines, F::kReleaseRest, F::kRehold,
                       F::kIfEndangered),
     kRequestLine},
    {T::kHoldRelease, kRequest | set_of(F::kId, F::kLines), kRequestLine},
    {T::kHoldExtend, kRequest | set_of(F::kId, F::kTtlS), 0},
    {T::kOrderAccept, kRequest | set_of(F::kOrder, F::kChannel, F::kLines), kRequestLine},

    {T::kChannelSet, set_of(F::kLocations, F::kBuffer, F::kOversellLimit, F::kLowAt), 0},
    {T::kLocationSet, set_of(F::kSellable), 0},
    {T::kSkuMerge, set_of(F::kSameAs), 0},
};

std::vector<std::string_view> names_of(FieldSet set) {
  std::vector<std::string_view> names;
  for (int i = 0; i < kFieldCount; ++i) {
    if (has(set, static_cast<Field>(i))) names.push_back(kNames[i]);
  }
  return names;
}

}  // namespace

std::string_view name_of(Field field) { return kNames[static_cast<int>(field)]; }

Field field_named(std::string_view name, FieldSet allowed) {
  for (FieldSet rest = allowed; rest != 0; rest &= rest - 1) {
    const int i = __builtin_ctzll(rest);
    if (kNames[i] == name) return static_cast<Field>(i);
  }
  return Field::kCount;
}

const TypeFields& fields_of(CommandType type) {
  for (const TypeFields& row : kTypes) {
    if (row.type == type) return row;
  }
  INVARIANT(false, "no fields for command type {}", static_cast<int>(type));
}

std::string in_quotes(std::string_view text) {
  constexpr size_t kShown = 64;
  size_t end = std::min(text.size(), kShown);
  while (end < text.size() && end > 0 && (static_cast<uint8_t>(text[end]) & 0xc0) == 0x80) --end;
  std::string out = "`";
  out.append(text.substr(0, end));
  if (end < text.size()) out.append("…");
  out.push_back('`');
  return out;
}

size_t edit_distance(std::string_view a, std::string_view b, size_t limit) {
  if (a.size() > b.size()) std::swap(a, b);
  if (b.size() - a.size() > limit) return limit + 1;
  std::vector<size_t> row(a.size() + 1);
  for (size_t i = 0; i <= a.size(); ++i) row[i] = i;
  for (size_t j = 1; j <= b.size(); ++j) {
    size_t diagonal = row[0];
    row[0] = j;
    for (size_t i = 1; i <= a.size(); ++i) {
      const size_t above = row[i];
      const size_t change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[i] = std::min({change, above + 1, row[i - 1] + 1});
      diagonal = above;
    }
  }
  return std::min(row[a.size()], limit + 1);
}

std::string unknown_field_detail(std::string_view name, FieldSet allowed) {
  const std::vector<std::string_view> names = names_of(allowed);
  std::string detail = "unknown field " + in_quotes(name);
  if (const std::string_view near = nearest_word(name, names); !near.empty()) {
    detail.append(": did you mean `").append(near).append("`?");
    return detail;
  }
  detail.append("; there are: ");
  for (size_t i = 0; i < names.size(); ++i) {
    if (i > 0) detail.append(", ");
    detail.append(names[i]);
  }
  return detail;
}

}  // namespace holdfast::json
