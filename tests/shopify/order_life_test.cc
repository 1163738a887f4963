// The life of one order as Shopify tells it ends the same in any order and with any repetition.
#include <algorithm>

#include <fmt/format.h>

#include "base/random.h"
#include "sim/recorded_ledger.h"
#include "sim/twin.h"
#include "tests/shopify/shop.h"

namespace holdfast::shopify_test {
namespace {

constexpr Timestamp kNextDay{1'795'510'800'000'000};  // 2026-11-24T09:00:00Z
constexpr const char* kEnd = "berlin 7/0/0 leeds 1/0/0 customer 1 written off 1";

/// Books with 10 TEE-M at berlin and leeds tracked at 0, sold on web from berlin then leeds.
class Counter {
 public:
  explicit Counter(sim::Books& books) : books_(books) {
    Command channel;
    channel.type = CommandType::kChannelSet;
    channel.channel = "web";
    channel.channel_settings.locations = {"berlin", "leeds"};
    decide(channel);
    Command count;
    count.type = CommandType::kStockCounted;
    count.occurred_at = kNextDay - 2 * kDay;
    for (const auto& [place, units] : {std::pair("berlin", 10), std::pair("leeds", 0)}) {
      CommandLine& line = count.lines.emplace_back();
      line.sku = "TEE-M";
      line.location = place;
      line.counted = units;
    }
    decide(count);
  }

  Outcome decide(Command command) {
    if (command.source.empty()) command.source = "local";
    return books_.decide(command, now_ = now_ + kSecond);
  }
  /// Tells it and expects nothing to be parked or refused.
  void tell(Shop& shop, const Telling& telling) {
    intake::Mapped mapped = shop.map(telling);
    for (const auto& parked : mapped.parked) ADD_FAILURE() << parked.reason.detail;
    for (Command& command : mapped.commands) {
      const Outcome outcome = decide(std::move(command));
      EXPECT_TRUE(outcome.status == OutcomeStatus::kRecorded ||
                  outcome.status == OutcomeStatus::kDuplicate)
          << outcome.error.detail;
    }
  }
  std::string say() const {
    std::string text;
    for (const PositionView& at : books_.positions("TEE-M")) {
      text += fmt::format("{} {}/{}/{} ", at.location, at.available, at.held, at.committed);
    }
    // What was counted in came from adjustment.
    return text + fmt::format("customer {} written off {}",
                              books_.outside("TEE-M", Account::kCustomer),
                              books_.outside("TEE-M", Account::kAdjustment) + 10);
  }

 private:
  sim::Books& books_;
  Timestamp now_ = kNextDay;
};

Command hold_of(CommandType type) {
  Command command;
  command.type = type;
  command.hold = "cart";
  command.channel = "web";
  return command;
}
Command cart() {
  Command command = hold_of(CommandType::kHoldPlace);
  command.ttl_s = 3'600;
  command.lines.emplace_back().sku = "TEE-M";
  command.lines.back().quantity = 5;
  return command;
}
Command commit() {
  Command command = hold_of(CommandType::kHoldCommit);
  command.order = kOrder;
  return command;
}
/// The warehouse says of its own that one came back.
Command returned_by_3pl() {
  Command command;
  command.type = CommandType::kStockReturned;
  command.source = "3pl";
  command.from_source = true;
  command.channel = "web";
  command.order = kOrder;
  command.location = "leeds";
  command.lines.emplace_back().sku = "TEE-M";
  command.lines.back().total = 1;
  return command;
}

/// Each 1-3 times, in random order; a repetition is now a retry, now told under other ids.
std::vector<Telling> shuffled(const std::vector<Telling>& life, Random& random) {
  std::vector<Telling> told;
  for (const Telling& telling : life) {
    for (uint64_t times = 1 + random.below(3); times > 0; --times) {
      Telling& again = told.emplace_back(telling);
      if (random.below(2) == 0) again.delivery_id += fmt::format("-{}", told.size());
      if (random.below(2) == 0) again.event_id += fmt::format("-{}", told.size());
      if (random.below(3) == 0) again.secret = kOldSecret;
    }
  }
  for (size_t i = told.size(); i > 1; --i) std::swap(told[i - 1], told[random.below(i)]);
  return told;
}

std::string words(const std::vector<Telling>& told) {
  std::string text;
  for (const Telling& telling : told) text += "\n  " + telling.topic + " " + telling.delivery_id;
  return text;
}

TEST(ShopifyOrderLife, EndsTheSameIn2000RandomArrivals) {
  Shop shop;
  const std::vector<Telling> life = order_life();
  for (uint64_t seed = 1; seed <= 2'000; ++seed) {
    SeededRandom random(seed);
    const std::vector<Telling> told = shuffled(life, random);
    sim::RecordedLedger ledger;
    sim::Twin twin;
    for (sim::Books* books : {static_cast<sim::Books*>(&ledger), static_cast<sim::Books*>(&twin)}) {
      if (books == &twin && seed % 10 != 0) continue;
      Counter counter(*books);
      for (const Telling& telling : told) counter.tell(shop, telling);
      ASSERT_EQ(counter.say(), kEnd)
          << (books == &twin ? "twin" : "ledger") << ", seed " << seed << words(told);
      ASSERT_EQ(books->check(), "") << "seed " << seed;
      ASSERT_EQ(books->discrepancies(), 0u) << "seed " << seed << words(told);
    }
    if (seed % 50 == 0) {
      ASSERT_EQ(ledger.check_replay(), "");
    }
  }
}

/// Whatever is left out, as long as the order told last is whole: the full order heals the rest.
TEST(ShopifyOrderLife, TheLastFullOrderAloneTellsEverything) {
  Shop shop;
  sim::RecordedLedger ledger;
  Counter counter(ledger);
  counter.tell(shop, order_life().back());
  EXPECT_EQ(counter.say(), kEnd);
}

/// The table of the walk: each step's deliveries, and what the books say after them.
struct Step {
  std::vector<size_t> deliveries;  ///< numbers of order-life
  const char* end;
};
const Step kWalk[] = {
    {{1}, "berlin 5/0/5 leeds 0/0/0 customer 0 written off 0"},
    {{2, 3, 4}, "berlin 6/0/4 leeds 0/0/0 customer 0 written off 0"},
    {{5, 6, 7}, "berlin 6/0/2 leeds 0/0/0 customer 2 written off 0"},
    {{8}, "berlin 6/0/2 leeds 1/0/0 customer 1 written off 0"},
    {{9, 10}, "berlin 6/0/1 leeds 1/0/0 customer 1 written off 1"},
    {{11}, "berlin 7/0/0 leeds 0/0/0 customer 2 written off 1"},
    {{12}, "berlin 7/0/0 leeds 0/0/1 customer 1 written off 1"},
    {{13, 14}, kEnd},
    {{1, 3, 8, 13}, kEnd},  // late duplicates
};

TEST(ShopifyWalk, EveryStepComesOutEachDeliveryToldOneToThreeTimes) {
  Shop shop;
  const std::vector<Telling> life = order_life();
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    SeededRandom random(seed);
    sim::RecordedLedger ledger;
    Counter counter(ledger);
    ASSERT_EQ(counter.decide(cart()).status, OutcomeStatus::kAccepted);
    ASSERT_EQ(counter.say(), "berlin 5/5/0 leeds 0/0/0 customer 0 written off 0");
    ASSERT_EQ(counter.decide(commit()).status, OutcomeStatus::kAccepted);
    ASSERT_EQ(counter.say(), kWalk[0].end);
    for (const Step& step : kWalk) {
      std::vector<Telling> told;
      for (const size_t number : step.deliveries) told.push_back(life[number - 1]);
      for (const Telling& telling : shuffled(told, random)) counter.tell(shop, telling);
      if (step.deliveries[0] == 8) counter.decide(returned_by_3pl());
      ASSERT_EQ(counter.say(), step.end) << "after " << step.deliveries[0] << ", seed " << seed;
    }
    ASSERT_EQ(ledger.check(), "");
  }
}

TEST(ShopifyWalk, EndsTheSameWhereverTheCartAndTheWarehouseComeIn) {
  Shop shop;
  const std::vector<Telling> life = order_life();
  for (uint64_t seed = 1; seed <= 1'000; ++seed) {
    SeededRandom random(seed);
    const std::vector<Telling> told = shuffled(life, random);
    sim::RecordedLedger ledger;
    Counter counter(ledger);
    const size_t held_at = random.below(told.size());
    const size_t warehouse_at = random.below(told.size());
    for (size_t i = 0; i < told.size(); ++i) {
      if (i == held_at) {
        counter.decide(cart());
        counter.decide(commit());
      }
      if (i == warehouse_at) counter.decide(returned_by_3pl());
      counter.tell(shop, told[i]);
    }
    ASSERT_EQ(counter.say(), kEnd) << "seed " << seed << words(told);
    ASSERT_EQ(ledger.check(), "");
  }
}

}  // namespace
}  // namespace holdfast::shopify_test
