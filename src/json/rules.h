// What a command must satisfy as a whole, beyond each field being right: required fields, one number per
// line, keys for deltas.
//
// Used inside json; check_command() is its public face. Pure.
#pragma once

#include "base/result.h"
#include "model/command.h"

namespace holdfast::json {

/// REQUIRES: every field by itself is valid (names, ranges). `flat`: pointers are those of a flat line.
Status check_rules(const Command& command, bool flat);

}  // namespace holdfast::json
