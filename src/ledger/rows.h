// The canonical bytes of a row: what the state hash hashes and what a snapshot stores.
//
// Rows name SKUs, locations, channels and sources by their numbers (order of birth, the same after every
// replay of the same log); holds, orders and references by their own text. Pure functions over State.
#pragma once

#include <string>
#include <string_view>
#include <vector>

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

/// The same row as a shared store keeps it: SKUs by name, and no kind. Only SKUs (without number and
/// name, with `held_by`), holds, orders and references.
void encode_shared_row(const State& state, RowKind kind, uint32_t id, std::string* out);

/// Puts such a row into the state; a SKU's into the slot `id`, which is there and empty. Names of SKUs
/// that the state has not go to *missing, and the row is of no use then. False for bytes it does not
/// understand.
bool decode_shared_row(std::string_view bytes, RowKind kind, uint32_t id, State* state,
                       std::vector<std::string>* missing);

/// After the last row: everything that follows from the rows. Touches every row in `book`.
bool finish_loading(State* state, RowBook* book);
/// The same for the rows of a desk: touches none, and leaves what counts over rows that are not on it
/// to the caller. False for rows that name what is not there.
bool finish_desk(State* state);
/// The same for a state that has only some of the SKUs: a dry run.
void finish_loading_some(State* state, RowBook* book);

}  // namespace holdfast::ledger
