// The roles on their threads, over the journal in a temporary directory.
#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <latch>
#include <mutex>
#include <thread>

#include <gtest/gtest.h>

#include "engine/journal_snapshots.h"
#include "engine/verify.h"
#include "tests/engine/engine_harness.h"

namespace holdfast::engine::testing {
namespace {

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "holdfast-engine-XXXXXX").string();
    if (::mkdtemp(name.data()) != nullptr) path_ = name;
  }
  ~TemporaryDirectory() { std::filesystem::remove_all(path_); }
  std::string ledger() const { return path_ + "/ledger"; }

 private:
  std::string path_;
};

/// Runs as the operating system's does, and can be put forward.
class ClockPutForward final : public Clock {
 public:
  Timestamp wall() const override { return system_.wall() + ahead_.load(); }
  Duration boot() const override { return system_.boot() + ahead_.load(); }
  void put_forward(Duration by) { ahead_ += by; }

 private:
  SystemClock system_;
  std::atomic<Duration> ahead_{0};
};

/// A journal with an executor on threads over it.
class Node {
 public:
  explicit Node(const std::string& directory, LocalExecutorOptions options = {}) {
    store::JournalOptions journal_options;
    journal_options.segment_bytes = 4 << 20;
    auto opened = store::Journal::open(io::posix_file_system(), directory, journal_options);
    if (!opened) {
      ADD_FAILURE() << opened.error().detail;
      return;
    }
    journal = std::move(*opened);
    gate = std::make_unique<GatedStore>(*journal);
    snapshots = std::make_unique<JournalSnapshots>(*journal);
    auto started = LocalExecutor::start(*gate, snapshots.get(), clock, std::move(options));
    if (!started) {
      ADD_FAILURE() << started.error().detail;
      return;
    }
    executor = std::move(*started);
  }

  std::future<std::vector<Outcome>> submit(std::vector<Command> commands) {
    auto promise = std::make_shared<std::promise<std::vector<Outcome>>>();
    auto answers = promise->get_future();
    EXPECT_TRUE(executor->submit(std::move(commands), [promise](std::vector<Outcome> outcomes) {
      promise->set_value(std::move(outcomes));
    }));
    return answers;
  }
  Outcome run(Command command) {
    std::vector<Command> commands;
    commands.push_back(std::move(command));
    return submit(std::move(commands)).get().at(0);
  }
  int64_t available(const std::string& sku) {
    return executor->read({sku})->at(0).locations.at(0).available;
  }

  ClockPutForward clock;
  std::unique_ptr<store::Journal> journal;
  std::unique_ptr<GatedStore> gate;
  std::unique_ptr<JournalSnapshots> snapshots;
  std::unique_ptr<LocalExecutor> executor;
};

TEST(Threads, SixtyFourBuyersOfAThousandUnitsGetExactlyAThousand) {
  constexpr int kBuyers = 64, kTries = 25, kStock = 1'000;  // 1,600 tries
  const TemporaryDirectory directory;
  std::atomic<int> accepted{0}, refused{0}, replayed{0};
  {
    Node node(directory.ledger());
    node.run(receive("A", kStock));
    const auto buy_all = [&](int buyer) {
      for (int i = 0; i < kTries; ++i) {
        const std::string key = std::to_string(buyer) + "/" + std::to_string(i);
        const Outcome outcome = node.run(hold("A", 1, key));
        if (outcome.replayed) {
          ++replayed;
        } else if (outcome.status == OutcomeStatus::kAccepted) {
          ++accepted;
        } else if (outcome.error.code == ErrorCode::kInsufficientStock) {
          ++refused;
          EXPECT_EQ(outcome.shortages.at(0).available_to_sell, 0);
        }
      }
    };
    for (int round = 0; round < 2; ++round) {  // the second time with the same keys
      std::vector<std::thread> buyers;
      for (int buyer = 0; buyer < kBuyers; ++buyer) buyers.emplace_back(buy_all, buyer);
      for (std::thread& buyer : buyers) buyer.join();
      EXPECT_EQ(accepted, kStock);
      EXPECT_EQ(refused, (kBuyers * kTries - kStock) * (round + 1));
      EXPECT_EQ(replayed, kStock * round);
      EXPECT_EQ(node.available("A"), 0);
    }
    const EngineMetrics& metrics = node.executor->metrics();
    EXPECT_LT(metrics.groups.value(), static_cast<uint64_t>(kStock)) << "flushes are shared";
    ASSERT_TRUE(node.executor->drain().has_value());
  }
  Node node(directory.ledger());
  EXPECT_EQ(node.executor->recovery().events_replayed, 0u);
  EXPECT_EQ(node.available("A"), 0);
  const auto report = verify({.store = *node.journal,
                              .snapshots = node.snapshots.get(),
                              .check_chain = [&] { return node.journal->verify(); },
                              .options = {.ledger_id = node.journal->identity().ledger_id}});
  EXPECT_TRUE(report.passed()) << report.text();
}

TEST(Threads, NothingIsAnsweredWhileItsFlushIsHeldUp) {
  const TemporaryDirectory directory;
  Node node(directory.ledger());
  node.gate->close_gate();
  std::vector<Command> one;
  one.push_back(receive("A", 1));
  auto answer = node.submit(std::move(one));
  node.gate->wait_for_flush();
  EXPECT_EQ(answer.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  EXPECT_EQ(node.journal->durable_seq(), 0u);
  node.gate->open_gate();
  const Outcome outcome = answer.get().at(0);
  EXPECT_EQ(outcome.status, OutcomeStatus::kRecorded);
  EXPECT_GE(node.journal->durable_seq(), outcome.seq);
}

TEST(Threads, ADeadlineWakesAnIdleSequencer) {
  const TemporaryDirectory directory;
  Node node(directory.ledger());
  node.run(receive("A", 1));
  std::promise<void> expired;
  const Seq before = node.run(hold("A", 1, "", 1)).seq;
  const uint64_t id = node.journal->subscribe([&](Seq durable) {
    if (durable > before) expired.set_value();
  });
  // The second is almost over; a read has the sequencer look at the clock again, and then sleep the
  // rest.
  node.clock.put_forward(kSecond - 20 * kMillisecond);
  node.available("A");
  EXPECT_EQ(expired.get_future().wait_for(std::chrono::seconds(20)), std::future_status::ready);
  node.journal->unsubscribe(id);
  EXPECT_EQ(node.executor->sku_history("A", 0, 1)->at(0)->type, EventType::kHoldExpired);
}

TEST(Threads, LargeBatchesOverlapTheirFlushes) {
  const TemporaryDirectory directory;
  LocalExecutorOptions options;
  options.snapshots.events_between = 5'000;
  Node node(directory.ledger(), options);
  const auto& overlapped = node.executor->metrics().groups_overlapped;
  std::atomic<int64_t> sent = 0;
  std::vector<std::thread> senders;
  for (int sender = 0; sender < 4; ++sender) {
    senders.emplace_back([&] {
      // Whether a batch comes while another is decided is up to the scheduler: until one does.
      for (int batch = 0; batch < 6 || (overlapped.value() == 0 && batch < 600); ++batch) {
        sent += 1'000;
        std::vector<Command> commands;
        for (int i = 0; i < 1'000; ++i) commands.push_back(receive("A", 1));
        for (const Outcome& outcome : node.submit(std::move(commands)).get()) {
          ASSERT_EQ(outcome.status, OutcomeStatus::kRecorded);
        }
      }
    });
  }
  for (std::thread& sender : senders) sender.join();
  EXPECT_EQ(node.available("A"), sent);
  EXPECT_GT(overlapped.value(), 0u);
  ASSERT_TRUE(node.executor->drain().has_value());
  EXPECT_GT(node.executor->metrics().snapshots.value(), 1u);
}

TEST(Threads, ADrainUnderLoadAnswersAllItAccepted) {
  const TemporaryDirectory directory;
  std::atomic<int> accepted{0}, answered{0};
  {
    Node node(directory.ledger());
    std::latch busy(4);
    std::vector<std::thread> senders;
    for (int sender = 0; sender < 4; ++sender) {
      senders.emplace_back([&] {
        for (int i = 0;; ++i) {
          std::vector<Command> one;
          one.push_back(receive("A", 1));
          if (!node.executor->submit(std::move(one), [&](std::vector<Outcome>) { ++answered; })) {
            if (node.executor->draining()) return;
            std::this_thread::yield();
            continue;
          }
          ++accepted;
          if (i == 100) busy.count_down();
        }
      });
    }
    busy.wait();
    ASSERT_TRUE(node.executor->drain().has_value());
    for (std::thread& sender : senders) sender.join();
  }
  EXPECT_EQ(answered, accepted);
  Node node(directory.ledger());
  EXPECT_EQ(node.available("A"), accepted);
}

// The flush under way says "done" when it ends; that must not be the end of "stop".
TEST(Threads, AnAbruptEndDuringAFlushEnds) {
  const TemporaryDirectory directory;
  LocalExecutorOptions options;
  options.sequencer.overlap_commands_min = 0;  // every flush is the flusher's
  auto node = std::make_unique<Node>(directory.ledger(), std::move(options));
  node->gate->close_gate();
  std::vector<Command> one;
  one.push_back(receive("A", 1));
  auto answer = node->submit(std::move(one));
  node->gate->wait_for_flush();
  std::promise<void> ended;
  std::thread stopper([&] {
    node->executor.reset();
    ended.set_value();
  });
  std::future<void> end = ended.get_future();
  // time for the stopper to have told the flusher, most times: with too little the test shows
  // nothing
  for (int turns = 0; turns < 100'000; ++turns) std::this_thread::yield();
  node->gate->open_gate();
  if (end.wait_for(std::chrono::seconds(30)) != std::future_status::ready) {
    ADD_FAILURE() << "the flusher waits for ever";
    std::_Exit(1);  // nothing could join it
  }
  stopper.join();
}

TEST(Threads, AnAbruptEndKeepsEveryAnsweredCommand) {
  const TemporaryDirectory directory;
  std::atomic<int> answered{0};
  {
    Node node(directory.ledger());
    std::mutex mutex;
    std::condition_variable enough;
    for (int i = 0; i < 2'000; ++i) {
      std::vector<Command> one;
      one.push_back(receive("A", 1));
      node.executor->submit(std::move(one), [&](std::vector<Outcome>) {
        const std::lock_guard lock(mutex);
        ++answered;
        enough.notify_one();
      });
    }
    std::unique_lock lock(mutex);
    enough.wait(lock, [&] { return answered > 500; });
    lock.unlock();
    node.executor.reset();  // no drain
  }
  Node node(directory.ledger());
  EXPECT_GE(node.available("A"), answered);
}

}  // namespace
}  // namespace holdfast::engine::testing
