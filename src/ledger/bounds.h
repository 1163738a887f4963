// What an API key's binding (model/binding.h) means for the state: which holds, orders and numbers
// it shows, and which commands stay inside it. Used by Ledger::decide and the queries. Pure.
#pragma once

#include <optional>

#include "ledger/ledger.h"
#include "ledger/state.h"
#include "model/outcome.h"

namespace holdfast::ledger {

bool shows(const State& state, const Binding& binding, const Hold& hold);
/// A key bound to locations sees an order of which nothing is told of any other place.
bool shows(const State& state, const Binding& binding, const Order& order);
/// Whether the binding shows the channel's number: the channel is its, and so is every place it
/// sells from.
bool shows_number(const State& state, const Binding& binding, std::string_view channel);

/// The hold that an id of a key with this binding means. Ids such a key chooses are its own:
/// "cart-1" is kept as "cart-1~" and eight digits that stand for the binding, so that a key learns
/// nothing of holds it does not see, nor is in their way. Both forms name it; to whoever has
/// another binding only the longer one does.
std::string hold_meant(const State& state, const Binding& binding, std::string_view id,
                       bool places);
/// Under which an id is kept that a key with this binding chooses; one that is kept already stays.
std::string kept_id(const Binding& binding, std::string_view id);
/// The part of a kept id that the client chose.
std::string_view chosen_id(const Binding& binding, std::string_view id);

/// Leaves what the binding shows; false when nothing is left, and the SKU is as if unknown.
bool narrow(const State& state, const Binding& binding, StockView* view);

/// The refusal of a command that would see or change what its binding excludes; nullopt lets it go
/// on. Where the ledger chooses the places, the command is first decided on a copy, and every event
/// looked at.
std::optional<Outcome> out_of_bounds(const State& state, const LedgerOptions& options,
                                     const Command& command, Timestamp now, bool storage_full);
/// Takes out of the answer what the binding does not show.
void narrow(const State& state, const Command& command, Outcome* outcome);

}  // namespace holdfast::ledger
