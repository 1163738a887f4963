// What a name, a key and a whole command must look like: the checks the parser makes, for those who build
// Commands or Queries from something other than our JSON (a source's mapping, a path, the command line).
//
// Used by http, intake, connectors, app. Pure functions, thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "model/command.h"

namespace holdfast::json {

/// 1-128 bytes of valid UTF-8, no control characters (C0, DEL, C1), no white space at the ends;
/// kInvalidName otherwise. `what` is the word for it in the error: "sku", "channel" …
Status check_name(std::string_view name, std::string_view what, std::string_view pointer = {});
/// 1-64 of [A-Za-z0-9_-]; kInvalidName otherwise.
Status check_hold_id(std::string_view id, std::string_view pointer = {});
/// 1-255 bytes of valid UTF-8 without control characters; kInvalidValue otherwise.
Status check_idempotency_key(std::string_view key, std::string_view pointer = {});
/// The key of an Idempotency-Key header: a structured-field string loses its quotes, a bare one is taken as
/// it is. kInvalidValue for an empty, overlong or half-quoted one.
Result<std::string> key_of_header(std::string_view header);

/// Everything a Command must satisfy beyond the types of its fields: names, ranges, exactly one of
/// `quantity` and `total` per line, required fields, keys for deltas, number of lines. What passes is
/// well-formed for CommandPort::submit(). `flat`: pointers are those of a flat line.
Status check_command(const Command& command, bool flat = false);

/// Fingerprint of a request: same key and other fingerprint = reused. Never 0.
uint64_t fingerprint_of(std::string_view method, std::string_view path, std::string_view body);

/// True for well-formed UTF-8 (no overlong forms, no surrogates, ≤ U+10FFFF).
bool is_utf8(std::string_view text);

}  // namespace holdfast::json
