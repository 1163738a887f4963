#include "model/binding.h"

#include <algorithm>

#include "model/command.h"
#include "model/event.h"
#include "model/event_detail.h"
#include "model/outcome.h"

namespace holdfast {
namespace {

bool has(const std::vector<std::string>& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

std::string listed(const std::vector<std::string>& names) {
  constexpr size_t kNamed = 5;
  std::string text;
  for (size_t i = 0; i < names.size() && i < kNamed; ++i) {
    if (i > 0) text.append(", ");
    text.append(names[i]);
  }
  if (names.size() > kNamed) text.append(" …");
  return text;
}

Status check_channel(const Binding& binding, const std::string& channel) {
  if (channel.empty() || binding.has_channel(channel)) return {};
  return fail(ErrorCode::kForbidden,
              "this key is bound to other channels: " + listed(binding.channels), "/channel");
}

Status check_location(const Binding& binding, const std::string& location, std::string pointer) {
  if (location.empty() || binding.has_location(location)) return {};
  return fail(ErrorCode::kForbidden,
              "this key is bound to other locations: " + listed(binding.locations),
              std::move(pointer));
}

/// Commands that belong to a channel even where they do not name it.
bool is_of_a_channel(CommandType type) {
  switch (type) {
    case CommandType::kStockSold:
    case CommandType::kStockReturned:
    case CommandType::kOrderPlaced:
    case CommandType::kOrderChanged:
    case CommandType::kOrderReassigned:
    case CommandType::kOrderFulfilled:
    case CommandType::kOrderUnfulfilled:
    case CommandType::kOrderCancelled:
    case CommandType::kHoldPlace:
    case CommandType::kOrderAccept:
      return true;
    default:  // other facts have none; what acts on a hold is of that hold's
      return false;
  }
}

}  // namespace

bool Binding::has_channel(std::string_view channel) const {
  return channels.empty() || has(channels, channel);
}

bool Binding::has_location(std::string_view location) const {
  return locations.empty() || has(locations, location);
}

Status check_bound(const Binding& binding, const Command& command) {
  if (!binding.bound()) return {};
  if (is_setting(command.type)) {
    return fail(ErrorCode::kForbidden, "settings are for keys that are not bound");
  }
  HF_TRY(check_channel(binding, command.channel));
  if (!binding.channels.empty() && command.channel.empty() && is_of_a_channel(command.type)) {
    return fail(ErrorCode::kForbidden,
                "this key is bound to channels: name one of " + listed(binding.channels),
                "/channel");
  }
  HF_TRY(check_location(binding, command.location, "/location"));
  HF_TRY(check_location(binding, command.to_location, "/to"));
  for (size_t i = 0; i < command.lines.size(); ++i) {
    if (binding.has_location(command.lines[i].location)) continue;
    HF_TRY(check_location(binding, command.lines[i].location,
                          "/lines/" + std::to_string(i) + "/location"));
  }
  for (size_t i = 0; i < command.fulfillments.size(); ++i) {
    HF_TRY(check_location(binding, command.fulfillments[i].location,
                          "/fulfillments/" + std::to_string(i) + "/location"));
  }
  return {};
}

Status check_bound(const Binding& binding, const Query& query) {
  if (!binding.has_channel(query.channel)) HF_TRY(check_channel(binding, query.channel));
  if (!binding.has_location(query.location)) {
    HF_TRY(check_location(binding, query.location, "/location"));
  }
  return {};
}

static bool is_shortfall(EventType type) {
  return type == EventType::kShortfallOpened || type == EventType::kShortfallChanged ||
         type == EventType::kShortfallClosed;
}

bool names_others(const Event& event) {
  if (!event.channel.empty()) return false;
  return !event.hold.empty() || !event.order.empty() || is_shortfall(event.type);
}

std::optional<OwnedEvent> without_names(const Event& event) {
  if (!is_shortfall(event.type)) return std::nullopt;
  const auto told = decode_shortfall_detail(event.detail);
  const std::string detail = encode_detail(
      ShortfallDetail{.missing = told ? told->missing : 0, .holds = {}, .orders = {}});
  Event nameless = event;
  nameless.detail = detail;
  return OwnedEvent(nameless);
}

bool shows(const Binding& binding, const EventPlace& place) {
  if (!binding.channels.empty()) {
    if (place.names_others) return false;
    if (!place.channel.empty() && !binding.has_channel(place.channel)) return false;
  }
  if (binding.locations.empty()) return true;
  if (place.location.empty() || !binding.has_location(place.location)) return false;
  return place.to_location.empty() || binding.has_location(place.to_location);
}

bool shows(const Binding& binding, const Event& event) {
  return shows(binding,
               EventPlace{event.channel, event.location, event.to_location, names_others(event)});
}

Status narrow_past(const Binding& binding, StockView* view) {
  if (!binding.bound()) return {};
  view->channels.clear();
  std::erase_if(view->locations, [&](const PositionView& position) {
    return !binding.has_location(position.location);
  });
  if (!binding.locations.empty() && view->locations.empty()) {
    return fail(ErrorCode::kUnknownSku, "no fact named this SKU yet");
  }
  return {};
}

}  // namespace holdfast
