// What an API key is bound to: the channels and locations whose affairs it may see and change. The
// one place that says what a binding means; the ledger applies it to its state, http to what comes
// from the log.
//
// A key bound to channels sees what belongs to these channels, and what belongs to no channel: an
// order, a hold, a channel's number. A key bound to locations sees what lies at these places. A
// thing that is of a channel and lies at a place needs both.
//
// Values; immutable once shared. Functions are pure and thread-safe.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace holdfast {

struct Command;
struct Event;
class OwnedEvent;
struct Query;
struct StockView;

struct Binding {
  std::vector<std::string> channels;   ///< empty = every channel
  std::vector<std::string> locations;  ///< empty = every location

  bool bound() const { return !channels.empty() || !locations.empty(); }
  bool has_channel(std::string_view channel) const;
  bool has_location(std::string_view location) const;
  bool operator==(const Binding&) const = default;
};
/// Null = not bound.
using BindingPtr = std::shared_ptr<const Binding>;

/// What the command says by itself: every channel and location it names is the binding's, and it
/// names one where the choice would otherwise fall on all of them. kForbidden with the field's
/// pointer. What it does to holds and orders is for the ledger to see.
Status check_bound(const Binding& binding, const Command& command);
/// A filter that names what the binding excludes is kForbidden.
Status check_bound(const Binding& binding, const Query& query);

/// Whether an event of the log may be shown. What names no place is not shown to a key bound to
/// locations, and a shortfall not to one bound to channels: they may be about any.
bool shows(const Binding& binding, const Event& event);
/// As above, from the parts of an event that count: for who keeps only these.
struct EventPlace {
  std::string_view channel, location, to_location;
  bool names_others = false;  ///< see names_others()
};
bool shows(const Binding& binding, const EventPlace& place);
/// True for events without a channel that tell of holds and orders nonetheless.
bool names_others(const Event& event);
/// A shortfall without the holds and orders it endangers, as a key bound to locations is told it:
/// they may lie at other places too. nullopt for every other event.
std::optional<OwnedEvent> without_names(const Event& event);

/// Leaves the positions the binding shows and drops every channel's number: a view of the past,
/// which does not know what a channel sold from then. kUnknownSku when nothing is left of it.
Status narrow_past(const Binding& binding, StockView* view);

}  // namespace holdfast
