#include "tests/schedules/shoppers.h"

#include "base/hash.h"

namespace holdfast::schedules {
namespace {

constexpr int64_t kScarceUnits = 6;
constexpr int64_t kPlentyUnits = 10'000;

Command base(CommandType type) {
  Command command;
  command.type = type;
  command.source = "local";
  command.channel = "web";
  return command;
}

void add_line(Command* command, Random& random) {
  CommandLine& line = command->lines.emplace_back();
  line.sku = kScarceSkus[random.below(kScarceSkus.size())];
  line.quantity = static_cast<int64_t>(1 + random.below(2));
  for (size_t i = 0; i + 1 < command->lines.size(); ++i) {
    if (command->lines[i].sku != line.sku) continue;
    command->lines.pop_back();
    return;
  }
}

Command draw(Random& random, const std::string& name, const std::string& earlier_hold) {
  const uint64_t kind = random.below(10);
  if (kind < 3) {
    Command command = base(CommandType::kOrderAccept);
    command.order = "o-" + name;
    for (uint64_t i = 0; i <= random.below(2); ++i) add_line(&command, random);
    return command;
  }
  if (kind < 6 || (kind < 9 && earlier_hold.empty())) {
    Command command = base(CommandType::kHoldPlace);
    command.hold = "h-" + name;
    command.ttl_s = static_cast<int64_t>(1 + random.below(30));
    for (uint64_t i = 0; i <= random.below(2); ++i) add_line(&command, random);
    return command;
  }
  if (kind < 9) {
    Command command = base(kind < 8 ? CommandType::kHoldCommit : CommandType::kHoldRelease);
    command.hold = earlier_hold;
    if (kind < 8) command.order = "o-" + name;
    return command;
  }
  Command command = base(CommandType::kStockSold);
  command.location = "berlin";
  command.lines.emplace_back().sku = kPlentySku;
  command.lines[0].quantity = 1;
  return command;
}

}  // namespace

std::vector<Told> draw_commands(Random& random, size_t shopper, size_t count) {
  std::vector<Told> commands;
  std::string hold;
  for (size_t i = 0; i < count; ++i) {
    const std::string name = std::to_string(shopper) + "-" + std::to_string(i);
    Told told;
    told.command = draw(random, name, hold);
    told.command.fingerprint = hash64(name);
    if (random.below(10) < 7) told.command.idempotency_key = "k-" + name;
    if (told.command.type == CommandType::kHoldPlace) {
      hold = told.command.hold;
    } else if (told.command.hold == hold) {
      hold.clear();
    }
    commands.push_back(std::move(told));
  }
  return commands;
}

std::vector<Command> opening(Random& random) {
  std::vector<Command> commands;
  Command channel = base(CommandType::kChannelSet);
  channel.channel_settings.locations = {"berlin", "ulm"};
  channel.idempotency_key = "open-web";
  channel.fingerprint = hash64(channel.idempotency_key);
  commands.push_back(channel);
  const auto count = [&](const std::string& sku, const std::string& location, int64_t units) {
    Command counted = base(CommandType::kStockCounted);
    counted.channel.clear();
    counted.location = location;
    counted.idempotency_key = "open-" + sku + "-" + location;
    counted.fingerprint = hash64(counted.idempotency_key);
    counted.lines.emplace_back().sku = sku;
    counted.lines[0].counted = units;
    commands.push_back(counted);
  };
  for (const std::string& sku : kScarceSkus) {
    const auto here = static_cast<int64_t>(1 + random.below(kScarceUnits));
    count(sku, "berlin", here);
    count(sku, "ulm", 1 + kScarceUnits - here);
  }
  count(kPlentySku, "berlin", kPlentyUnits);
  return commands;
}

std::string said(const Command& command) {
  if (!command.idempotency_key.empty()) return command.idempotency_key;
  if (command.type == CommandType::kStockSold) return "a sale without a key";
  return command.order.empty() ? command.hold : command.order;
}

}  // namespace holdfast::schedules
