// R5: an error at any call ends the acknowledging; a start afterwards, with or without the power going in
// between, has everything acknowledged. A full disk refuses what adds and clears by itself.
#include <gtest/gtest.h>

#include "store/store_fixtures.h"
#include "tests/faults/journal_harness.h"

namespace holdfast::store {
namespace {

using io::MemoryFileSystem;
using Fault = MemoryFileSystem::Fault;

class IoError : public ::testing::TestWithParam<Fault> {};

TEST_P(IoError, at_any_call_loses_nothing_that_was_acknowledged) {
  const std::vector<std::string> keys = numbered_keys(8);
  MemoryFileSystem clean;
  ASSERT_FALSE(write_groups(clean, keys).error);
  const uint64_t calls = clean.calls();
  size_t failures = 0;
  for (uint64_t call = 1; call <= calls; ++call) {
    MemoryFileSystem files;
    files.fail_call(call, GetParam());
    const Attempt attempt = write_groups(files, keys);
    failures += attempt.error ? 1 : 0;
    const auto restarted = files.clone();
    restarted->kill();
    ASSERT_EQ(check_recovery(*restarted, attempt), "") << "fault at call " << call;
    ASSERT_EQ(for_each_power_cut(
                  files, [&](MemoryFileSystem& after) { return check_recovery(after, attempt); }, 8, 50),
              "")
        << "fault at call " << call << ", then a power cut";
  }
  EXPECT_GT(failures, calls / 3) << "the faults did not reach the journal";
}

INSTANTIATE_TEST_SUITE_P(Faults, IoError,
                         ::testing::Values(Fault::kError, Fault::kShortWrite, Fault::kFailedSync, Fault::kNoSpace));

TEST(IoErrorIsFinal, nothing_is_acknowledged_after_a_failed_flush) {
  for (const Fault fault : {Fault::kError, Fault::kShortWrite, Fault::kFailedSync}) {
    MemoryFileSystem files;
    auto journal = Journal::open(files, kDirectory, small_options());
    ASSERT_TRUE(journal);
    uint64_t sku_seq = 0;
    Seq last = testing::append_command(**journal, 0, "A", &sku_seq, 1, "one");
    ASSERT_TRUE((*journal)->flush_group());
    files.fail_call(files.calls() + (fault == Fault::kFailedSync ? 2 : 1), fault);
    last = testing::append_command(**journal, last, "A", &sku_seq, 1, "two");
    ASSERT_FALSE((*journal)->flush_group());
    EXPECT_EQ((*journal)->durable_seq(), 1u);
    testing::append_command(**journal, last, "A", &sku_seq, 1, "three");
    EXPECT_FALSE((*journal)->flush_group()) << "a second flush lies: the pages are clean";
    EXPECT_EQ((*journal)->durable_seq(), 1u);
  }
}

TEST(FullDisk, refuses_what_adds_goes_on_in_the_reserve_and_clears_by_itself) {
  MemoryFileSystem files;
  auto opened = Journal::open(files, kDirectory, small_options());
  ASSERT_TRUE(opened);
  Journal& journal = **opened;
  files.set_capacity(40 << 10);  // the first segment, and not another one
  EXPECT_TRUE(journal.has_room());
  for (int i = 0; i < 10; ++i) journal.do_work();
  EXPECT_FALSE(journal.has_room());

  uint64_t sku_seq = 0;
  Seq last = 0;
  for (int i = 0; i < 4; ++i) {  // releases, expiries: the rest of the segment is theirs
    last = testing::append_command(journal, last, "A", &sku_seq);
    ASSERT_TRUE(journal.flush_group());
  }
  EXPECT_FALSE(journal.has_room());
  EXPECT_EQ(testing::keys_of(journal).size(), 4u);

  files.set_capacity(0);
  for (int i = 0; i < 10; ++i) journal.do_work();
  EXPECT_TRUE(journal.has_room());
  for (int i = 0; i < 10; ++i) {
    last = testing::append_command(journal, last, "A", &sku_seq);
    ASSERT_TRUE(journal.flush_group());
  }
  files.kill();
  const auto keys = reopen(files);
  ASSERT_TRUE(keys) << keys.error().detail;
  EXPECT_EQ(keys->size(), 14u);
}

TEST(FullDisk, does_not_keep_a_ledger_from_starting) {
  MemoryFileSystem files;
  const Attempt attempt = write_groups(files, numbered_keys(3));
  files.set_capacity(1);
  auto journal = Journal::open(files, kDirectory, small_options());
  ASSERT_TRUE(journal) << journal.error().detail;
  EXPECT_EQ(check_prefix(attempt, testing::keys_of(**journal)), "");
}

}  // namespace
}  // namespace holdfast::store
