#include "engine/inbox.h"

#include <algorithm>
#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include "engine/worker.h"

namespace holdfast::engine {
namespace {

Submission of_weight(size_t weight) {
  Submission submission;
  submission.weight = weight;
  return submission;
}

bool push(Inbox& inbox, size_t weight) {
  Submission submission = of_weight(weight);
  return inbox.push(submission);
}

TEST(Inbox, BoundsWhatIsAcceptedUntilItIsAnswered) {
  Inbox inbox(10);
  EXPECT_TRUE(push(inbox, 6));
  EXPECT_FALSE(push(inbox, 5));
  EXPECT_TRUE(push(inbox, 4));
  std::vector<Submission> taken;
  EXPECT_EQ(inbox.take(&taken), 10u);
  EXPECT_FALSE(push(inbox, 1)) << "taken is not answered";
  inbox.answered(4);
  EXPECT_TRUE(push(inbox, 4));
}

TEST(Inbox, ARefusedSubmissionKeepsItsCallback) {
  Inbox inbox(1);
  EXPECT_TRUE(push(inbox, 1));
  bool called = false;
  Submission submission = of_weight(1);
  submission.done = [&](std::vector<Outcome>) { called = true; };
  EXPECT_FALSE(inbox.push(submission));
  submission.done({});
  EXPECT_TRUE(called);
}

TEST(Inbox, TakesWhatWasResumedFirst) {
  Inbox inbox(100);
  EXPECT_TRUE(push(inbox, 1));
  std::vector<Submission> taken;
  inbox.take(&taken);
  EXPECT_TRUE(push(inbox, 2));
  inbox.resume(std::move(taken.front()));
  taken.clear();
  inbox.take(&taken);
  ASSERT_EQ(taken.size(), 2u);
  EXPECT_EQ(taken[0].weight, 1u);
  EXPECT_EQ(taken[1].weight, 2u);
}

TEST(Inbox, AClosedOneTakesBackButAcceptsNothing) {
  Inbox inbox(100);
  inbox.close();
  EXPECT_FALSE(push(inbox, 1));
  inbox.resume(of_weight(1));
  std::vector<Submission> taken;
  inbox.take(&taken);
  EXPECT_EQ(taken.size(), 1u);
}

TEST(Inbox, APokeBeforeTheWaitIsNotLost) {
  Inbox inbox(100);
  inbox.poke();
  std::vector<Submission> taken;
  inbox.take(&taken);
  inbox.wait(std::nullopt, 1);  // would hang
}

TEST(Inbox, SleepsUntilEnoughWaits) {
  Inbox inbox(100);
  std::atomic<bool> woke{false};
  std::thread sleeper([&] {
    inbox.wait(std::nullopt, 3);
    woke = true;
  });
  EXPECT_TRUE(push(inbox, 1));
  EXPECT_TRUE(push(inbox, 1));
  EXPECT_FALSE(woke.load());
  EXPECT_TRUE(push(inbox, 1));
  sleeper.join();
  EXPECT_TRUE(woke.load());
}

TEST(Inbox, TheLastAnswerOfAClosedOneWakes) {
  Inbox inbox(100);
  EXPECT_TRUE(push(inbox, 1));
  std::vector<Submission> taken;
  inbox.take(&taken);
  inbox.close();
  inbox.answered(1);
  inbox.wait(std::nullopt, 1);  // would hang
}

TEST(Worker, RunsTasksInOrderByHandAndFinishesThemBeforeItStops) {
  Worker worker;
  std::vector<int> ran;
  worker.post([&] { ran.push_back(1); });
  EXPECT_TRUE(worker.do_work());
  EXPECT_FALSE(worker.do_work());
  worker.start();
  for (int i = 2; i < 100; ++i) worker.post([&ran, i] { ran.push_back(i); });
  worker.stop();
  ASSERT_EQ(ran.size(), 99u);
  EXPECT_TRUE(std::is_sorted(ran.begin(), ran.end()));
}

}  // namespace
}  // namespace holdfast::engine
