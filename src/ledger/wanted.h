// Which rows a command or a question can touch, by name: what a desk is laid out of.
//
// Used by Ledger. Pure. A name too many costs a row; a name too few would let a decision pass over
// what is there, so every guard and every event of decide*.cc has its names here.
#pragma once

#include "ledger/state.h"
#include "model/command.h"
#include "model/outcome.h"
#include "model/stored_rows.h"

namespace holdfast::ledger {

/// `state` is any with the ledger's id: only the seed of its keys matters.
void add_wanted(const State& state, const Command& command, RowNames* names);
void add_wanted(const Query& query, RowNames* names);

}  // namespace holdfast::ledger
