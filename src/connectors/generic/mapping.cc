#include "connectors/generic/mapping.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>

#include <fmt/format.h>

#include "json/check.h"
#include "model/limits.h"

namespace holdfast::connectors::generic {
namespace {

constexpr std::array<std::string_view, 22> kFields = {
    "type",  "sku",  "location",    "quantity", "total",     "ordered",  "expected", "counted",
    "delta", "line", "channel",     "order",    "reference", "document", "reason",   "state",
    "from",  "to",   "occurred_at", "version",  "final",     "restock"};
/// Told once for the whole item in every sender's format seen; never taken from around it.
constexpr std::array<std::string_view, 7> kOnlyInItem = {"sku",      "quantity", "total", "ordered",
                                                         "expected", "counted",  "delta"};
/// A key is `d:{type}:{id}#{index}`: what is left of it for the id.
constexpr size_t kIdBytesMax = limits::kKeyBytesMax - 32;

/// What a channel shows itself: it is compared, and moves nothing.
constexpr std::string_view kObserved = "stock.observed";

template <typename List>
bool holds(const List& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

std::string trim(std::string_view text) {
  const auto is_space = [](char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; };
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return std::string(text);
}

std::unexpected<Error> unreadable(const std::string& field, std::string_view why,
                                  const std::string& pointer) {
  return fail(ErrorCode::kUnreadableDelivery, fmt::format("`{}` {}", field, why), pointer);
}

bool is_order_fact(CommandType type) {
  return type >= CommandType::kOrderPlaced && type <= CommandType::kOrderCancelled;
}

/// True where the line says a number that the ledger sums only within one command: a second command
/// that says it of the same SKU would be taken as a repetition, or as a newer word.
bool is_cumulative(const Command& command) {
  const bool returned = command.type == CommandType::kStockReturned && !command.order.empty();
  if (command.lines.empty() || (!is_order_fact(command.type) && !returned)) return false;
  return !command.document.empty() || command.lines.front().ordered || command.lines.front().total;
}

/// True where both are about the same thing, so that their lines belong into one command.
bool belong_together(const Command& a, const Command& b) {
  const bool snapshot = a.type == CommandType::kOrderPlaced || a.type == CommandType::kOrderChanged;
  return a.type == b.type && a.channel == b.channel && a.order == b.order &&
         a.document == b.document && a.reference == b.reference && a.reason == b.reason &&
         a.to_location == b.to_location && a.version == b.version && a.final == b.final &&
         a.restock == b.restock && (snapshot || a.occurred_at == b.occurred_at);
}

/// Adds the lines of `more`; where the two say another place, the places move to the lines.
void take_lines(Command& command, Command more) {
  if (command.location != more.location) {
    for (CommandLine& line : command.lines) {
      if (line.location.empty()) line.location = command.location;
    }
    for (CommandLine& line : more.lines) line.location = more.location;
    command.location.clear();
  }
  for (CommandLine& line : more.lines) command.lines.push_back(std::move(line));
}

/// An order can be cancelled whole, by a delivery that lists nothing.
bool is_whole_cancel(const Command& command) {
  const CommandLine& line = command.lines.front();
  return command.type == CommandType::kOrderCancelled && line.sku.empty() && !line.quantity &&
         !line.total;
}

bool is_pointer(const std::string& text) { return text.empty() || text.front() == '/'; }

}  // namespace

// ---- configuration ----

Result<Mapping> Mapping::make(const SourceConfig& config, bool needs_time) {
  const auto bad = [](const std::string& detail) {
    return fail(ErrorCode::kConfigInvalid, "mapping: " + detail);
  };
  const MappingConfig& mapping = config.mapping;
  if (!is_pointer(mapping.items) || !is_pointer(mapping.id)) {
    return bad("items and id are JSON pointers: they begin with \"/\"");
  }
  for (const auto& [field, from] : mapping.fields) {
    if (!holds(kFields, field) && field != "to_location") {
      return bad(fmt::format("there is no field {}; there is {}, to_location", field,
                             fmt::join(kFields, ", ")));
    }
    if (from.pointer.empty() == from.constant.empty() || !is_pointer(from.pointer)) {
      return bad(field + ": give a JSON pointer (\"/a/b\") or a constant");
    }
  }
  if (!mapping.fields.contains("type")) return bad("type is missing");
  const FieldMapping& type = mapping.fields.at("type");
  std::vector<std::string> words;
  if (!type.constant.empty()) words.push_back(type.constant);
  for (const auto& [theirs, ours] : type.values) words.push_back(ours);
  for (const std::string& word : words) {
    const auto named = command_type_named(word);
    if (word != kObserved && (!named || !is_fact(*named))) {
      return bad(fmt::format("type: \"{}\" is no fact", word));
    }
  }
  const bool only_cancels =
      !words.empty() && std::all_of(words.begin(), words.end(), [](const std::string& word) {
        return word == name_of(CommandType::kOrderCancelled);
      });
  if (!mapping.fields.contains("sku") && !only_cancels) return bad("sku is missing");
  const auto occurred_at = mapping.fields.find("occurred_at");
  if (needs_time && (occurred_at == mapping.fields.end() || occurred_at->second.pointer.empty())) {
    return bad(
        "occurred_at is missing: the signature covers no time, so only a time inside the "
        "delivery keeps an old one that is sent again from being booked");
  }
  Mapping result;
  result.config_ = config;
  result.needs_time_ = needs_time;
  return result;
}

// ---- looking up ----

const json::Value* Mapping::Lookup::find(const std::string& field) const {
  const auto from = mapping.fields.find(field);
  if (from == mapping.fields.end() || from->second.pointer.empty()) return nullptr;
  const json::Value* value = item.find(from->second.pointer);
  if (value == nullptr && in_list && !holds(kOnlyInItem, field)) {
    value = delivery.find(from->second.pointer);
  }
  return value == nullptr || value->is_null() ? nullptr : value;
}

Result<std::string> Mapping::Lookup::text(const std::string& field) const {
  const auto from = mapping.fields.find(field);
  if (from == mapping.fields.end()) return std::string();
  if (!from->second.constant.empty()) return from->second.constant;
  const json::Value* value = find(field);
  if (value == nullptr) return std::string();
  const auto word = value->as_text();
  if (!word) return unreadable(field, "is neither text nor an integer", from->second.pointer);
  std::string trimmed = trim(*word);
  if (from->second.values.empty() || trimmed.empty()) return trimmed;
  const auto ours = from->second.values.find(trimmed);
  if (ours == from->second.values.end()) {
    return unreadable(field, fmt::format("is \"{}\", which the mapping does not list", trimmed),
                      from->second.pointer);
  }
  return ours->second;
}

Result<std::optional<int64_t>> Mapping::Lookup::integer(const std::string& field) const {
  // Integers only, as numbers or as decimal text: several warehouses send "148".
  HF_ASSIGN(word, text(field));
  if (word.empty()) return std::optional<int64_t>();
  int64_t number = 0;
  const char* end = word.data() + word.size();
  const auto parsed = std::from_chars(word.data(), end, number);
  if (parsed.ec != std::errc{} || parsed.ptr != end) {
    return unreadable(field, fmt::format("is \"{}\", which is no integer", word),
                      mapping.fields.at(field).pointer);
  }
  return std::optional<int64_t>(number);
}

Result<bool> Mapping::Lookup::flag(const std::string& field, bool absent) const {
  const json::Value* value = find(field);
  if (value != nullptr) {
    const auto told = value->as_bool();
    if (told) return *told;
  }
  HF_ASSIGN(word, text(field));
  if (word.empty()) return absent;
  if (word == "true") return true;
  if (word == "false") return false;
  return unreadable(field, "is neither true nor false", mapping.fields.at(field).pointer);
}

// ---- mapping ----

intake::Mapped Mapping::map(const json::Value& delivery, const std::string& delivery_id) const {
  intake::Mapped mapped;
  mapped.delivery_id = delivery_id;
  const auto park_whole = [&](std::string reason) {
    mapped.parked.push_back(
        {{ErrorCode::kUnreadableDelivery, std::move(reason), {}}, delivery.to_text()});
    return mapped;
  };
  std::string event_id;
  if (!config_.mapping.id.empty()) {
    const json::Value* value = delivery.find(config_.mapping.id);
    event_id = value == nullptr ? "" : value->as_text().value_or("");
    if (event_id.empty()) return park_whole("the delivery has no id at " + config_.mapping.id);
  }
  if (mapped.delivery_id.empty()) mapped.delivery_id = event_id;
  if (std::max(delivery_id.size(), event_id.size()) > kIdBytesMax) {
    return park_whole(fmt::format("the delivery's id has more than {} bytes", kIdBytesMax));
  }
  std::vector<const json::Value*> items{&delivery};
  const json::Value* list =
      config_.mapping.items.empty() ? nullptr : delivery.find(config_.mapping.items);
  const bool is_list = list != nullptr && list->is_array();
  const bool in_list = !config_.mapping.items.empty() && !cancels_whole(delivery, list);
  if (in_list) {
    if (!is_list) return park_whole("there is no list of items at " + config_.mapping.items);
    if (list->items().size() > limits::kBatchItemsMax) return park_whole("too many items");
    items.clear();
    for (const json::Value& item : list->items()) items.push_back(&item);
  }
  for (size_t index = 0; index < items.size(); ++index) {
    const Lookup lookup{config_.mapping, *items[index], delivery, in_list};
    if (const auto type = lookup.text("type"); type && *type == kObserved) {
      if (auto level = map_observed(lookup)) {
        ++mapped.observations;
        mapped.observed.push_back(std::move(*level));
      } else {
        mapped.parked.push_back({std::move(level).error(), items[index]->to_text()});
      }
      continue;
    }
    auto command = map_item(lookup);
    if (command) {
      set_keys(*command, delivery_id, event_id, index);
      if (auto good = json::check_command(*command, true); !good) {
        command = std::unexpected(
            Error{ErrorCode::kUnreadableDelivery, good.error().detail, good.error().pointer});
      }
    }
    if (command) {
      add(&mapped, std::move(*command), items[index]->to_text());
    } else {
      mapped.parked.push_back({std::move(command).error(), items[index]->to_text()});
    }
  }
  return mapped;
}

intake::Mapped Mapping::map_again(const json::Value& delivery,
                                  const std::string& delivery_id) const {
  intake::Mapped mapped = map(delivery, delivery_id);
  for (Command& command : mapped.commands) {
    if (is_cumulative(command)) intake::rekey_by_content(&command);
  }
  return mapped;
}

/// True where the delivery lists no items and is told to cancel an order: the whole of it is meant.
bool Mapping::cancels_whole(const json::Value& delivery, const json::Value* list) const {
  if (list != nullptr && !list->is_null() && !(list->is_array() && list->items().empty())) {
    return false;
  }
  const auto type = Lookup{config_.mapping, delivery, delivery, false}.text("type");
  return type && *type == name_of(CommandType::kOrderCancelled);
}

/// (source, topic, delivery id) and (source, topic, event id): the topic is the mapped type, since
/// senders number each kind of document on its own. The source is the scope the ledger adds.
void Mapping::set_keys(Command& command, const std::string& delivery_id,
                       const std::string& event_id, size_t index) const {
  command.source = config_.name;
  command.from_source = true;
  const auto key = [&](char kind, const std::string& id) {
    if (id.empty()) return std::string();
    return fmt::format("{}:{}:{}#{}", kind, name_of(command.type), id, index);
  };
  command.idempotency_key = key('d', delivery_id);
  command.idempotency_key_2 = key('e', event_id);
  if (command.idempotency_key.empty()) {
    std::swap(command.idempotency_key, command.idempotency_key_2);
  }
}

/// Adds the command, or its lines to an earlier one about the same thing: an order that lists one
/// SKU twice owes both.
void Mapping::add(intake::Mapped* mapped, Command command, std::string item) const {
  if (is_cumulative(command)) {
    for (size_t i = 0; i < mapped->commands.size(); ++i) {
      Command& earlier = mapped->commands[i];
      if (!is_cumulative(earlier) || !belong_together(earlier, command)) continue;
      if (earlier.lines.size() >= limits::kLinesMax) {
        mapped->parked.push_back(
            {{ErrorCode::kUnreadableDelivery,
              fmt::format("more than {} lines of one order", limits::kLinesMax),
              {}},
             std::move(item)});
        return;
      }
      take_lines(earlier, std::move(command));
      mapped->items[i] += "," + item;
      return;
    }
  }
  mapped->commands.push_back(std::move(command));
  mapped->items.push_back(std::move(item));
}

Result<Command> Mapping::map_item(const Lookup& lookup) const {
  Command command;
  CommandLine line;
  HF_ASSIGN(type, lookup.text("type"));
  const auto named = command_type_named(type);
  if (!named || !is_fact(*named)) {
    return unreadable("type", fmt::format("is \"{}\", which is no fact", type),
                      config_.mapping.fields.at("type").pointer);
  }
  command.type = *named;
  const std::pair<const char*, std::string*> names[] = {{"sku", &line.sku},
                                                        {"line", &line.line},
                                                        {"channel", &command.channel},
                                                        {"order", &command.order},
                                                        {"reference", &command.reference},
                                                        {"document", &command.document},
                                                        {"reason", &command.reason}};
  for (const auto& [field, value] : names) {
    HF_ASSIGN(word, lookup.text(field));
    *value = std::move(word);
  }
  if (command.channel.empty()) command.channel = config_.channel;
  HF_TRY(map_numbers(lookup, command, line));
  HF_TRY(map_states(lookup, command, line));
  HF_TRY(map_places(lookup, command));
  HF_TRY(map_times(lookup, command));
  HF_ASSIGN(closes, lookup.flag("final", false));
  HF_ASSIGN(restock, lookup.flag("restock", true));
  command.final = closes;
  command.restock = restock;
  command.lines.push_back(std::move(line));
  if (!lookup.in_list && is_whole_cancel(command)) command.lines.clear();
  return command;
}

/// Without a location it is the channel's whole number. Its time is what tells a late one from a
/// newer one.
Result<ObservedLevel> Mapping::map_observed(const Lookup& lookup) const {
  ObservedLevel level;
  Command times;
  HF_TRY(map_times(lookup, times));
  HF_ASSIGN(sku, lookup.text("sku"));
  HF_ASSIGN(channel, lookup.text("channel"));
  HF_ASSIGN(theirs, lookup.text("location"));
  HF_ASSIGN(available, lookup.integer("quantity"));
  const auto pointer_of = [&](const std::string& field) {
    const auto from = config_.mapping.fields.find(field);
    return from == config_.mapping.fields.end() ? std::string() : from->second.pointer;
  };
  for (const auto& [field, is_there] :
       {std::pair("sku", !sku.empty()), std::pair("quantity", available.has_value()),
        std::pair("occurred_at", times.occurred_at.has_value())}) {
    if (!is_there) return unreadable(field, "is missing from what was observed", pointer_of(field));
  }
  if (const auto good = json::check_name(sku, "sku"); !good) {
    return unreadable("sku", good.error().detail, pointer_of("sku"));
  }
  if (std::abs(*available) > limits::kQuantityMax) {
    return unreadable("quantity", "is beyond 1,000,000,000", pointer_of("quantity"));
  }
  if (!theirs.empty()) {
    const bool constant = pointer_of("location").empty();
    HF_ASSIGN(ours, constant ? Result<std::string>(theirs) : our_location(theirs));
    level.location = std::move(ours);
    level.place = theirs;
  }
  level.channel = channel.empty() ? config_.channel : std::move(channel);
  level.sku = std::move(sku);
  level.available = *available;
  level.at = times.occurred_at;
  return level;
}

/// `quantity` is the number the type takes: a signed delta for an adjustment, what was counted for
/// a count.
Status Mapping::map_numbers(const Lookup& lookup, Command& command, CommandLine& line) const {
  const std::pair<const char*, std::optional<int64_t>*> numbers[] = {
      {"quantity", &line.quantity}, {"total", &line.total},     {"ordered", &line.ordered},
      {"expected", &line.expected}, {"counted", &line.counted}, {"delta", &line.delta}};
  for (const auto& [field, value] : numbers) {
    HF_ASSIGN(number, lookup.integer(field));
    *value = number;
  }
  const auto use_as = [&](std::optional<int64_t>& value) {
    if (!value) value = std::exchange(line.quantity, std::nullopt);
  };
  switch (command.type) {
    case CommandType::kStockAdjusted:
      use_as(line.delta);
      break;
    case CommandType::kStockCounted:
      use_as(line.counted);
      break;
    case CommandType::kStockExpected:
      use_as(line.expected);
      break;
    case CommandType::kOrderPlaced:
    case CommandType::kOrderChanged:
      use_as(line.ordered);
      break;
    default:
      break;
  }
  return {};
}

Status Mapping::map_states(const Lookup& lookup, Command& command, CommandLine& line) const {
  const std::pair<const char*, Account*> states[] = {
      {"state", &line.state}, {"from", &line.from}, {"to", &line.to}};
  for (const auto& [field, value] : states) {
    HF_ASSIGN(word, lookup.text(field));
    if (word.empty()) continue;
    const bool counts = command.type == CommandType::kStockCounted;
    if (counts && word == "sellable" && value == &line.state) {
      line.state_sellable = true;
      continue;
    }
    const auto account = account_named(word);
    const bool usable = account == Account::kDamaged || account == Account::kQualityControl ||
                        (account == Account::kAvailable && !counts);
    if (!usable) {
      return unreadable(field,
                        fmt::format("is \"{}\": available, damaged or quality_control", word),
                        config_.mapping.fields.at(field).pointer);
    }
    *value = *account;
  }
  return {};
}

Result<std::string> Mapping::our_location(const std::string& theirs) const {
  const auto ours = config_.locations.find(theirs);
  if (ours != config_.locations.end()) return ours->second;
  return fail(
      ErrorCode::kUnmappedLocation,
      fmt::format("the sender's location \"{}\" is not in [sources.locations]: add it", theirs));
}

Status Mapping::map_places(const Lookup& lookup, Command& command) const {
  for (const auto& [field, place] :
       {std::pair("location", &command.location), std::pair("to_location", &command.to_location)}) {
    HF_ASSIGN(theirs, lookup.text(field));
    if (theirs.empty()) continue;
    if (!config_.mapping.fields.at(field).constant.empty()) {
      *place = theirs;
      continue;
    }
    HF_ASSIGN(ours, our_location(theirs));
    *place = std::move(ours);
  }
  const bool arrives = command.type == CommandType::kTransferReceived;
  if (arrives && command.to_location.empty()) std::swap(command.location, command.to_location);
  // Orders without a place follow their channel's fill order; everything else has a default.
  std::string& place = arrives ? command.to_location : command.location;
  if (place.empty() && !is_order_fact(command.type)) place = config_.default_location;
  return {};
}

Status Mapping::map_times(const Lookup& lookup, Command& command) const {
  HF_ASSIGN(occurred_at, lookup.text("occurred_at"));
  if (!occurred_at.empty()) {
    const auto time = parse_rfc3339(occurred_at);
    if (!time) {
      return unreadable("occurred_at", "is no RFC 3339 time with an offset",
                        config_.mapping.fields.at("occurred_at").pointer);
    }
    command.occurred_at = *time;
  } else if (needs_time_) {
    return unreadable("occurred_at", "is missing, and the signature covers no time either",
                      config_.mapping.fields.at("occurred_at").pointer);
  }
  HF_ASSIGN(version, lookup.text("version"));
  if (version.empty()) return {};
  if (const auto time = parse_rfc3339(version)) {
    command.version = {Version::Kind::kTime, time->us};
    return {};
  }
  HF_ASSIGN(number, lookup.integer("version"));
  command.version = {Version::Kind::kInteger, number.value_or(0)};
  return {};
}

}  // namespace holdfast::connectors::generic
