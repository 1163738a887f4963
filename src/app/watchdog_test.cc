// What makes the watchdog fall silent.
#include "app/watchdog.h"

#include <gtest/gtest.h>

#include "engine/local_executor.h"
#include "store/memory/memory_store.h"

namespace holdfast::app {
namespace {

TEST(Watchdog, APartThatDoesNotAnswerKeepsItSilent) {
  std::function<void()> answer;
  int asked = 0;
  Watchdog watchdog;
  watchdog.watch("quick", [](auto done) { done(); });
  watchdog.watch("slow", [&](auto done) {
    ++asked;
    answer = std::move(done);
  });
  EXPECT_FALSE(watchdog.turn()) << "nothing was asked before";
  EXPECT_FALSE(watchdog.turn());
  EXPECT_EQ(watchdog.silent(), "slow");
  EXPECT_FALSE(watchdog.turn());
  EXPECT_EQ(asked, 1) << "questions do not pile up";
  answer();
  EXPECT_TRUE(watchdog.turn());
  EXPECT_EQ(asked, 2);
  EXPECT_FALSE(watchdog.turn()) << "an answer counts once";
}

TEST(Watchdog, APartWithAnExcuseCountsAsAlive) {
  bool disk_full = true;
  Watchdog watchdog;
  watchdog.watch("sequencer", [](auto) {}, [&] { return disk_full; });
  watchdog.turn();
  EXPECT_TRUE(watchdog.turn());
  disk_full = false;
  EXPECT_FALSE(watchdog.turn());
}

TEST(Watchdog, ASequencerThatStandsStillIsNoticed) {
  store::MemoryStore store{store::LedgerIdentity{"testledger01", 0}};
  const SystemClock clock;
  engine::LocalExecutorOptions options;
  options.threads = false;
  auto executor = engine::LocalExecutor::start(store, nullptr, clock, options);
  ASSERT_TRUE(executor) << executor.error().detail;
  Watchdog watchdog;
  watchdog.watch("sequencer", [&](auto done) { (*executor)->answer_when_alive(std::move(done)); });
  watchdog.turn();
  EXPECT_FALSE(watchdog.turn()) << "nobody has run the sequencer";
  (*executor)->do_work();
  EXPECT_TRUE(watchdog.turn());
  EXPECT_FALSE(watchdog.turn());
}

TEST(Watchdog, AFlushThatDoesNotEndIsNoticed) {
  store::MemoryStore store{store::LedgerIdentity{"testledger01", 0}};
  const SystemClock clock;
  engine::LocalExecutorOptions options;
  options.threads = false;
  options.sequencer.overlap_commands_min = 0;  // every group goes to the flusher
  auto executor = engine::LocalExecutor::start(store, nullptr, clock, options);
  ASSERT_TRUE(executor) << executor.error().detail;
  Command count;
  count.type = CommandType::kChannelSet;
  count.source = "config";
  count.channel = "web";
  ASSERT_TRUE((*executor)->submit({count}, [](const auto&) {}));
  (*executor)->sequencer_work();  // decided and sealed; the flusher has it
  bool alive = false;
  (*executor)->answer_when_alive([&] { alive = true; });
  (*executor)->sequencer_work();
  EXPECT_FALSE(alive) << "the sequencer turns, and nothing becomes durable";
  (*executor)->flusher_work();
  (*executor)->sequencer_work();
  EXPECT_TRUE(alive);
}

}  // namespace
}  // namespace holdfast::app
