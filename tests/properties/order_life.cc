#include "tests/properties/order_life.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

namespace holdfast::properties {
namespace {

constexpr Timestamp kMorning{1'795'424'400'000'000};  // 2026-11-23T09:00:00Z
const std::vector<std::string> kSkus = {"A", "B"};
const std::vector<std::string> kPlaces = {"berlin", "leeds", "paris"};

Command of_order(CommandType type) {
  Command command;
  command.type = type;
  command.source = "shop";
  command.channel = "web";
  command.order = "1001";
  return command;
}

/// The order as it stands, kept while the life is told.
struct Standing {
  std::map<std::string, int64_t> ordered, cancelled, written_off, returned;
  struct Shipment {
    std::string id, sku, place;
    int64_t quantity;
    bool voided;
    Timestamp when;
  };
  std::vector<Shipment> shipments;

  int64_t shipped(const std::string& sku) const {
    int64_t sum = 0;
    for (const Shipment& s : shipments) sum += s.sku == sku && !s.voided ? s.quantity : 0;
    return sum;
  }
  int64_t owed(const std::string& sku) {
    return ordered[sku] - shipped(sku) - cancelled[sku] - written_off[sku];
  }
};

class LifeTeller {
 public:
  explicit LifeTeller(Random& random) : random_(random) {}

  OrderLife tell() {
    open();
    for (const std::string& sku : kSkus) standing_.ordered[sku] = 1 + draw(5);
    snapshot();
    const int64_t turns = 2 + draw(7);
    for (int64_t turn = 0; turn < turns; ++turn) take_turn();
    if (draw(2) == 0) {
      life_.deliveries.push_back(of_order(CommandType::kOrderCancelled));
      life_.nothing_owed = true;
    }
    snapshot();
    report_totals();
    return std::move(life_);
  }

 private:
  int64_t draw(uint64_t bound) { return static_cast<int64_t>(random_.below(bound)); }
  const std::string& any(const std::vector<std::string>& names) {
    return names[random_.below(names.size())];
  }

  void open() {
    Command& channel = life_.opening.emplace_back();
    channel.type = CommandType::kChannelSet;
    channel.source = "local";
    channel.channel = "web";
    channel.channel_settings.locations = kPlaces;
    for (const std::string& place : kPlaces) {
      Command& receipt = life_.opening.emplace_back();
      receipt.type = CommandType::kStockReceived;
      receipt.source = "local";
      receipt.location = place;
      receipt.idempotency_key = "opening-" + place;
      for (const std::string& sku : kSkus) {
        CommandLine& line = receipt.lines.emplace_back();
        line.sku = sku;
        line.quantity = 1 + draw(6);
      }
    }
  }

  void take_turn() {
    now_ = now_ + kMinute;
    const std::string& sku = any(kSkus);
    const int64_t owed = standing_.owed(sku);
    switch (draw(7)) {
      case 0:
      case 1:
        if (owed > 0) ship(sku, 1 + draw(static_cast<uint64_t>(owed)));
        break;
      case 2:
        void_one();
        break;
      case 3:
        if (owed > 0) cancel(sku, 1);
        break;
      case 4:
        if (owed > 0) standing_.written_off[sku] += 1;
        break;
      case 5:
        if (standing_.returned[sku] < standing_.shipped(sku)) give_back(sku);
        break;
      case 6:
        standing_.ordered[sku] += 1;
        break;
    }
    snapshot();
  }

  void ship(const std::string& sku, int64_t quantity) {
    const std::string id = fmt::format("F{}", ++ids_);
    standing_.shipments.push_back({id, sku, any(kPlaces), quantity, false, now_});
    Command& command = life_.deliveries.emplace_back(of_order(CommandType::kOrderFulfilled));
    command.document = id;
    command.location = standing_.shipments.back().place;
    command.occurred_at = now_;
    command.lines.emplace_back().sku = sku;
    command.lines.back().quantity = quantity;
  }

  void void_one() {
    for (auto& shipment : standing_.shipments) {
      if (shipment.voided ||
          standing_.shipped(shipment.sku) - shipment.quantity < standing_.returned[shipment.sku]) {
        continue;
      }
      shipment.voided = true;
      Command& command = life_.deliveries.emplace_back(of_order(CommandType::kOrderUnfulfilled));
      command.document = shipment.id;
      command.location = shipment.place;
      command.occurred_at = shipment.when;
      command.lines.emplace_back().sku = shipment.sku;
      command.lines.back().quantity = shipment.quantity;
      return;
    }
  }

  void cancel(const std::string& sku, int64_t quantity) {
    standing_.cancelled[sku] += quantity;
    Command& command = life_.deliveries.emplace_back(of_order(CommandType::kOrderCancelled));
    command.document = fmt::format("C{}", ++ids_);
    command.lines.emplace_back().sku = sku;
    command.lines.back().quantity = quantity;
  }

  void give_back(const std::string& sku) {
    standing_.returned[sku] += 1;
    const std::string& place = any(kPlaces);
    Command& command = life_.deliveries.emplace_back(of_order(CommandType::kStockReturned));
    command.document = fmt::format("R{}", ++ids_);
    command.location = place;
    command.lines.emplace_back().sku = sku;
    command.lines.back().quantity = 1;
    returned_at_[{sku, place}] += 1;
  }

  /// The full-order payload, as a shop sends it after every change.
  void snapshot() {
    Command& command = life_.deliveries.emplace_back(of_order(CommandType::kOrderChanged));
    command.version = {Version::Kind::kTime, now_.us};
    for (const std::string& sku : kSkus) {
      CommandLine& line = command.lines.emplace_back();
      line.sku = sku;
      line.ordered = standing_.ordered[sku];
      line.cancelled = standing_.cancelled[sku];
      line.written_off = standing_.written_off[sku];
    }
    for (const auto& shipment : standing_.shipments) {
      CommandFulfillment& told = command.fulfillments.emplace_back();
      told.id = shipment.id;
      told.location = shipment.place;
      told.voided = shipment.voided;
      told.occurred_at = shipment.when;
      told.lines.push_back({shipment.sku, "", shipment.quantity});
    }
  }

  /// What a 3PL says by itself: totals per place, of shipments that stand and of returns.
  void report_totals() {
    std::map<std::pair<std::string, std::string>, int64_t> shipped;
    for (const auto& s : standing_.shipments)
      shipped[{s.sku, s.place}] += s.voided ? 0 : s.quantity;
    const auto report = [&](CommandType type, const auto& totals) {
      for (const auto& [place, total] : totals) {
        if (total == 0) continue;
        Command& command = life_.deliveries.emplace_back(of_order(type));
        command.source = "3pl-" + place.second;
        command.location = place.second;
        command.lines.emplace_back().sku = place.first;
        command.lines.back().total = total;
      }
    };
    report(CommandType::kOrderFulfilled, shipped);
    report(CommandType::kStockReturned, returned_at_);
  }

  Random& random_;
  OrderLife life_;
  Standing standing_;
  std::map<std::pair<std::string, std::string>, int64_t> returned_at_;
  Timestamp now_ = kMorning;
  int ids_ = 0;
};

}  // namespace

OrderLife order_life(Random& random) { return LifeTeller(random).tell(); }

std::vector<Command> shuffled(const OrderLife& life, Random& random) {
  std::vector<Command> told;
  for (const Command& delivery : life.deliveries) {
    for (uint64_t times = 1 + random.below(3); times > 0; --times) told.push_back(delivery);
  }
  for (size_t i = told.size(); i > 1; --i) std::swap(told[i - 1], told[random.below(i)]);
  // The counters alone must recognise a repetition: no key is the same.
  for (size_t i = 0; i < told.size(); ++i) {
    told[i].idempotency_key = fmt::format("delivery-{}", i);
    told[i].fingerprint = i;
  }
  return told;
}

std::string say_end(const sim::Books& books, bool every_balance) {
  std::string text;
  for (const std::string& sku : kSkus) {
    int64_t committed = 0;
    for (const PositionView& at : books.positions(sku)) {
      committed += at.committed;
      text += fmt::format("{}@{} {}", sku, at.location, at.on_hand());
      if (every_balance) text += fmt::format(" ({}/{}/{})", at.available, at.held, at.committed);
      text += ", ";
    }
    text += fmt::format("{} committed {}; ", sku, committed);
  }
  return text;
}

}  // namespace holdfast::properties
