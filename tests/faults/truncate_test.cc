// Cutting a log by hand, on a disk that fails and a machine that goes down meanwhile: never more is
// given up than was asked for, and never is half of it served.
#include <gtest/gtest.h>

#include "store/journal/format.h"
#include "store/store_fixtures.h"
#include "tests/faults/journal_harness.h"

namespace holdfast::store {
namespace {

using io::MemoryFileSystem;
using Fault = MemoryFileSystem::Fault;

constexpr Seq kCut = 3;

class Truncate : public ::testing::Test {
 protected:
  Truncate() {
    write_groups(base_, numbered_keys(14), {}, true);  // three segments and a spare
    base_.power_cut({}, 0);
  }
  /// The log of before, or the one that was asked for.
  static std::string check_either(MemoryFileSystem& files) {
    files.kill();
    const auto keys = reopen(files);
    if (!keys) {
      if (keys.error().detail.find("--truncate-at 3` finishes it") == std::string::npos) {
        return "does not start: " + keys.error().detail;
      }
      const auto again = Journal::truncate_at(files, kDirectory, kCut);
      if (!again) return "cannot be finished: " + again.error().detail;
      return check_either(files);
    }
    if (*keys == numbered_keys(14) || *keys == after_the_cut()) return {};
    return "neither the log of before nor the one asked for: " + std::to_string(keys->size());
  }
  static std::vector<std::string> after_the_cut() {
    std::vector<std::string> keys = numbered_keys(kCut);
    keys.emplace_back();  // ledger.restored has none
    return keys;
  }

  MemoryFileSystem base_;
};

TEST_F(Truncate, leaves_what_was_asked_for_and_says_so_in_the_log) {
  ASSERT_EQ(Journal::truncate_at(base_, kDirectory, kCut).value(), kCut);
  EXPECT_FALSE(base_.exists("/data/segment-0000000002.log").value());
  auto journal = Journal::open(base_, kDirectory, small_options());
  ASSERT_TRUE(journal) << journal.error().detail;
  EXPECT_EQ(testing::keys_of(**journal), after_the_cut());
  EXPECT_EQ((*journal)->identity().incarnation, 1u);
  EXPECT_EQ((*journal)->identity().restored, (std::vector<Restore>{{kCut + 1, 1}}));
  EXPECT_EQ((*journal)->identity().shared_with(0), kCut) << "what a reader of before still has";
  EXPECT_EQ((*journal)->identity().shared_with(1), std::nullopt);
  const auto restored = (*journal)->read_command(kCut + 1);
  ASSERT_TRUE(restored);
  EXPECT_EQ(restored->commands.at(0).events.at(0).type, EventType::kLedgerRestored);
  EXPECT_EQ(restored->commands.at(0).events.at(0).recorded_at, testing::kStart);
}

TEST(SharedWith, counts_the_cuts_a_reader_has_missed) {
  const LedgerIdentity ledger{
      "faultstest00", 3, {{4, 2}, {16, 3}}};  // the first of three was cut off by a later one
  EXPECT_EQ(ledger.shared_with(3), std::nullopt);
  EXPECT_EQ(ledger.shared_with(2), 15u);
  EXPECT_EQ(ledger.shared_with(1), 3u);
  EXPECT_EQ(ledger.shared_with(0), 3u);
}

TEST_F(Truncate, at_the_end_of_a_segment_goes_on_in_a_new_one) {
  ASSERT_EQ(Journal::truncate_at(base_, kDirectory, 6).value(), 6u);
  const auto keys = reopen(base_);
  ASSERT_TRUE(keys) << keys.error().detail;
  EXPECT_EQ(keys->size(), 7u);
}

TEST_F(Truncate, at_zero_leaves_the_event_alone) {
  ASSERT_EQ(Journal::truncate_at(base_, kDirectory, 0).value(), 0u);
  const auto keys = reopen(base_);
  ASSERT_TRUE(keys) << keys.error().detail;
  EXPECT_EQ(*keys, std::vector<std::string>{""});
}

TEST_F(Truncate, is_the_way_out_when_a_snapshot_is_ahead) {
  {
    auto journal = Journal::open(base_, kDirectory, small_options());
    ASSERT_TRUE(journal);
    auto writer = (*journal)->begin_snapshot(14);
    ASSERT_TRUE(writer && (*journal)->finish_snapshot(**writer, {}));
  }
  ASSERT_TRUE(base_.remove("/data/durable.mark"));
  // the third segment holds 13 and 14: the last one was lost
  base_.overwrite("/data/segment-0000000003.log", 2 * kBlockBytes, std::string(kBlockBytes, '\0'));
  const auto refused = reopen(base_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kSnapshotAhead);
  ASSERT_EQ(Journal::truncate_at(base_, kDirectory, 13).value(), 13u);
  EXPECT_EQ(reopen(base_).value().size(), 14u);
}

TEST_F(Truncate, a_read_that_fails_for_a_moment_costs_nothing) {
  for (uint64_t call = 1;; ++call) {
    const auto files = base_.clone();
    files->kill();
    files->fail_call(files->calls() + call, Fault::kError);
    const auto cut = Journal::truncate_at(*files, kDirectory, kCut);
    ASSERT_EQ(cut ? ErrorCode::kIo : cut.error().code, ErrorCode::kIo) << "call " << call;
    ASSERT_EQ(check_either(*files), "") << "error at call " << call;
    if (cut) return;
    ASSERT_LT(call, 500u);
  }
}

TEST_F(Truncate, a_power_cut_anywhere_leaves_the_old_log_the_new_one_or_a_cut_to_finish) {
  for (uint64_t call = 1;; ++call) {
    const auto files = base_.clone();
    files->kill();
    files->fail_call(files->calls() + call, Fault::kPowerOff);
    const auto cut = Journal::truncate_at(*files, kDirectory, kCut);
    ASSERT_EQ(for_each_power_cut(*files, &check_either, 6, 40), "") << "power off at call " << call;
    if (cut) return;
    ASSERT_LT(call, 500u);
  }
}

TEST_F(Truncate, beyond_what_can_be_reached_is_refused) {
  const auto beyond = Journal::truncate_at(base_, kDirectory, 15);
  ASSERT_FALSE(beyond);
  EXPECT_EQ(beyond.error().code, ErrorCode::kCursorInvalid);
  EXPECT_NE(beyond.error().detail.find("ends at seq 14"), std::string::npos)
      << beyond.error().detail;

  base_.flip_bit(kFirstSegment, (5 * kBlockBytes + 100) * 8);  // the group of seq 5
  const auto behind = Journal::truncate_at(base_, kDirectory, 9);
  ASSERT_FALSE(behind) << "it would give up 5 to 9 too";
  EXPECT_NE(behind.error().detail.find("--truncate-at 4"), std::string::npos)
      << behind.error().detail;
  EXPECT_EQ(Journal::truncate_at(base_, kDirectory, 4).value(), 4u);
  EXPECT_EQ(reopen(base_).value().size(), 5u);
}

TEST_F(Truncate, goes_on_before_a_segment_that_is_missing) {
  ASSERT_TRUE(base_.remove("/data/segment-0000000002.log"));
  ASSERT_FALSE(reopen(base_));
  EXPECT_EQ(Journal::truncate_at(base_, kDirectory, 6).value(), 6u);
  EXPECT_EQ(reopen(base_).value().size(), 7u);
}

}  // namespace
}  // namespace holdfast::store
