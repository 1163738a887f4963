// Many schedules, each drawn from its seed: HOLDFAST_SEED=… runs that one alone,
// HOLDFAST_SCHEDULES=… another number of them.
#include <cstdlib>

#include <gtest/gtest.h>

#include "tests/schedules/schedule.h"

namespace holdfast::schedules {
namespace {

constexpr FaultRates kAll = {.cut = 15, .commit_lost = 15, .commit_late = 25, .pause = 4, .kill = 2,
                             .terminate = 3, .split = 1, .fail_over = 1};

uint64_t number_from(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

struct Kind {
  const char* name;
  FaultRates rates;
  uint64_t share;  ///< of ten
};

FaultRates lossy() {
  FaultRates rates = kAll;
  rates.loses_commits = true;
  rates.fail_over = 4;
  return rates;
}

const Kind kKinds[] = {
    {"nothing goes wrong", {}, 1},
    {"nodes stand still", {.pause = 20}, 1},
    {"nodes are killed", {.commit_lost = 20, .commit_late = 20, .kill = 10}, 1},
    {"answers are lost", {.cut = 60, .commit_lost = 60, .commit_late = 100}, 2},
    {"the primary fails over", {.cut = 10, .commit_late = 50, .fail_over = 8}, 1},
    {"the primary fails over and loses commits", lossy(), 1},
    {"everything", kAll, 3},
};

TEST(Schedules, NeitherOversellNorLoseNorDouble) {
  const uint64_t count = number_from("HOLDFAST_SCHEDULES", 10'000);
  const uint64_t only = number_from("HOLDFAST_SEED", 0);
  ScheduleCounts counts;
  const uint64_t before = number_from("HOLDFAST_FIRST_SEED", 1) - 1;
  uint64_t seed = before;
  for (const Kind& kind : kKinds) {
    for (uint64_t i = 0; i < count * kind.share / 10; ++i) {
      ++seed;
      if (only != 0 && seed != only) continue;
      ScheduleOptions options;
      options.seed = seed;
      options.rates = kind.rates;
      Schedule schedule(options);
      const std::string wrong = schedule.run();
      counts += schedule.counts();
      ASSERT_EQ(wrong, "") << kind.name << ": HOLDFAST_SEED=" << seed;
    }
  }
  std::printf("%llu schedules: %llu granted, %llu refused, %llu replayed, %llu ambiguous, "
              "%llu given up; %llu pauses, %llu kills, %llu terminations, %llu splits, "
              "%llu failovers\n",
              static_cast<unsigned long long>(seed - before),
              static_cast<unsigned long long>(counts.acknowledged),
              static_cast<unsigned long long>(counts.refused),
              static_cast<unsigned long long>(counts.replayed),
              static_cast<unsigned long long>(counts.ambiguous),
              static_cast<unsigned long long>(counts.given_up),
              static_cast<unsigned long long>(counts.pauses),
              static_cast<unsigned long long>(counts.kills),
              static_cast<unsigned long long>(counts.terminations),
              static_cast<unsigned long long>(counts.splits),
              static_cast<unsigned long long>(counts.failovers));
  if (only != 0) return;
  EXPECT_GT(counts.replayed, count / 100);
  EXPECT_GT(counts.ambiguous, count / 100);
  EXPECT_GT(counts.failovers, 0u);
}

}  // namespace
}  // namespace holdfast::schedules
