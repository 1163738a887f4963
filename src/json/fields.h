// The fields commands can have, and which type has which: the one table behind "unknown field".
//
// Used inside json only; docs/http-api.md shows the same table to people and a test compares the two.
// Immutable.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "model/command.h"

namespace holdfast::json {

enum class Field : uint8_t {
  // of a command
  kType, kDo, kIdempotencyKey, kOccurredAt, kChannel, kOrder, kLocation, kFrom, kTo, kReference,
  kFulfillment, kCancellation, kReturn, kReason, kVersion, kFinal, kRestock, kLines, kFulfillments,
  kId, kTtlS, kAllowPartial, kReleaseRest, kRehold, kIfEndangered,
  // of a line
  kSku, kLine, kQuantity, kTotal, kOrdered, kExpected, kCounted, kDelta, kSet, kCancelled, kWrittenOff,
  kState, kStatus,
  // of settings
  kLocations, kBuffer, kOversellLimit, kLowAt, kSellable, kSameAs,
  kCount
};
inline constexpr int kFieldCount = static_cast<int>(Field::kCount);
static_assert(kFieldCount <= 64, "a FieldSet is 64 bits");

using FieldSet = uint64_t;
constexpr FieldSet bit(Field field) { return FieldSet{1} << static_cast<int>(field); }
template <typename... Fields>
constexpr FieldSet set_of(Fields... fields) {
  return (FieldSet{0} | ... | bit(fields));
}
constexpr bool has(FieldSet set, Field field) { return (set & bit(field)) != 0; }

std::string_view name_of(Field field);

/// The field of that name among `allowed`; Field::kCount if none of them has it.
Field field_named(std::string_view name, FieldSet allowed);

/// What one type accepts. A fact may also have its line's fields flat, beside `type`.
struct TypeFields {
  CommandType type = CommandType::kNone;
  FieldSet command = 0;
  FieldSet line = 0;
};
/// The row of a fact, request or setting.
const TypeFields& fields_of(CommandType type);

/// Fields of an element of `fulfillments`, and of its lines.
inline constexpr FieldSet kFulfillmentFields =
    set_of(Field::kId, Field::kLocation, Field::kStatus, Field::kOccurredAt, Field::kLines);
inline constexpr FieldSet kFulfillmentLineFields = set_of(Field::kSku, Field::kLine, Field::kQuantity);

/// "unknown field `quantitiy`: did you mean `quantity`?", or the list of what there is.
std::string unknown_field_detail(std::string_view name, FieldSet allowed);

/// The one of `words` nearest to `word`, if it is near enough to be a slip; else empty.
template <typename Words>
std::string_view nearest_word(std::string_view word, const Words& words);

/// Levenshtein distance, cut off: returns `limit` + 1 for anything beyond `limit`.
size_t edit_distance(std::string_view a, std::string_view b, size_t limit);

template <typename Words>
std::string_view nearest_word(std::string_view word, const Words& words) {
  const size_t limit = word.size() <= 3 ? 1 : word.size() <= 6 ? 2 : 3;
  std::string_view best;
  size_t best_distance = limit + 1;
  for (const std::string_view candidate : words) {
    const size_t distance = edit_distance(word, candidate, limit);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

/// At most 64 bytes of a sender's text, cut at a character, in backquotes: for error messages.
std::string in_quotes(std::string_view text);

}  // namespace holdfast::json
