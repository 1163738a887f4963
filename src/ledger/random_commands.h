// Commands drawn at random, of every kind, over few names: what tests of whole lives share.
#pragma once

#include <string>

#include "base/random.h"
#include "ledger/test_ledger.h"

namespace holdfast::ledger {

inline std::string pick(SeededRandom& random, std::initializer_list<const char*> from) {
  return *(from.begin() + random.below(from.size()));
}

inline Command random_command(SeededRandom& random, uint64_t number, Timestamp now) {
  static constexpr CommandType kTypes[] = {
      CommandType::kStockReceived,    CommandType::kStockSold,
      CommandType::kHoldPlace,        CommandType::kHoldPlace,
      CommandType::kHoldPlace,        CommandType::kHoldCommit,
      CommandType::kHoldRelease,      CommandType::kHoldChange,
      CommandType::kHoldExtend,       CommandType::kOrderPlaced,
      CommandType::kOrderChanged,     CommandType::kOrderFulfilled,
      CommandType::kOrderCancelled,   CommandType::kOrderUnfulfilled,
      CommandType::kStockReturned,    CommandType::kStockCounted,
      CommandType::kStockAdjusted,    CommandType::kStockMoved,
      CommandType::kStockExpected,    CommandType::kTransferDispatched,
      CommandType::kTransferReceived, CommandType::kOrderAccept,
      CommandType::kOrderReassigned,  CommandType::kChannelSet,
      CommandType::kSkuMerge};
  Command command;
  command.type = kTypes[random.below(std::size(kTypes))];
  command.source = pick(random, {"shop", "3pl", "till"});
  command.idempotency_key = "k" + std::to_string(random.below(10) == 0 ? number / 2 : number);
  command.channel = pick(random, {"web", "till"});
  command.order = "o" + std::to_string(random.below(8));
  command.hold = "c" + std::to_string(random.below(20));
  command.reference = pick(random, {"R1", "R2"});
  command.location = pick(random, {"berlin", "leeds", ""});
  command.to_location = pick(random, {"berlin", "leeds"});
  command.final = random.below(20) == 0;
  command.restock = random.below(3) != 0;
  command.ttl_s = 1 + static_cast<int64_t>(random.below(100));
  command.allow_partial = random.below(3) == 0;
  command.rehold = random.below(2) == 0;
  if (random.below(3) == 0) command.document = "d" + std::to_string(random.below(5));
  if (random.below(4) == 0) {
    command.occurred_at = now - static_cast<Duration>(random.below(100)) * kSecond;
  }
  const bool request = is_request(command.type);
  for (uint64_t lines = 1 + random.below(3); lines > 0; --lines) {
    CommandLine line = line_of(pick(random, {"A", "B", "a"}), 1 + random.below(5));
    if (request && random.below(2) == 0) command.location.clear();
    switch (command.type) {
      case CommandType::kOrderChanged:
        line.ordered = random.below(5);
        line.cancelled = random.below(2);
        line.written_off = random.below(2);
        break;
      case CommandType::kStockCounted:
        line.counted = random.below(9);
        break;
      case CommandType::kStockExpected:
        line.expected = random.below(9);
        break;
      case CommandType::kStockAdjusted:
        line.quantity.reset();
        line.delta = random.below(2) == 0 ? -2 : 1;
        if (random.below(2) == 0) line.state = Account::kDamaged;
        break;
      case CommandType::kStockMoved:
        line.from = random.below(2) == 0 ? Account::kAvailable : Account::kDamaged;
        line.to = line.from == Account::kAvailable ? Account::kQualityControl : Account::kAvailable;
        break;
      case CommandType::kStockReturned:
        if (random.below(3) == 0) line.state = Account::kDamaged;
        break;
      default:
        break;
    }
    if (random.below(4) == 0 && !request && line.quantity) {
      line.total = line.quantity;
      line.quantity.reset();
    }
    command.lines.push_back(line);
  }
  if (command.type == CommandType::kOrderCancelled && random.below(3) == 0) command.lines.clear();
  if (command.type == CommandType::kHoldCommit || command.type == CommandType::kHoldRelease) {
    if (random.below(2) == 0) command.lines.clear();
  }
  if (command.type == CommandType::kChannelSet) {
    command.channel_settings = {{"berlin", "leeds"},
                                static_cast<int64_t>(random.below(3)),
                                static_cast<int64_t>(random.below(3)),
                                2,
                                false};
  }
  if (command.type == CommandType::kSkuMerge && random.below(10) == 0) {
    command.sku_alias = "a";
    command.sku_same_as = "A";
  }
  return command;
}

}  // namespace holdfast::ledger
