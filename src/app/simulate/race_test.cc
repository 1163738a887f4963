#include "app/simulate/race.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/simulate/race_text.h"

namespace holdfast::app {
namespace {

using ::testing::HasSubstr;

constexpr uint64_t kSeeds = 1'000;

RaceSettings with_seed(uint64_t seed) {
  RaceSettings settings;
  settings.seed = seed;
  settings.buyers = 2 + static_cast<int64_t>(seed % 7);
  settings.stock = 1 + static_cast<int64_t>(seed % 3);
  return settings;
}

/// How many of the seeds sell something twice.
size_t oversold_of(const RaceWay& way, Duration lease = RaceSettings{}.lease,
                   Duration pause = RaceSettings{}.pause, bool tokens_on_read = true) {
  size_t oversold = 0;
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    RaceSettings settings = with_seed(seed);
    settings.lease = lease;
    settings.pause = pause;
    const RaceRun run = run_race_way(settings, draw_buyers(settings), way, tokens_on_read);
    EXPECT_EQ(run.sold + run.turned_away, settings.buyers) << "everybody hears something";
    EXPECT_EQ(run.stock_says, settings.stock - run.sold);
    oversold += run.oversold > 0 ? 1 : 0;
  }
  return oversold;
}

TEST(Race, ARowThatIsReadAndDecrementedOversells) {
  EXPECT_GT(oversold_of({Guard::kNone, false, "", ""}), kSeeds / 4);
}

TEST(Race, ALockHoldsAsLongAsItsLease) {
  EXPECT_EQ(oversold_of({Guard::kLease, false, "", ""}), 0u);
  EXPECT_GT(oversold_of({Guard::kLease, true, "", ""}), kSeeds / 4) << "a holder that stands still";
  EXPECT_GT(oversold_of({Guard::kLease, false, "", ""}, 5 * kMillisecond), kSeeds / 10)
      << "a lease shorter than the work under it";
}

TEST(Race, AFencingTokenStopsTheHolderThatStoodStill) {
  for (Duration pause = 10 * kMillisecond; pause < 100 * kMillisecond; pause += 6 * kMillisecond) {
    EXPECT_EQ(oversold_of({Guard::kFencedLease, true, "", ""}, 30 * kMillisecond, pause), 0u);
  }
}

/// The row must see the token when it is read too. If it learns of it only from what is written,
/// the old holder may still write between the new one's reading and its writing.
TEST(Race, ATokenShownOnlyOnWritingIsNoFence) {
  const RaceWay fenced = {Guard::kFencedLease, true, "", ""};
  EXPECT_GT(oversold_of(fenced, 30 * kMillisecond, 28 * kMillisecond, false), 0u);
  EXPECT_EQ(oversold_of(fenced, 30 * kMillisecond, 28 * kMillisecond, true), 0u);
}

TEST(Race, TheLedgerSellsWhatThereIsAndNothingTwice) {
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const RaceSettings settings = with_seed(seed);
    for (const bool pauses : {false, true}) {
      const RaceRun run =
          run_race_way(settings, draw_buyers(settings), {Guard::kLedger, pauses, "ledger", ""});
      ASSERT_EQ(run.oversold, 0) << "seed " << seed;
      ASSERT_EQ(run.sold, std::min(settings.buyers, settings.stock)) << "seed " << seed;
      ASSERT_EQ(run.problem, "") << "seed " << seed;
    }
  }
}

TEST(Race, TheDefaultTellsTheStory) {
  const Race race = run_race({});
  ASSERT_EQ(race.runs.size(), 5u);
  EXPECT_EQ(race.runs[0].sold, 2) << "no lock";
  EXPECT_EQ(race.runs[1].sold, 1) << "a lock";
  EXPECT_EQ(race.runs[2].sold, 2) << "a lock whose holder stands still";
  EXPECT_EQ(race.runs[3].sold, 1) << "fenced";
  EXPECT_EQ(race.runs[4].sold, 1) << "the ledger";
  EXPECT_TRUE(race.passed());
  const std::string text = race_text(race);
  EXPECT_THAT(text, HasSubstr("SOLD TWICE"));
  EXPECT_THAT(text, HasSubstr("has lost its lock and does not know"));
  EXPECT_THAT(text, HasSubstr("refused: its token is old"));
  EXPECT_THAT(text, HasSubstr("order refused: insufficient_stock"));
}

TEST(Race, OneBuyerIsAlwaysServed) {
  RaceSettings settings;
  settings.buyers = 1;
  for (const RaceRun& run : run_race(settings).runs) {
    EXPECT_EQ(run.sold, 1) << run.way.name;
    EXPECT_EQ(run.oversold, 0) << run.way.name;
  }
}

TEST(Race, TheSameSeedGivesTheSameRace) {
  RaceSettings settings;
  settings.buyers = 20;
  settings.stock = 5;
  EXPECT_EQ(race_json(run_race(settings)), race_json(run_race(settings)));
  RaceSettings other = settings;
  other.seed = 2;
  EXPECT_NE(race_json(run_race(settings)), race_json(run_race(other)));
}

TEST(Race, EveryWaySeesTheSameBuyers) {
  const Race race = run_race(with_seed(5));
  for (const RaceRun& run : race.runs) {
    std::vector<Duration> arrivals;
    for (const RaceStep& step : run.steps) {
      if (step.kind == RaceStepKind::kArrives) arrivals.push_back(step.at);
    }
    ASSERT_EQ(arrivals.size(), race.buyers.size()) << run.way.name;
    for (size_t i = 0; i < arrivals.size(); ++i) EXPECT_EQ(arrivals[i], race.buyers[i].arrives);
  }
}

TEST(Race, AThousandBuyersAreShownInBrief) {
  RaceSettings settings;
  settings.buyers = 1'000;
  settings.stock = 100;
  const Race race = run_race(settings);
  EXPECT_TRUE(race.passed());
  EXPECT_LT(std::ranges::count(race_text(race), '\n'), 300);
}

}  // namespace
}  // namespace holdfast::app
