// The books checked against each other: what `verify` proves.
#pragma once

#include <string>

#include "ledger/state.h"

namespace holdfast::ledger {

/// Empty, or the first thing found wrong: a SKU whose accounts do not sum to 0, a balance below zero that
/// may not be, holds or orders that do not add up to the held and committed units.
std::string check_books(const State& state);

}  // namespace holdfast::ledger
