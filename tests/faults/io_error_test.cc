// R5: an error at any call ends the acknowledging; a start afterwards, with or without the power
// going in between, has everything acknowledged. A full disk refuses what adds and clears by
// itself.
#include <condition_variable>
#include <mutex>
#include <thread>

#include <gtest/gtest.h>

#include "store/store_fixtures.h"
#include "tests/faults/journal_harness.h"

namespace holdfast::store {
namespace {

using io::MemoryFileSystem;
using Fault = MemoryFileSystem::Fault;

struct FaultCase {
  Fault fault = Fault::kError;
  bool helper = false;  ///< the faults hit spares made ahead of need and the mark, too
};

class IoError : public ::testing::TestWithParam<FaultCase> {};

TEST_P(IoError, at_any_call_loses_nothing_that_was_acknowledged) {
  const auto [fault, helper] = GetParam();
  const std::vector<std::string> keys = numbered_keys(8);
  MemoryFileSystem clean;
  ASSERT_FALSE(write_groups(clean, keys, {}, helper).error);
  const uint64_t calls = clean.calls();
  size_t failures = 0;
  for (uint64_t call = 1; call <= calls; ++call) {
    MemoryFileSystem files;
    files.fail_call(call, fault);
    const Attempt attempt = write_groups(files, keys, {}, helper);
    failures += attempt.error ? 1 : 0;
    const auto restarted = files.clone();
    restarted->kill();
    ASSERT_EQ(check_recovery(*restarted, attempt), "") << "fault at call " << call;
    const auto gone_on = files.clone();
    ASSERT_EQ(check_goes_on(*gone_on, attempt, helper), "") << "fault at call " << call;
    ASSERT_EQ(
        for_each_power_cut(
            files, [&](MemoryFileSystem& after) { return check_recovery(after, attempt); }, 8, 50),
        "")
        << "fault at call " << call << ", then a power cut";
  }
  // the helper's own failures cost a mark, or are tried again: they end nothing that is
  // acknowledged
  EXPECT_GT(failures, helper ? 10 : calls / 3) << "the faults did not reach the journal";
}

INSTANTIATE_TEST_SUITE_P(
    Faults, IoError,
    ::testing::Values(FaultCase{Fault::kError}, FaultCase{Fault::kShortWrite},
                      FaultCase{Fault::kFailedSync}, FaultCase{Fault::kNoSpace},
                      FaultCase{Fault::kError, true}, FaultCase{Fault::kShortWrite, true},
                      FaultCase{Fault::kFailedSync, true}, FaultCase{Fault::kNoSpace, true}));

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

/// Fills the first segment (six groups) on a disk that has no room for a second one.
class FullDisk : public ::testing::Test {
 protected:
  void open(JournalOptions options = small_options()) {
    options.on_warning = [this](const Error& error) { warnings_.push_back(error.code); };
    options.on_fatal = [this](const Error& error) { fatal_ = error; };
    auto opened = Journal::open(files_, kDirectory, std::move(options));
    ASSERT_TRUE(opened) << opened.error().detail;
    journal_ = std::move(*opened);
  }
  Status write() {
    last_ = testing::append_command(*journal_, last_, "A", &sku_seq_);
    return journal_->flush_group();
  }

  MemoryFileSystem files_;
  std::vector<ErrorCode> warnings_;
  std::optional<Error> fatal_;
  std::unique_ptr<Journal> journal_;
  Seq last_ = 0;
  uint64_t sku_seq_ = 0;
};

/// With and without a file system that says beforehand whether there is room for a spare; one that
/// cannot says it while the spare is filled.
class FullDiskWhere : public FullDisk, public ::testing::WithParamInterface<bool> {};

TEST_P(FullDiskWhere, allocation_works_or_not_refuses_what_adds_until_a_whole_spare_is_there) {
  files_.set_can_allocate(GetParam());
  open();
  EXPECT_TRUE(journal_->has_room());
  files_.set_capacity(40 << 10);  // the first segment, and not another one
  ASSERT_TRUE(write());
  while (journal_->has_room()) journal_->do_work();
  for (int i = 0; i < 25;
       ++i) {  // creating the file of a spare succeeds every time: that is not room
    journal_->do_work();
    ASSERT_FALSE(journal_->has_room()) << "step " << i;
  }
  EXPECT_EQ(warnings_, std::vector<ErrorCode>{ErrorCode::kNoSpace}) << "said once, not per attempt";

  for (int i = 0; i < 5; ++i) {  // releases, expiries: the rest of the segment is theirs
    ASSERT_TRUE(write());
    ASSERT_FALSE(journal_->has_room());
  }
  const Status beyond = write();
  ASSERT_FALSE(beyond);
  EXPECT_EQ(beyond.error().code, ErrorCode::kNoSpace);
  EXPECT_FALSE(journal_->has_room());
  EXPECT_EQ(testing::keys_of(*journal_).size(), 6u);

  files_.set_capacity(0);
  ASSERT_TRUE(journal_->flush_group()) << "the refused group is still there";
  EXPECT_TRUE(journal_->has_room());
  for (int i = 0; i < 8; ++i) ASSERT_TRUE(write());
  EXPECT_FALSE(fatal_);
  journal_.reset();
  files_.kill();
  const auto keys = reopen(files_);
  ASSERT_TRUE(keys) << keys.error().detail;
  EXPECT_EQ(keys->size(), 15u);
}

INSTANTIATE_TEST_SUITE_P(FullDisk, FullDiskWhere, ::testing::Bool());

TEST_F(FullDisk, clears_when_a_spare_is_whole_and_not_before) {
  open();
  ASSERT_TRUE(write());
  files_.set_capacity(40 << 10);
  while (journal_->has_room()) journal_->do_work();
  files_.set_capacity(0);
  int steps = 0;
  while (!journal_->has_room()) {
    ASSERT_FALSE(files_.exists("/data/segment-0000000002.log").value());
    ASSERT_TRUE(journal_->do_work());
    ++steps;
  }
  EXPECT_EQ(steps, 3) << "begin, fill, finish";
  EXPECT_TRUE(files_.exists("/data/segment-0000000002.log").value());
}

TEST_F(FullDisk, holds_up_a_flush_that_needs_a_segment_and_never_fails_it) {
  JournalOptions options = small_options();
  options.helper_thread = true;
  options.spare_bytes_per_s = 0;
  files_.set_capacity(40 << 10);
  open(options);
  std::mutex mutex;
  std::condition_variable changed;
  Seq durable = 0;
  journal_->subscribe([&](Seq seq) {
    const std::lock_guard lock(mutex);
    durable = seq;
    changed.notify_all();
  });
  std::thread writer([&] {
    for (int i = 0; i < 14; ++i) ASSERT_TRUE(write()) << i;
  });
  {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return durable == 6; });  // the reserve is used up
  }
  EXPECT_EQ(journal_->durable_seq(), 6u);
  EXPECT_EQ(testing::keys_of(*journal_).size(), 6u) << "reads go on";
  files_.set_capacity(0);
  writer.join();
  EXPECT_EQ(journal_->durable_seq(), 14u);
  EXPECT_FALSE(fatal_);
}

TEST_F(FullDisk, in_an_allocated_segment_is_final) {
  open();
  ASSERT_TRUE(write());
  files_.fail_call(files_.calls() + 1,
                   Fault::kNoSpace);  // copy on write: the device has no block for it
  const Status failed = write();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::kIo) << "kNoSpace would invite to try again";
  EXPECT_FALSE(write());
}

TEST_F(FullDisk, or_a_failing_one_costs_the_mark_and_nothing_else) {
  for (const Fault fault : {Fault::kError, Fault::kFailedSync, Fault::kNoSpace}) {
    MemoryFileSystem fresh;
    JournalOptions options = small_options();
    std::vector<ErrorCode> warnings;
    options.on_warning = [&](const Error& error) { warnings.push_back(error.code); };
    options.on_fatal = [](const Error& error) { ADD_FAILURE() << error.detail; };
    auto journal = Journal::open(fresh, kDirectory, options);
    ASSERT_TRUE(journal);
    while ((*journal)->do_work()) {
    }
    uint64_t sku_seq = 0;
    Seq last = testing::append_command(**journal, 0, "A", &sku_seq);
    ASSERT_TRUE((*journal)->flush_group());
    fresh.fail_call(fresh.calls() + (fault == Fault::kFailedSync ? 2 : 1), fault);
    ASSERT_TRUE((*journal)->do_work());
    EXPECT_EQ(warnings.size(), 1u);
    for (int i = 0; i < 8; ++i) {
      last = testing::append_command(**journal, last, "A", &sku_seq);
      ASSERT_TRUE((*journal)->flush_group());
      while ((*journal)->do_work()) {
      }
    }
    EXPECT_EQ(warnings.size(), 1u) << "given up, not tried every second";
    fresh.kill();
    const auto keys = reopen(fresh);
    ASSERT_TRUE(keys) << keys.error().detail;
    EXPECT_EQ(keys->size(), 9u);
  }
}

TEST_F(FullDisk, is_not_what_a_failing_disk_is_told_as) {
  open();
  ASSERT_TRUE(journal_->do_work());
  files_.fail_call(files_.calls() + 1, Fault::kError);
  ASSERT_TRUE(journal_->do_work());
  ASSERT_TRUE(fatal_) << "a spare that meets EIO must not end the helper in silence";
  EXPECT_EQ(fatal_->code, ErrorCode::kIo);
}

TEST_F(FullDisk, does_not_keep_a_ledger_from_starting) {
  MemoryFileSystem files;
  const Attempt attempt = write_groups(files, numbered_keys(3));
  files.set_capacity(1);
  auto journal = Journal::open(files, kDirectory, small_options());
  ASSERT_TRUE(journal) << journal.error().detail;
  EXPECT_EQ(check_prefix(attempt, testing::keys_of(**journal)), "");
}

}  // namespace
}  // namespace holdfast::store
