// Any order and repetition of one order's deliveries ends the same.
#include <algorithm>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "sim/recorded_ledger.h"
#include "sim/twin.h"
#include "tests/properties/order_life.h"
#include "tests/properties/teller.h"
#include "tests/transcripts/transcript.h"

namespace holdfast::properties {
namespace {

constexpr Timestamp kNextDay{1'795'510'800'000'000};  // 2026-11-24T09:00:00Z

std::string end_of(sim::Books& books, const OrderLife& life,
                   const std::vector<Command>& deliveries) {
  for (const Command& command : life.opening) books.decide(command, kNextDay);
  Timestamp now = kNextDay;
  for (const Command& command : deliveries) books.decide(command, now = now + kSecond);
  const std::string broken = books.check();
  return broken.empty() ? say_end(books, life.nothing_owed) : broken;
}

std::string words(const std::vector<Command>& commands) {
  std::string text = "\n";
  for (const Command& command : commands) text += "  " + describe(command) + "\n";
  return text;
}

RC_GTEST_PROP(OrderProperties, AnyOrderAndRepetitionEndsTheSame, (uint64_t seed)) {
  SeededRandom random(seed);
  const OrderLife life = order_life(random);
  sim::Twin in_turn;
  const std::string end = end_of(in_turn, life, life.deliveries);
  for (int arrival = 0; arrival < 8; ++arrival) {
    const std::vector<Command> deliveries = shuffled(life, random);
    sim::Twin twin;
    const std::string twin_end = end_of(twin, life, deliveries);
    if (twin_end != end)
      RC_FAIL(fmt::format("twin ends {}\nin turn    {}{}", twin_end, end, words(deliveries)));
    sim::RecordedLedger ledger;
    const std::string ledger_end = end_of(ledger, life, deliveries);
    if (ledger_end != end)
      RC_FAIL(fmt::format("ledger ends {}\nin turn     {}{}", ledger_end, end, words(deliveries)));
    RC_ASSERT(ledger.check_replay() == std::string());
  }
}

/// The walk of the transcript, its deliveries shuffled and told one to three times each.
TEST(Walk, EndsTheSameIn3000RandomArrivals) {
  const auto transcript = transcripts::read_transcript(std::string(TRANSCRIPTS_DIR) + "/walk.txt");
  ASSERT_EQ(transcript.error, "");
  std::vector<Command> opening, deliveries;
  for (const auto& step : transcript.steps) {
    if (step.command.type == CommandType::kNone) continue;
    const bool is_delivery = !step.command.order.empty() || !step.command.hold.empty();
    (is_delivery ? deliveries : opening).push_back(step.command);
  }
  ASSERT_GE(deliveries.size(), 19u);
  for (uint64_t seed = 1; seed <= 3'000; ++seed) {
    SeededRandom random(seed);
    std::vector<Command> told = shuffled({{}, deliveries, true}, random);
    // A cart is committed after it was held; the storefront repeats a commit that came to nothing.
    const auto is_commit = [](const Command& command) {
      return command.type == CommandType::kHoldCommit;
    };
    told.push_back(*std::ranges::find_if(told, is_commit));
    told.back().idempotency_key = "last-commit";
    sim::RecordedLedger ledger;
    sim::Twin twin;
    for (sim::Books* books : {static_cast<sim::Books*>(&ledger), static_cast<sim::Books*>(&twin)}) {
      Timestamp now = kNextDay;
      for (const Command& command : opening) books->decide(command, now);
      for (const Command& command : told) books->decide(command, now = now + kSecond);
      std::string end;
      for (const PositionView& at : books->positions("TEE")) {
        end += fmt::format("{} {}/{}/{} ", at.location, at.available, at.held, at.committed);
      }
      end +=
          fmt::format("customer {} written off {}", books->outside("TEE", Account::kCustomer) - 1,
                      books->outside("TEE", Account::kAdjustment));
      ASSERT_EQ(end, "berlin 7/0/0 leeds 1/0/0 customer 1 written off 1")
          << (books == &twin ? "twin" : "ledger") << ", seed " << seed << words(told);
      ASSERT_EQ(books->check(), "");
    }
    if (seed % 50 == 0) {
      ASSERT_EQ(ledger.check_replay(), "");
    }
  }
}

}  // namespace
}  // namespace holdfast::properties
