#include "app/simulate/ledger_shelf.h"

#include <algorithm>

#include "base/invariant.h"

namespace holdfast::app {
namespace {

constexpr const char* kPlace = "berlin";

Command command_of(CommandType type, const std::string& channel, const std::string& order,
                   int64_t quantity) {
  Command command;
  command.type = type;
  command.source = "simulate";
  command.channel = channel;
  command.order = order;
  holdfast::CommandLine line;
  line.sku = kShelfSku;
  line.quantity = quantity;
  command.lines.push_back(line);
  return command;
}

}  // namespace

LedgerShelf::LedgerShelf(int64_t stock, const std::vector<std::string>& channels, Timestamp now) {
  for (const std::string& channel : channels) {
    Command settings;
    settings.type = CommandType::kChannelSet;
    settings.source = "simulate";
    settings.channel = channel;
    settings.channel_settings.locations = {kPlace};
    must_stand(settings, now);
  }
  Command count;
  count.type = CommandType::kStockCounted;
  count.source = "simulate";
  holdfast::CommandLine line;
  line.sku = kShelfSku;
  line.location = kPlace;
  line.counted = stock;
  count.lines.push_back(line);
  must_stand(count, now);
}

int64_t LedgerShelf::available_to_sell(const std::string& channel) const {
  return ledger_.availability(kShelfSku, channel).available_to_sell.value_or(0);
}

bool LedgerShelf::accept(const std::string& channel, const std::string& order, int64_t quantity,
                         Timestamp now) {
  const Outcome outcome =
      ledger_.decide(command_of(CommandType::kOrderAccept, channel, order, quantity), now);
  INVARIANT(outcome.status == OutcomeStatus::kAccepted ||
                outcome.error.code == ErrorCode::kInsufficientStock,
            "order {} of {}: {}", order, channel, outcome.error.detail);
  return outcome.status == OutcomeStatus::kAccepted;
}

void LedgerShelf::placed(const std::string& channel, const std::string& order, int64_t quantity,
                         Timestamp at, Timestamp now) {
  Command command = command_of(CommandType::kOrderPlaced, channel, order, quantity);
  command.occurred_at = at;
  must_stand(command, now);
}

int64_t LedgerShelf::oversold() const { return std::max<int64_t>(0, -position().available); }

ShortfallView LedgerShelf::shortfall() const {
  const std::vector<ShortfallView> open = ledger_.shortfalls();
  return open.empty() ? ShortfallView{} : open.front();
}

std::string LedgerShelf::problem() const {
  const std::string books = ledger_.check();
  return books.empty() ? ledger_.check_replay() : books;
}

PositionView LedgerShelf::position() const {
  const std::vector<PositionView> positions = ledger_.positions(kShelfSku);
  return positions.empty() ? PositionView{} : positions.front();
}

void LedgerShelf::must_stand(const Command& command, Timestamp now) {
  const Outcome outcome = ledger_.decide(command, now);
  INVARIANT(outcome.status == OutcomeStatus::kRecorded, "{}: {}", name_of(command.type),
            outcome.error.detail);
}

}  // namespace holdfast::app
