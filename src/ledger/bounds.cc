#include "ledger/bounds.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/hash.h"
#include "ledger/allocation.h"
#include "ledger/answer.h"

namespace holdfast::ledger {
namespace {

bool has_location(const State& state, const Binding& binding, LocationId location) {
  return location == kNoId || binding.has_location(state.location_name(location));
}

Outcome rejected(const State& state, Error error) {
  Outcome outcome;
  outcome.status = OutcomeStatus::kRejected;
  outcome.error = std::move(error);
  outcome.depends_on = state.last_seq;
  return outcome;
}

bool all_placed(const Command& command) {
  return !command.location.empty() ||
         std::all_of(command.lines.begin(), command.lines.end(),
                     [](const CommandLine& line) { return !line.location.empty(); });
}

bool acts_on_hold(CommandType type) {
  return type == CommandType::kHoldChange || type == CommandType::kHoldCommit ||
         type == CommandType::kHoldRelease || type == CommandType::kHoldExtend;
}

/// The channel whose number decides a request and is shown in its answer; empty = none.
std::string_view channel_of(const State& state, const Command& command) {
  if (!command.channel.empty()) return command.channel;
  const uint32_t hold = state.find_hold(command.hold);
  if (hold == kNoId || state.holds[hold].channel == kNoId) return {};
  return state.channel_name(state.holds[hold].channel);
}

/// The order a command is about, where there is one already.
uint32_t order_of(const State& state, const Command& command) {
  if (command.order.empty()) return kNoId;
  const std::string_view channel = channel_of(state, command);
  return state.find_order(channel.empty() ? kDefaultChannel : channel, command.order);
}

/// Takes from where it says: nothing is left for the ledger to choose.
bool chooses_its_places(const Command& command) {
  switch (command.type) {
    case CommandType::kHoldRelease:
    case CommandType::kHoldExtend:
      return true;
    case CommandType::kStockReceived:
      return command.reference.empty() && all_placed(command);
    case CommandType::kStockSold:
    case CommandType::kStockAdjusted:
    case CommandType::kStockCounted:
    case CommandType::kStockMoved:
    case CommandType::kTransferDispatched:
    case CommandType::kHoldPlace:
      return all_placed(command);
    default:
      return false;
  }
}

/// Notes whether an event of the command itself leaves the binding. What time and numbers cause
/// (holds that are due, shortfalls, levels) happens whoever asks.
class Watch final : public EventSink {
 public:
  explicit Watch(const Binding& binding) : binding_(binding) {}
  void begin_command(const CommandHead&) override {}
  void end_command() override {}
  void append(const Event& event) override {
    switch (event.type) {
      case EventType::kHoldExpired:
      case EventType::kShortfallOpened:
      case EventType::kShortfallChanged:
      case EventType::kShortfallClosed:
      case EventType::kAvailabilityChanged:
        return;
      default:
        break;
    }
    const auto inside = [](std::string_view name, bool has) { return name.empty() || has; };
    left_ = left_ || !inside(event.channel, binding_.has_channel(event.channel)) ||
            !inside(event.location, binding_.has_location(event.location)) ||
            !inside(event.to_location, binding_.has_location(event.to_location));
  }
  bool left() const { return left_; }

 private:
  const Binding& binding_;
  bool left_ = false;
};

bool leaves(const State& state, const LedgerOptions& options, const Command& command, Timestamp now,
            bool storage_full) {
  Watch watch(*command.binding);
  decide_dry(state, options, command, now, storage_full, &watch);
  return watch.left();
}

constexpr char kScopeMark = '~';  // in no id that a client chooses

/// "~" and eight digits: the same for every key with this binding, in every version.
std::string id_scope_of(const Binding& binding) {
  std::string bound_to;
  for (const std::string& channel : binding.channels) bound_to.append(channel).push_back('\n');
  bound_to.push_back('\n');
  for (const std::string& location : binding.locations) bound_to.append(location).push_back('\n');
  return fmt::format("{}{:08x}", kScopeMark, static_cast<uint32_t>(hash64(bound_to)));
}

}  // namespace

bool shows(const State& state, const Binding& binding, const Hold& hold) {
  if (!binding.channels.empty() &&
      (hold.channel == kNoId || !binding.has_channel(state.channel_name(hold.channel)))) {
    return false;
  }
  return std::all_of(hold.lines.begin(), hold.lines.end(), [&](const HoldLine& line) {
    return line.quantity == 0 || has_location(state, binding, line.location);
  });
}

bool shows(const State& state, const Binding& binding, const Order& order) {
  if (!binding.has_channel(state.channel_name(order.channel))) return false;
  if (binding.locations.empty()) return true;
  const auto here = [&](const auto& told) { return has_location(state, binding, told.location); };
  for (const OrderSku& part : order.skus) {
    const bool inside = std::all_of(part.tallies.begin(), part.tallies.end(), here) &&
                        std::all_of(part.booked.begin(), part.booked.end(), here) &&
                        std::all_of(part.commitments.begin(), part.commitments.end(), here);
    if (!inside) return false;
  }
  return std::all_of(order.documents.begin(), order.documents.end(), [&](const Document& document) {
    return std::all_of(document.lines.begin(), document.lines.end(), here);
  });
}

std::string kept_id(const Binding& binding, std::string_view id) {
  if (id.find(kScopeMark) != std::string_view::npos) return std::string(id);
  return std::string(id) + id_scope_of(binding);
}

std::string hold_meant(const State& state, const Binding& binding, std::string_view id,
                       bool places) {
  if (id.find(kScopeMark) != std::string_view::npos) return std::string(id);
  std::string own = kept_id(binding, id);
  if (state.find_hold(own) != kNoId) return own;
  const uint32_t known = state.find_hold(id);
  if (known != kNoId && shows(state, binding, state.holds[known])) return std::string(id);
  return places ? own : std::string(id);
}

std::string_view chosen_id(const Binding& binding, std::string_view id) {
  const std::string scope = id_scope_of(binding);
  if (id.ends_with(scope)) id.remove_suffix(scope.size());
  return id;
}

bool shows_number(const State& state, const Binding& binding, std::string_view channel) {
  if (!binding.has_channel(channel)) return false;
  if (binding.locations.empty()) return true;
  const auto market = market_of(state, channel);
  if (!market) return false;
  return std::all_of(market->locations.begin(), market->locations.end(),
                     [&](LocationId id) { return has_location(state, binding, id); });
}

bool narrow(const State& state, const Binding& binding, StockView* view) {
  std::erase_if(view->locations, [&](const PositionView& position) {
    return !binding.has_location(position.location);
  });
  std::erase_if(view->channels, [&](const ChannelAvailability& channel) {
    return !shows_number(state, binding, channel.channel);
  });
  return binding.locations.empty() || !view->locations.empty();
}

std::optional<Outcome> out_of_bounds(const State& state, const LedgerOptions& options,
                                     const Command& command, Timestamp now, bool storage_full) {
  const Binding& binding = *command.binding;
  if (const Status named = check_bound(binding, command); !named) {
    return rejected(state, named.error());
  }
  if (acts_on_hold(command.type)) {
    const uint32_t hold = state.find_hold(command.hold);
    // another's hold is as good as none: its id tells nothing
    if (hold != kNoId && !shows(state, binding, state.holds[hold])) {
      return rejected(state, {ErrorCode::kUnknownHold, "no such hold", "/id"});
    }
  }
  if (binding.locations.empty()) return std::nullopt;
  const bool asks = command.type == CommandType::kHoldPlace ||
                    command.type == CommandType::kHoldChange ||
                    command.type == CommandType::kOrderAccept;
  if (asks && !all_placed(command) && !shows_number(state, binding, channel_of(state, command))) {
    return rejected(state,
                    {ErrorCode::kForbidden,
                     "this key is bound to locations, and the channel sells from others too: "
                     "name a `location` in every line",
                     "/lines"});
  }
  if (const uint32_t order = order_of(state, command);
      order != kNoId && !shows(state, binding, state.orders[order])) {
    return rejected(state,
                    {ErrorCode::kForbidden,
                     "the order lies at locations too that this key is not bound to", "/order"});
  }
  if (chooses_its_places(command)) return std::nullopt;
  if (!leaves(state, options, command, now, storage_full)) return std::nullopt;
  return rejected(state, {ErrorCode::kForbidden,
                          "this would move units at a location that the key is not bound to",
                          {}});
}

void narrow(const State& state, const Command& command, Outcome* outcome) {
  const Binding& binding = *command.binding;
  if (outcome->hold) {
    const uint32_t hold = state.find_hold(outcome->hold->id);
    if (hold != kNoId && !shows(state, binding, state.holds[hold])) outcome->hold.reset();
  }
  if (outcome->order) {
    const uint32_t order = state.find_order(outcome->order->channel, outcome->order->order);
    if (order != kNoId && !shows(state, binding, state.orders[order])) outcome->order.reset();
  }
  const std::string_view channel = channel_of(state, command);
  const bool visible = channel.empty() ? binding.locations.empty() || all_placed(command)
                                       : shows_number(state, binding, channel);
  if (!visible) outcome->stock.clear();
}

}  // namespace holdfast::ledger
