#include "tests/properties/teller.h"

#include <fmt/format.h>

namespace holdfast::properties {
namespace {

const std::vector<std::string> kSkus = {"A", "B", "C"};
const std::vector<std::string> kPlaces = {"berlin", "leeds", "paris", "returns"};
const std::vector<std::string> kChannels = {"web", "app"};
const std::vector<std::string> kSources = {"local", "shop", "3pl"};
const std::vector<std::string> kOrders = {"1", "2", "3", "4", "5"};
const std::vector<std::string> kDocuments = {"F1", "F2", "F3"};
const std::vector<std::string> kReferences = {"R1", "R2"};
constexpr Timestamp kStart{1'795'424'400'000'000};  // 2026-11-23T09:00:00Z

}  // namespace

Story story_of(uint64_t seed, size_t commands) {
  SeededRandom random(seed);
  Story story(commands);
  for (uint64_t& number : story) number = random.next();
  return story;
}

std::vector<Command> opening() {
  std::vector<Command> commands(3);
  commands[0].type = CommandType::kChannelSet;
  commands[0].channel = "web";
  commands[0].channel_settings.locations = {"berlin", "leeds"};
  commands[1].type = CommandType::kChannelSet;
  commands[1].channel = "app";
  commands[1].channel_settings.locations = {"leeds", "paris", "berlin"};
  commands[1].channel_settings.buffer = 1;
  commands[2].type = CommandType::kLocationSet;
  commands[2].location = "returns";
  commands[2].location_settings.sellable = false;
  for (const std::string place : {"berlin", "leeds"}) {  // C stays untracked at first, and paris
    Command& receipt = commands.emplace_back();
    receipt.type = CommandType::kStockReceived;
    receipt.location = place;
    receipt.idempotency_key = "opening-" + place;
    for (const std::string sku : {"A", "B"}) {
      receipt.lines.emplace_back().sku = sku;
      receipt.lines.back().quantity = 10;
    }
  }
  for (Command& command : commands) command.source = "local";
  return commands;
}

Teller::Teller() : now_(kStart) {}

Command Teller::tell(uint64_t number) {
  random_ = SeededRandom(number);
  pass_time();
  if (!told_.empty() &&
      chance(8)) {  // a repetition: the same delivery, or the same news under a new key
    Command again = told_[told_.size() - 1 - random_.below(std::min<size_t>(told_.size(), 40))];
    if (chance(50) && !again.idempotency_key.empty()) {
      again.idempotency_key = fmt::format("key-{}", number);
      again.idempotency_key_2.clear();
      again.fingerprint = number;
    } else if (chance(10)) {
      again.fingerprint = number;
    }
    return again;
  }
  Command command = fresh();
  if (is_fact(command.type)) command.idempotency_key = fmt::format("key-{}", number);
  command.fingerprint = number;
  told_.push_back(command);
  return command;
}

void Teller::pass_time() {
  const uint64_t kind = random_.below(100);
  if (kind < 30) return;
  if (kind < 85)
    now_ = now_ + static_cast<Duration>(random_.below(120)) * kSecond;
  else if (kind < 97)
    now_ = now_ + static_cast<Duration>(random_.below(30)) * kMinute;
  else
    now_ = now_ + static_cast<Duration>(random_.below(20)) * kHour;
}

Command Teller::fresh() {
  Command command;
  command.source = pick(kSources);
  const uint64_t kind = random_.below(100);
  if (kind < 36)
    fact(command);
  else if (kind < 55)
    order_fact(command);
  else if (kind < 96)
    request(command);
  else
    setting(command);
  return command;
}

void Teller::lines(Command& command, size_t most) {
  const size_t count = 1 + (chance(35) ? random_.below(most) : 0);
  for (size_t i = 0; i < count; ++i) {
    CommandLine& line = command.lines.emplace_back();
    line.sku = pick(kSkus);
    line.quantity = quantity();
  }
}

void Teller::occurred(Command& command) {
  if (chance(70)) return;
  // Whole ten minutes meet often: ties with counts.
  const Timestamp then = now_ - static_cast<Duration>(random_.below(90)) * kMinute;
  command.occurred_at = chance(50) ? Timestamp{then.us - then.us % (10 * kMinute)} : then;
  if (chance(4)) command.occurred_at = now_ + 3 * kHour;
}

void Teller::fact(Command& command) {
  constexpr CommandType kTypes[] = {
      CommandType::kStockReceived,    CommandType::kStockReceived, CommandType::kStockReceived,
      CommandType::kStockSold,        CommandType::kStockAdjusted, CommandType::kStockCounted,
      CommandType::kStockCounted,     CommandType::kStockMoved,    CommandType::kTransferDispatched,
      CommandType::kTransferReceived, CommandType::kStockExpected, CommandType::kStockReturned,
  };
  command.type = kTypes[random_.below(std::size(kTypes))];
  command.location = pick(kPlaces);
  lines(command, 3);
  occurred(command);
  const auto state = [&] {
    if (chance(80)) return Account::kNone;
    return chance(50) ? Account::kDamaged : Account::kQualityControl;
  };
  const bool wants_reference = command.type == CommandType::kStockExpected ||
                               command.type == CommandType::kTransferDispatched ||
                               command.type == CommandType::kTransferReceived;
  if (wants_reference || (command.type == CommandType::kStockReceived && chance(40))) {
    command.reference = pick(kReferences);
    command.final = chance(8) && (command.type == CommandType::kStockReceived ||
                                  command.type == CommandType::kTransferReceived);
  }
  if (command.type == CommandType::kTransferDispatched) command.to_location = pick(kPlaces);
  for (CommandLine& line : command.lines) {
    const int64_t n = *line.quantity;
    switch (command.type) {
      case CommandType::kStockReceived:
        line.quantity = n * 4;
        line.state = state();
        if (!command.reference.empty() && chance(30)) std::swap(line.quantity, line.total);
        break;
      case CommandType::kStockExpected:
        line.quantity.reset();
        line.expected = n * 3 - 3;
        break;
      case CommandType::kStockCounted:
        line.quantity.reset();
        line.counted = n * 4 - 4;
        line.state = state();
        break;
      case CommandType::kStockAdjusted:
        line.quantity.reset();
        line.delta = chance(50) ? n : -n;
        line.state = state();
        break;
      case CommandType::kStockMoved: {
        const Account accounts[] = {Account::kAvailable, Account::kDamaged,
                                    Account::kQualityControl};
        const size_t from = random_.below(3);
        line.from = accounts[from];
        line.to = accounts[(from + 1 + random_.below(2)) % 3];
        break;
      }
      case CommandType::kTransferReceived:
      case CommandType::kStockReturned:
        line.state = state();
        break;
      default:
        break;
    }
  }
}

void Teller::order_fact(Command& command) {
  constexpr CommandType kTypes[] = {
      CommandType::kOrderPlaced,      CommandType::kOrderChanged,   CommandType::kOrderChanged,
      CommandType::kOrderChanged,     CommandType::kOrderFulfilled, CommandType::kOrderFulfilled,
      CommandType::kOrderUnfulfilled, CommandType::kOrderCancelled, CommandType::kOrderReassigned,
      CommandType::kStockReturned,
  };
  command.type = kTypes[random_.below(std::size(kTypes))];
  command.channel = pick(kChannels);
  command.order = pick(kOrders);
  occurred(command);
  if (command.type == CommandType::kOrderCancelled && chance(25)) {
    command.restock = !chance(25);
    return;
  }
  lines(command, 3);
  if (command.type == CommandType::kOrderPlaced || command.type == CommandType::kOrderChanged) {
    const Duration ago = static_cast<Duration>(random_.below(3600)) * kSecond;
    command.version = command.source == "3pl" ? Version{Version::Kind::kInteger,
                                                        static_cast<int64_t>(random_.below(50))}
                                              : Version{Version::Kind::kTime, (now_ - ago).us};
    for (CommandLine& line : command.lines) {
      line.ordered = *line.quantity;
      line.quantity.reset();
      if (command.type == CommandType::kOrderPlaced) continue;
      if (chance(20)) line.cancelled = static_cast<int64_t>(random_.below(3));
      if (chance(10)) line.written_off = static_cast<int64_t>(random_.below(2));
    }
    if (command.type == CommandType::kOrderChanged && chance(40)) {
      CommandFulfillment& fulfillment = command.fulfillments.emplace_back();
      fulfillment.id = pick(kDocuments);
      fulfillment.location = pick(kPlaces);
      fulfillment.voided = chance(20);
      fulfillment.occurred_at = now_ - static_cast<Duration>(random_.below(60)) * kMinute;
      fulfillment.lines.push_back({command.lines.front().sku, "", quantity()});
    }
    return;
  }
  command.location = pick(kPlaces);
  if (command.type == CommandType::kOrderReassigned) {
    command.to_location = pick(kPlaces);
    return;
  }
  if (command.type == CommandType::kOrderUnfulfilled || chance(50)) {
    command.document = pick(kDocuments);
  } else if (chance(60)) {
    for (CommandLine& line : command.lines) std::swap(line.quantity, line.total);
  }
}

void Teller::request(Command& command) {
  constexpr CommandType kTypes[] = {
      CommandType::kHoldPlace,   CommandType::kHoldPlace,   CommandType::kHoldPlace,
      CommandType::kHoldPlace,   CommandType::kHoldChange,  CommandType::kHoldCommit,
      CommandType::kHoldCommit,  CommandType::kHoldRelease, CommandType::kHoldExtend,
      CommandType::kOrderAccept,
  };
  command.type = kTypes[random_.below(std::size(kTypes))];
  command.hold = recent_hold();
  switch (command.type) {
    case CommandType::kHoldPlace:
      if (!chance(5)) command.hold = fmt::format("h{}", told_.size());
      if (chance(80)) command.channel = pick(kChannels);
      lines(command, 4);
      for (CommandLine& line : command.lines) {
        if (command.channel.empty() || chance(20)) line.location = pick(kPlaces);
        line.line = chance(30) ? fmt::format("l{}", &line - command.lines.data()) : "";
      }
      command.ttl_s = 60 + static_cast<int64_t>(random_.below(chance(50) ? 3'600 : 40'000));
      command.allow_partial = chance(20);
      break;
    case CommandType::kHoldChange:
      lines(command, 2);
      break;
    case CommandType::kHoldCommit:
      command.order = pick(kOrders);
      command.rehold = chance(30);
      command.release_rest = chance(30);
      command.refuse_if_endangered = chance(30);
      if (chance(20)) lines(command, 1);
      break;
    case CommandType::kHoldRelease:
      if (chance(20)) lines(command, 1);
      break;
    case CommandType::kHoldExtend:
      command.ttl_s = 1 + static_cast<int64_t>(random_.below(86'400));
      break;
    case CommandType::kOrderAccept:
      command.hold.clear();
      command.channel = pick(kChannels);
      command.order = fmt::format("{}", random_.below(30));
      lines(command, 3);
      break;
    default:
      break;
  }
}

/// One of the last holds told of, mostly still open.
std::string Teller::recent_hold() {
  std::vector<std::string> holds;
  for (auto it = told_.rbegin(); it != told_.rend() && holds.size() < 8; ++it) {
    if (it->type == CommandType::kHoldPlace) holds.push_back(it->hold);
  }
  return holds.empty() ? "h0" : pick(holds);
}

void Teller::setting(Command& command) {
  command.type = CommandType::kChannelSet;
  command.channel = pick(kChannels);
  ChannelSettings& settings = command.channel_settings;
  settings.locations = chance(50) ? std::vector<std::string>{"berlin", "leeds"}
                                  : std::vector<std::string>{"leeds", "returns", "berlin", "paris"};
  settings.buffer = static_cast<int64_t>(random_.below(4));
  settings.oversell_limit = chance(30) ? static_cast<int64_t>(random_.below(4)) : 0;
  settings.low_at = static_cast<int64_t>(random_.below(4));
}

std::string describe(const Command& command) {
  std::string text(name_of(command.type));
  const auto say = [&](std::string_view name, const auto& value) {
    if (value != std::decay_t<decltype(value)>{}) text += fmt::format(" {}={}", name, value);
  };
  say("hold", command.hold);
  say("order", command.order);
  say("on", command.channel);
  say("by", command.source);
  say("at", command.location);
  say("to", command.to_location);
  say("reference", command.reference);
  say("document", command.document);
  say("version", command.version.value);
  if (command.occurred_at.has_value()) text += " occurred=" + to_rfc3339(command.occurred_at);
  say("final", command.final);
  if (!command.restock) text += " no-restock";
  say("ttl", command.ttl_s.value_or(0));
  say("partial", command.allow_partial);
  say("release_rest", command.release_rest);
  say("rehold", command.rehold);
  say("unless_endangered", command.refuse_if_endangered);
  say("key", command.idempotency_key);
  for (const CommandLine& line : command.lines) {
    text += " [" + line.sku;
    const auto number = [&](std::string_view name, const std::optional<int64_t>& value) {
      if (value) text += fmt::format(" {}={}", name, *value);
    };
    number("quantity", line.quantity);
    number("total", line.total);
    number("ordered", line.ordered);
    number("cancelled", line.cancelled);
    number("written_off", line.written_off);
    number("expected", line.expected);
    number("counted", line.counted);
    number("delta", line.delta);
    say("at", line.location);
    say("line", line.line);
    if (line.state != Account::kNone) text += fmt::format(" state={}", name_of(line.state));
    if (line.from != Account::kNone)
      text += fmt::format(" {}→{}", name_of(line.from), name_of(line.to));
    text += "]";
  }
  for (const CommandFulfillment& fulfillment : command.fulfillments) {
    text += fmt::format(" {{{} at {}{} {}:", fulfillment.id, fulfillment.location,
                        fulfillment.voided ? " voided" : "", to_rfc3339(fulfillment.occurred_at));
    for (const auto& line : fulfillment.lines)
      text += fmt::format(" {} {}", line.quantity, line.sku);
    text += "}";
  }
  if (command.type == CommandType::kChannelSet) {
    text += fmt::format(" buffer={} limit={}", command.channel_settings.buffer,
                        command.channel_settings.oversell_limit);
    for (const std::string& location : command.channel_settings.locations) text += " " + location;
  }
  return text;
}

}  // namespace holdfast::properties
