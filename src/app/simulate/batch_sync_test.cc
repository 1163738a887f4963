#include "app/simulate/batch_sync.h"

#include <algorithm>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/simulate/batch_sync_text.h"

namespace holdfast::app {
namespace {

using ::testing::HasSubstr;

constexpr uint64_t kSeeds = 40;

BatchSyncSettings with_seed(uint64_t seed) {
  BatchSyncSettings settings;
  settings.seed = seed;
  return settings;
}

/// What cron oversells on average over the seeds.
double cron_oversells(Duration interval, int64_t channels = 3) {
  int64_t units = 0;
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    BatchSyncSettings settings = with_seed(seed);
    settings.interval = interval;
    settings.channels = channels;
    const SyncRun run = run_sync(settings, draw_flash_sale(settings), Telling::kCron);
    EXPECT_EQ(run.problem, "") << "seed " << seed;
    units += run.oversold;
  }
  return static_cast<double>(units) / kSeeds;
}

TEST(BatchSync, CronOversellsMoreTheRarerItRuns) {
  double less = -1;
  for (const Duration interval : {kMinute, 5 * kMinute, 15 * kMinute, 30 * kMinute, kHour}) {
    const double oversold = cron_oversells(interval);
    EXPECT_GT(oversold, less) << interval / kMinute << " min";
    less = oversold;
  }
  EXPECT_GT(less, 50);
}

TEST(BatchSync, OneChannelAloneNeedsNobodyToTellIt) {
  EXPECT_EQ(cron_oversells(30 * kMinute, 1), 0);
}

TEST(BatchSync, MoreChannelsOversellMore) {
  EXPECT_GT(cron_oversells(30 * kMinute, 4), cron_oversells(30 * kMinute, 2));
}

TEST(BatchSync, PushesOversellAtMostWhatIsAskedForWithinOneLag) {
  size_t oversold = 0;
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    for (const Duration lag : {200 * kMillisecond, 10 * kSecond, 5 * kMinute}) {
      BatchSyncSettings settings = with_seed(seed);
      settings.lag = lag;
      const BatchSync result = run_batch_sync(settings);
      EXPECT_LE(result.pushes.oversold, result.within_a_lag()) << "seed " << seed << " lag " << lag;
      EXPECT_TRUE(result.passed()) << "seed " << seed << " lag " << lag;
      oversold += result.pushes.oversold > 0 ? 1 : 0;
    }
  }
  EXPECT_GT(oversold, 0u) << "a lag of minutes is a cron job";
}

TEST(BatchSync, PushesWithoutLagOversellNothing) {
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    BatchSyncSettings settings = with_seed(seed);
    settings.lag = 0;
    const SyncRun run = run_sync(settings, draw_flash_sale(settings), Telling::kPushes);
    EXPECT_EQ(run.oversold, 0) << "seed " << seed;
  }
}

TEST(BatchSync, AskingNeverOversellsAndSellsWhatThereIs) {
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    const BatchSyncSettings settings = with_seed(seed);
    const SyncRun run = run_sync(settings, draw_flash_sale(settings), Telling::kAsking);
    ASSERT_EQ(run.oversold, 0) << "seed " << seed;
    ASSERT_EQ(run.units, settings.stock) << "seed " << seed;
    ASSERT_EQ(run.problem, "") << "seed " << seed;
  }
}

TEST(BatchSync, TheLedgerNamesTheOrdersToCancel) {
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const BatchSyncSettings settings = with_seed(seed);
    const SyncRun run = run_sync(settings, draw_flash_sale(settings), Telling::kCron);
    EXPECT_EQ(run.oversold, run.units - settings.stock) << "seed " << seed;
    EXPECT_EQ(run.endangered.size() + run.endangered_more, static_cast<size_t>(run.to_cancel))
        << "seed " << seed;
  }
}

TEST(BatchSync, EveryWayIsAskedForTheSame) {
  const BatchSync result = run_batch_sync(with_seed(3));
  for (const SyncRun* run : {&result.cron, &result.pushes, &result.asking}) {
    EXPECT_EQ(run->orders + run->turned_away, result.settings.demand) << name_of(run->telling);
    EXPECT_EQ(run->units_at(kShopHours * 2), run->units) << name_of(run->telling);
    EXPECT_EQ(run->units_at(0), 0) << name_of(run->telling);
  }
}

TEST(BatchSync, CronRunsOnTheClock) {
  BatchSyncSettings settings;
  settings.interval = 45 * kMinute;  // 8:15, 9:00 …: counted from midnight
  const SyncRun run = run_sync(settings, draw_flash_sale(settings), Telling::kCron);
  ASSERT_GE(run.syncs.size(), 2u);
  EXPECT_EQ(clock_text(run.syncs[0]), "08:15");
  EXPECT_EQ(clock_text(run.syncs[1]), "09:00");
  EXPECT_EQ(run.syncs.back(), kShopHours);
}

TEST(BatchSync, TheDefaultTellsTheStory) {
  const BatchSync result = run_batch_sync({});
  EXPECT_GT(result.cron.oversold, 50);
  EXPECT_LE(result.pushes.oversold, 2);
  EXPECT_EQ(result.asking.oversold, 0);
  const std::string text = batch_sync_text(result);
  EXPECT_THAT(text, HasSubstr("cron every 30m"));
  EXPECT_THAT(text, HasSubstr("pushes, 200ms behind"));
  EXPECT_THAT(text, HasSubstr("The ledger names the endangered orders"));
  EXPECT_THAT(text, HasSubstr(clock_text(result.sale.opens)));
}

TEST(FlashSale, IsTheSameForTheSameSeed) {
  EXPECT_EQ(batch_sync_json(run_batch_sync(with_seed(7))),
            batch_sync_json(run_batch_sync(with_seed(7))));
  EXPECT_NE(draw_flash_sale(with_seed(7)).units(), draw_flash_sale(with_seed(8)).units());
}

TEST(FlashSale, ComesWithABurst) {
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    BatchSyncSettings settings = with_seed(seed);
    settings.channels = kChannelsMax;
    const FlashSale sale = draw_flash_sale(settings);
    const auto burst = std::ranges::count_if(sale.orders, [&](const SaleOrder& order) {
      return order.at >= sale.opens && order.at < sale.opens + 30 * kMinute;
    });
    EXPECT_GT(burst, settings.demand * 4 / 10) << "within half an hour of six";
    std::set<int> channels;
    for (const SaleOrder& order : sale.orders) channels.insert(order.channel);
    EXPECT_EQ(channels.size(), static_cast<size_t>(kChannelsMax));
    EXPECT_TRUE(std::ranges::adjacent_find(
                    sale.orders, [](const auto& a, const auto& b) { return a.at >= b.at; }) ==
                sale.orders.end())
        << "no two at the same time";
  }
}

TEST(SpanText, SaysWhatTheCommandLineTakes) {
  EXPECT_EQ(span_text(30 * kMinute), "30m");
  EXPECT_EQ(span_text(2 * kHour), "2h");
  EXPECT_EQ(span_text(90 * kSecond), "90s");
  EXPECT_EQ(span_text(200 * kMillisecond), "200ms");
  EXPECT_EQ(span_text(0), "0s");
}

}  // namespace
}  // namespace holdfast::app
