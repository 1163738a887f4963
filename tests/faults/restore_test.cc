// Making a data directory of a backup on a machine that goes down meanwhile: it is whole, or it is
// refused; and never does it serve a future whose receivers were not told that it is another one.
#include <gtest/gtest.h>

#include "store/journal/backup.h"
#include "store/journal/directory_files.h"
#include "store/journal/format.h"
#include "store/store_fixtures.h"
#include "tests/faults/journal_harness.h"

namespace holdfast::store {
namespace {

using io::MemoryFileSystem;
using Fault = MemoryFileSystem::Fault;

constexpr const char* kCopy = "/backup";
constexpr const char* kNew = "/new";
constexpr Seq kUpTo = 9;

class RestoreFaults : public ::testing::Test {
 protected:
  RestoreFaults() {
    write_groups(base_, numbered_keys(14), {}, true);  // three segments and a spare
    EXPECT_TRUE(backup_directory(base_, kDirectory, kCopy, {}));
    EXPECT_TRUE(write_whole_file(base_, kCopy, kBackupName, "{}"));
    base_.power_cut({}, 0);
  }
  static Result<LogCopy> restore(MemoryFileSystem& files) {
    RestoreOptions options;
    options.seq = kUpTo;
    return restore_directory(files, kCopy, kNew, options);
  }
  static std::vector<std::string> what_was_asked_for() {
    std::vector<std::string> keys = numbered_keys(kUpTo);
    keys.emplace_back();  // ledger.restored has none
    return keys;
  }
  /// Nothing, a directory that says it is unfinished, or what was asked for and paused.
  static std::string check(MemoryFileSystem& files) {
    files.kill();
    const auto begun = files.exists(std::string(kNew) + "/identity");
    const auto unfinished = files.exists(std::string(kNew) + "/" + kUnfinishedRestoreName);
    if (!begun.value() && !unfinished.value()) return {};
    auto journal = Journal::open(files, kNew, small_options());
    if (!journal) {
      return journal.error().detail.find("begun and not finished") != std::string::npos
                 ? std::string()
                 : "refused without the remedy: " + journal.error().detail;
    }
    if (testing::keys_of(**journal) != what_was_asked_for())
      return "it opens and is not what was asked for";
    if ((*journal)->identity().incarnation != 1)
      return "it goes on as if nothing had been given up";
    if (!files.exists(std::string(kNew) + "/" + kResumeAwaitedName).value())
      return "it is not paused";
    return {};
  }

  MemoryFileSystem base_;
};

TEST_F(RestoreFaults, gives_what_was_asked_for) {
  const auto restored = restore(base_);
  ASSERT_TRUE(restored) << restored.error().detail;
  EXPECT_EQ(restored->last_seq, kUpTo);
  EXPECT_EQ(check(base_), "");
  auto journal = Journal::open(base_, kNew, small_options());
  ASSERT_TRUE(journal) << journal.error().detail;
  EXPECT_EQ((*journal)->identity().restored, (std::vector<Restore>{{kUpTo + 1, 1}}));
  EXPECT_TRUE((*journal)->verify());
  EXPECT_EQ(reopen(base_).value(), numbered_keys(14)) << "the original is as it was";
}

TEST_F(RestoreFaults, a_power_cut_anywhere_leaves_all_of_it_or_a_directory_that_is_refused) {
  for (uint64_t call = 1;; ++call) {
    const auto files = base_.clone();
    files->kill();
    files->fail_call(files->calls() + call, Fault::kPowerOff);
    const auto restored = restore(*files);
    ASSERT_EQ(for_each_power_cut(*files, &check, 6, 20), "") << "power off at call " << call;
    if (restored) return;
    ASSERT_LT(call, 1'000u);
  }
}

TEST_F(RestoreFaults, a_damaged_backup_is_not_restored) {
  base_.flip_bit(std::string(kCopy) + "/segment-0000000001.log", (5 * kBlockBytes + 100) * 8);
  const auto restored = restore(base_);
  ASSERT_FALSE(restored);
  EXPECT_EQ(restored.error().code, ErrorCode::kCorrupt);
  EXPECT_EQ(check(base_), "");
}

TEST_F(RestoreFaults, what_lies_behind_the_seq_that_was_asked_for_is_not_in_the_backup) {
  ASSERT_TRUE(base_.make_directories("/part"));
  CopyOptions options;
  options.seq = kUpTo;
  const auto copy = copy_log(base_, kDirectory, "/part", options);
  ASSERT_TRUE(copy) << copy.error().detail;
  auto journal = Journal::open(base_, "/part", small_options());
  ASSERT_TRUE(journal) << journal.error().detail;
  EXPECT_EQ(testing::keys_of(**journal), numbered_keys(kUpTo));
  options.seq = 15;
  ASSERT_TRUE(base_.make_directories("/more"));
  const auto beyond = copy_log(base_, kDirectory, "/more", options);
  ASSERT_FALSE(beyond);
  EXPECT_EQ(beyond.error().code, ErrorCode::kCursorInvalid);
}

}  // namespace
}  // namespace holdfast::store
