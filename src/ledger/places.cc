// Where facts happen, and what no balance can take.
#include "ledger/decider.h"

namespace holdfast::ledger {

std::optional<std::string> Decider::place_of(const Command& command,
                                             const CommandLine& line) const {
  if (!line.location.empty()) return line.location;
  if (!command.location.empty()) return command.location;
  if (state_.locations.size() == 1) return std::string(state_.location_name(0));
  if (command.type == CommandType::kStockSold && !command.channel.empty()) {
    const std::optional<Market> market = market_of(state_, command.channel);
    if (market && !market->locations.empty()) {
      return std::string(state_.location_name(market->locations.front()));
    }
  }
  return std::nullopt;
}

std::optional<Outcome> Decider::every_line_placed(const Command& command) const {
  for (size_t i = 0; i < command.lines.size(); ++i) {
    if (place_of(command, command.lines[i])) continue;
    return rejected(ErrorCode::kLocationRequired, "the fact needs a `location`",
                    "/lines/" + std::to_string(i) + "/location");
  }
  return std::nullopt;
}

// Every balance stays so far inside int64 that no command (1,000 lines of 1e9, moved a few times) can
// leave it.
std::optional<Outcome> Decider::overflows(const Command& command) const {
  constexpr int64_t kMost = INT64_MAX / 2;
  const auto far = [](int64_t value) { return value > kMost || value < -kMost; };
  for (const CommandLine& line : command.lines) {
    const SkuId sku = state_.find_sku(line.sku);
    if (sku == kNoId) continue;
    const Sku& stock = state_.skus[sku];
    bool over = far(stock.supplier) || far(stock.customer) || far(stock.adjustment);
    for (const Position& position : stock.positions) {
      for (int64_t balance : position.balances) over = over || far(balance);
    }
    if (over) return rejected(ErrorCode::kQuantityOverflow, "the sum would leave 64 bits");
  }
  return std::nullopt;
}

}  // namespace holdfast::ledger
