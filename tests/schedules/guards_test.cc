// Each guard against selling twice, switched off: the schedules must find what it guards against. Where two
// guards cover each other, either one alone must do.
#include <gtest/gtest.h>

#include "tests/schedules/schedule.h"

namespace holdfast::schedules {
namespace {

using Guards = ModelStore::Guards;

constexpr FaultRates kStills = {.cut = 10, .pause = 20};
constexpr FaultRates kLossy = {.fail_over = 12, .loses_commits = true};

/// The first oversell that is found within so many seeds; empty when none is.
std::string first_oversell(const FaultRates& rates, const Guards& guards, uint64_t seeds) {
  for (uint64_t seed = 1; seed <= seeds; ++seed) {
    ScheduleOptions options;
    options.seed = seed;
    options.rates = rates;
    options.guards = guards;
    const std::string wrong = Schedule(options).run();
    if (wrong.starts_with("oversold")) {
      return "seed " + std::to_string(seed) + ": " + wrong;
    }
  }
  return {};
}

struct Off {
  const char* name;
  FaultRates rates;
  std::vector<bool store::SharedGuards::*> store;
  std::vector<bool MoreGuards::*> more;
  uint64_t seeds = 400;

  Guards guards() const {
    Guards guards;
    for (const auto guard : store) guards.store.*guard = false;
    for (const auto guard : more) guards.more.*guard = false;
    return guards;
  }
};
void PrintTo(const Off& off, std::ostream* out) { *out << off.name; }

using G = store::SharedGuards;
using M = MoreGuards;

class GuardOff : public testing::TestWithParam<Off> {};
TEST_P(GuardOff, IsFound) {
  const Off& off = GetParam();
  const std::string found = first_oversell(off.rates, off.guards(), off.seeds);
  EXPECT_NE(found, "");
  RecordProperty("found", found);
}
INSTANTIATE_TEST_SUITE_P(
    Guards, GuardOff,
    testing::Values(
        Off{"reads in the statement that locks", kStills, {&G::later_statement, &G::row_counts}, {}},
        Off{"cached rows of any token", kStills, {&G::token_check, &G::row_counts}, {}},
        Off{"tokens without an owner", kLossy, {&G::owner_nonce}, {&M::connections_told}, 2'000},
        Off{"keys not looked up", kStills, {&G::key_step}, {}}),
    [](const auto& test) { return std::to_string(test.index); });

class GuardCovered : public testing::TestWithParam<Off> {};
TEST_P(GuardCovered, NothingIsOversold) {
  const Off& off = GetParam();
  EXPECT_EQ(first_oversell(off.rates, off.guards(), off.seeds), "");
}
INSTANTIATE_TEST_SUITE_P(
    Guards, GuardCovered,
    testing::Values(
        Off{"reads in the statement that locks", kStills, {&G::later_statement}, {}, 100},
        Off{"cached rows of any token", kStills, {&G::token_check}, {}, 100},
        Off{"tokens without an owner", kLossy, {&G::owner_nonce}, {}, 300},
        Off{"connections taken for one", kLossy, {}, {&M::connections_told}, 300},
        Off{"rows written over unread", kStills, {&G::row_counts}, {}, 100}),
    [](const auto& test) { return std::to_string(test.index); });

}  // namespace
}  // namespace holdfast::schedules
