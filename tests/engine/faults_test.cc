// The whole engine over a journal whose file system fails at every call in turn: nothing is
// answered after a failed flush, and a start afterwards has everything that was answered, whether
// or not the power went too.
#include <map>

#include <gtest/gtest.h>

#include "engine/journal_snapshots.h"
#include "engine/verify.h"
#include "io/memory_file_system.h"
#include "tests/engine/engine_harness.h"

namespace holdfast::engine::testing {
namespace {

using io::MemoryFileSystem;
using Fault = MemoryFileSystem::Fault;

constexpr const char* kDirectory = "/data";

/// An executor by hand over a journal in memory: small segments, a snapshot every few commands.
struct Node {
  ManualClock clock;
  std::unique_ptr<store::Journal> journal;
  std::unique_ptr<JournalSnapshots> snapshots;
  std::unique_ptr<LocalExecutor> executor;
  bool failed = false;

  explicit Node(MemoryFileSystem& files) {
    store::JournalOptions journal_options;
    journal_options.ledger_id = "enginefaults";
    journal_options.segment_bytes = 32 << 10;
    journal_options.helper_thread = false;
    auto opened = store::Journal::open(files, kDirectory, journal_options);
    if (!opened) return;
    journal = std::move(*opened);
    snapshots = std::make_unique<JournalSnapshots>(*journal);
    LocalExecutorOptions options;
    options.threads = false;
    options.snapshots.events_between = 12;
    options.snapshots.rows_per_turn = 2;
    options.on_fatal = [this](const Error&) {
      EXPECT_FALSE(failed) << "told twice";
      failed = true;
    };
    auto started = LocalExecutor::start(*journal, snapshots.get(), clock, std::move(options));
    if (started) executor = std::move(*started);
  }

  /// The answer, or none when the engine has failed.
  std::optional<Outcome> run(const Command& command) {
    auto answer = std::make_shared<std::optional<Outcome>>();
    std::vector<Command> commands;
    commands.push_back(command);
    executor->submit(std::move(commands), [answer](std::vector<Outcome> outcomes) {
      *answer = std::move(outcomes.at(0));
    });
    work();
    return *answer;
  }
  void work() {
    while (executor->do_work()) {
    }
    constexpr int kStepsOfTheHelper = 8;  // a spare and the mark
    for (int i = 0; i < kStepsOfTheHelper; ++i) journal->do_work();
  }
};

std::vector<Command> story() {
  std::vector<Command> commands;
  for (int i = 0; i < 6; ++i) {
    const std::string n = std::to_string(i);
    commands.push_back(receive("A", 5, "r" + n));
    commands.push_back(hold("A", 2, "h" + n));
    commands.push_back(sell("A", 1, "s" + n));
  }
  return commands;
}

bool was_done(const Outcome& outcome) {
  return outcome.status == OutcomeStatus::kRecorded || outcome.status == OutcomeStatus::kAccepted;
}

/// What was answered, by place in the story.
using Answered = std::map<size_t, Outcome>;

/// Runs the story until the engine fails; the process dies where it stands.
Answered live(MemoryFileSystem& files) {
  Answered answered;
  {
    Node node(files);
    const std::vector<Command> commands = story();
    for (size_t i = 0; node.executor && i < commands.size(); ++i) {
      const bool had_failed = node.failed;
      const auto outcome = node.run(commands[i]);
      EXPECT_FALSE(had_failed && outcome) << "answered after a failed flush";
      EXPECT_TRUE(node.failed || outcome) << "an engine that has not failed answers";
      if (outcome && was_done(*outcome)) answered[i] = *outcome;
    }
    files.kill();
  }
  return answered;
}

/// Starts on what is left. Empty, or what is wrong: every answer stands, and asking for the rest
/// again brings the story to its end.
std::string check_start(MemoryFileSystem& files, const Answered& answered) {
  Node node(files);
  if (!node.executor) return "it does not start";
  const std::vector<Command> commands = story();
  for (const auto& [i, first] : answered) {
    const auto again = node.run(commands[i]);
    if (!again || !again->replayed) return "lost: command " + std::to_string(i);
    if (again->seq != first.seq) return "another answer: command " + std::to_string(i);
  }
  for (const Command& command : commands) {
    const auto outcome = node.run(command);
    if (!outcome || !(was_done(*outcome) || outcome->replayed)) return "cannot go on";
  }
  const QueryResult stock = node.executor->ledger().query(stock_of("A"), node.clock.wall());
  const PositionView& position = stock.stock.at(0).locations.at(0);
  if (position.available != 6 * (5 - 2 - 1) || position.held != 12) return "counted twice, or not";
  const VerifyReport report =
      verify({.store = *node.journal,
              .snapshots = node.snapshots.get(),
              .check_chain = [&] { return node.journal->verify(); },
              .options = {.ledger_id = node.journal->identity().ledger_id}});
  return report.passed() ? "" : report.text();
}

class EngineFaults : public ::testing::TestWithParam<Fault> {};

TEST_P(EngineFaults, AtAnyCallLoseNothingThatWasAnswered) {
  MemoryFileSystem clean;
  ASSERT_EQ(live(clean).size(), story().size());
  const uint64_t calls = clean.calls();
  size_t cut_short = 0;
  for (uint64_t call = 1; call <= calls; ++call) {
    SCOPED_TRACE("fault at call " + std::to_string(call) + " of " + std::to_string(calls));
    MemoryFileSystem files;
    files.fail_call(call, GetParam());
    const Answered answered = live(files);
    cut_short += answered.size() < story().size() ? 1 : 0;
    const size_t names = files.unsynced_names();
    const auto killed = files.clone();
    ASSERT_EQ(check_start(*killed, answered), "");
    const auto nothing_more = files.clone();
    nothing_more->power_cut({}, 0);
    ASSERT_EQ(check_start(*nothing_more, answered), "") << "then the power went";
    const auto all = files.clone();
    all->power_cut(std::vector<bool>(files.unsynced_sectors().size(), true), names);
    ASSERT_EQ(check_start(*all, answered), "") << "then the power went, late";
  }
  EXPECT_GT(cut_short, calls / 8) << "the faults did not reach the engine";
}

INSTANTIATE_TEST_SUITE_P(Faults, EngineFaults,
                         ::testing::Values(Fault::kError, Fault::kShortWrite, Fault::kFailedSync,
                                           Fault::kNoSpace));

}  // namespace
}  // namespace holdfast::engine::testing
