// Settings and identities are in the log too: what decides is nothing that is not.
#include <algorithm>

#include "ledger/decider.h"
#include "model/event_detail.h"

namespace holdfast::ledger {
namespace {

/// What the configuration file defines is changed there: by whoever reads that file, not over the API.
bool is_config(const Command& command) { return command.source == kConfigSource; }

}  // namespace

Outcome Decider::channel_set(const Command& command) {
  if (command.channel.empty()) {
    return rejected(ErrorCode::kMissingField, "`channel` is missing", "/channel");
  }
  ChannelSettings settings = command.channel_settings;
  std::vector<std::string> places;  // each place once, or its units would count twice
  for (const std::string& place : settings.locations) {
    if (std::find(places.begin(), places.end(), place) == places.end()) places.push_back(place);
  }
  settings.locations = std::move(places);
  const ChannelId id = state_.channel_names.find(command.channel);
  if (id != kNoId && state_.channels[id].exists) {
    const ChannelSettings& known = state_.channels[id].settings;
    if (known.managed_by_config && !settings.managed_by_config && !is_config(command)) {
      return refused(ErrorCode::kManagedByConfig, "defined in the configuration file: change it there");
    }
    if (known == settings) return done(OutcomeStatus::kDuplicate);
  }
  // From here on it succeeds.
  for (const std::string& place : settings.locations) know_location(place);
  Event event = event_of(EventType::kChannelSet);
  event.channel = command.channel;
  const std::string detail = encode_detail(settings);
  event.detail = detail;
  emit(event);
  return done(OutcomeStatus::kRecorded);
}

Outcome Decider::channel_remove(const Command& command) {
  const ChannelId id = state_.channel_names.find(command.channel);
  if (id == kNoId || !state_.channels[id].exists) {
    return rejected(ErrorCode::kUnknownChannel, "no channel of this name", "/channel");
  }
  if (state_.channels[id].settings.managed_by_config && !is_config(command)) {
    return refused(ErrorCode::kManagedByConfig, "defined in the configuration file: change it there");
  }
  if (state_.channels[id].open_holds > 0) {
    return refused(ErrorCode::kChannelInUse,
                   std::to_string(state_.channels[id].open_holds) +
                       " open holds: release them or let them expire first");
  }
  Event event = event_of(EventType::kChannelRemoved);
  event.channel = command.channel;
  emit(event);
  return done(OutcomeStatus::kRecorded);
}

Outcome Decider::location_set(const Command& command) {
  if (command.location.empty()) {
    return rejected(ErrorCode::kMissingField, "`location` is missing", "/location");
  }
  const LocationId id = state_.location_names.find(command.location);
  if (id != kNoId) {
    const LocationSettings& known = state_.locations[id].settings;
    if (known.managed_by_config && !command.location_settings.managed_by_config &&
        !is_config(command)) {
      return refused(ErrorCode::kManagedByConfig, "defined in the configuration file: change it there");
    }
    if (known == command.location_settings) return done(OutcomeStatus::kDuplicate);
  }
  know_location(command.location);
  Event event = event_of(EventType::kLocationSet);
  event.location = command.location;
  const std::string detail = encode_detail(command.location_settings);
  event.detail = detail;
  emit(event);
  return done(OutcomeStatus::kRecorded);
}

// Everything the alias has moves over through adjustment, so that both SKUs still sum to 0; its holds,
// orders and references follow with the last event.
Outcome Decider::sku_merge(const Command& command) {
  if (command.sku_alias.empty() || command.sku_same_as.empty()) {
    return rejected(ErrorCode::kMissingField, "`same_as` is missing", "/same_as");
  }
  if (command.sku_alias == command.sku_same_as) {
    return refused(ErrorCode::kSkuMergeConflict, "a SKU is not its own alias");
  }
  const SkuId alias = state_.sku_names.find(command.sku_alias);
  const SkuId same_as = state_.sku_names.find(command.sku_same_as);
  if (same_as != kNoId && state_.skus[same_as].same_as != kNoId) {
    return refused(ErrorCode::kSkuMergeConflict,
                   command.sku_same_as + " is itself an alias: name the SKU it stands for");
  }
  if (alias != kNoId) {
    const Sku& stock = state_.skus[alias];
    if (stock.same_as == same_as && same_as != kNoId) return done(OutcomeStatus::kDuplicate);
    if (stock.same_as != kNoId || stock.aliases > 0) {
      return refused(ErrorCode::kSkuMergeConflict,
                     command.sku_alias + " is an alias or has aliases already");
    }
  }
  // From here on it succeeds.
  for (size_t i = 0; alias != kNoId && i < state_.skus[alias].positions.size(); ++i) {
    const Position& position = state_.skus[alias].positions[i];
    const std::array<int64_t, 7> balances = position.balances;
    for (size_t account = 0; account < balances.size(); ++account) {
      if (balances[account] == 0) continue;
      const auto inside = static_cast<Account>(account + 1);
      const bool out_of_alias = balances[account] > 0;
      Event event = event_of(EventType::kSkuMerged);
      event.location = state_.location_name(position.location);
      event.quantity = out_of_alias ? balances[account] : -balances[account];
      event.sku = command.sku_alias;
      event.reason = command.sku_same_as;
      event.from = out_of_alias ? inside : Account::kAdjustment;
      event.to = out_of_alias ? Account::kAdjustment : inside;
      emit(event);
      event.sku = command.sku_same_as;
      event.reason = command.sku_alias;
      std::swap(event.from, event.to);
      emit(event);
    }
  }
  Event event = event_of(EventType::kSkuMerged);
  event.sku = command.sku_alias;
  event.reason = command.sku_same_as;
  event.flags = Event::kClosed;
  emit(event);
  touched_.push_back(state_.sku_names.find(command.sku_same_as));
  return done(OutcomeStatus::kRecorded);
}

}  // namespace holdfast::ledger
