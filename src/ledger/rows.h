// The canonical bytes of a row: what the state hash hashes and what a snapshot stores.
//
// Rows name SKUs, locations, channels and sources by their numbers (order of birth, the same after every
// replay of the same log); holds, orders and references by their own text. Pure functions over State.
#pragma once

#include <string>
#include <string_view>

#include "ledger/row_book.h"
#include "ledger/state.h"

namespace holdfast::ledger {

/// Open holds, open orders, open references; every SKU, location, channel and source.
bool is_hashed(const State& state, RowKind kind, uint32_t id);

/// Appends the row, kind first. REQUIRES: the slot is not empty.
void encode_row(const State& state, RowKind kind, uint32_t id, std::string* out);

/// Appends one row with the keys numbered from … to − 1.
void encode_keys(const State& state, uint64_t from, uint64_t to, std::string* out);

/// Puts a row into the state. Chains, deadlines and counts are built by finish_loading(). False for bytes
/// it does not understand.
bool decode_row(std::string_view bytes, State* state);

/// After the last row: everything that follows from the rows. Touches every row in `book`.
bool finish_loading(State* state, RowBook* book);
/// The same for a state that has only some of the SKUs: a dry run.
void finish_loading_some(State* state, RowBook* book);

}  // namespace holdfast::ledger
