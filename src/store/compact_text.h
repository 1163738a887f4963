// Short forms of text the ledger sees all day: UUID keys in 16 bytes, generated hold ids as numbers.
// Used by the event codec only. Pure functions.
#pragma once

#include <string_view>

#include "model/generated_id.h"
#include "store/text_arena.h"

namespace holdfast::store {

/// The 16 bytes of a lower-case 8-4-4-4-12 UUID; false for any other text.
bool pack_uuid(std::string_view text, char packed[16]);
/// The 36 characters of 16 bytes, in the arena.
std::string_view unpack_uuid(std::string_view packed, TextArena* arena);

/// The text of a generated id, in the arena.
std::string_view hold_id(GeneratedId id, TextArena* arena);

}  // namespace holdfast::store
