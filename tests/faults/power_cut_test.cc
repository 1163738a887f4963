// R3: power goes at every call; any subset of unsynced sectors and names survives; exactly the
// acknowledged prefix comes back, plus possibly an unacknowledged tail.
#include <gtest/gtest.h>

#include "tests/faults/journal_harness.h"

namespace holdfast::store {
namespace {

using io::MemoryFileSystem;

uint64_t calls_of(const std::vector<std::string>& keys, bool helper = false) {
  MemoryFileSystem files;
  EXPECT_FALSE(write_groups(files, keys, {}, helper).error);
  return files.calls();
}

TEST(PowerCut, at_every_call_with_every_subset_of_sectors_keeps_what_was_acknowledged) {
  const std::vector<std::string> keys = numbered_keys(8);  // over the end of the first segment
  for (const bool helper : {false, true}) {
    const uint64_t calls = calls_of(keys, helper);
    ASSERT_GT(calls, 40u);
    for (uint64_t call = 1; call <= calls; ++call) {
      MemoryFileSystem files;
      files.fail_call(call, MemoryFileSystem::Fault::kPowerOff);
      const Attempt attempt = write_groups(files, keys, {}, helper);
      ASSERT_EQ(for_each_power_cut(
                    files, [&](MemoryFileSystem& after) { return check_recovery(after, attempt); }),
                "")
          << "power off at call " << call;
    }
  }
}

TEST(PowerCut, with_every_subset_of_the_first_group_and_its_segment_header) {
  // 16 sectors, header block and group: all 65,536 subsets
  const std::vector<std::string> keys = numbered_keys(1);
  for (uint64_t call = calls_of(keys); call > 0; --call) {
    MemoryFileSystem files;
    files.fail_call(call, MemoryFileSystem::Fault::kPowerOff);
    const Attempt attempt = write_groups(files, keys);
    if (files.unsynced_sectors().size() != 16) continue;
    size_t cuts = 0;
    EXPECT_EQ(for_each_power_cut(
                  files,
                  [&](MemoryFileSystem& after) {
                    ++cuts;
                    const auto served = reopen(after);
                    return served ? check_prefix(attempt, *served) : served.error().detail;
                  },
                  16),
              "");
    EXPECT_GE(cuts, 65'536u);
    return;
  }
  FAIL() << "no call had the first group unsynced";
}

TEST(PowerCut, during_recovery_itself_is_recovered_from) {
  // a torn tail is zeroed at start: the power goes again at each call of that
  MemoryFileSystem files;
  const std::vector<std::string> keys = numbered_keys(4);
  uint64_t call = calls_of(keys);
  Attempt attempt;
  for (;; --call) {
    MemoryFileSystem fresh;
    fresh.fail_call(call, MemoryFileSystem::Fault::kPowerOff);
    attempt = write_groups(fresh, keys);
    if (fresh.unsynced_sectors().size() != 8) continue;
    const auto copy = fresh.clone();
    copy->power_cut({true, true, false, true, false, true, true, true}, 0);
    for (uint64_t inner = 1;; ++inner) {
      const auto torn = copy->clone();
      torn->fail_call(inner, MemoryFileSystem::Fault::kPowerOff);
      const auto opened = reopen(*torn);
      ASSERT_EQ(for_each_power_cut(
                    *torn, [&](MemoryFileSystem& after) { return check_recovery(after, attempt); }),
                "")
          << "power off at call " << inner << " of recovery";
      if (opened) return;
      ASSERT_LT(inner, 1000u);
    }
  }
}

TEST(PowerCut, a_large_group_over_many_sectors) {
  MemoryFileSystem files;
  ASSERT_FALSE(write_groups(files, numbered_keys(2), {}, false, 100).error);
  const auto base = files.clone();
  for (uint64_t call = 1;; ++call) {
    const auto copy = base->clone();
    copy->kill();
    copy->fail_call(call, MemoryFileSystem::Fault::kPowerOff);
    Attempt attempt = write_groups(*copy, {"big"}, {}, false, 120);
    const bool done = !attempt.error;
    attempt.tried.insert(attempt.tried.begin(), {"key-0", "key-1"});
    if (attempt.tried.size() == 2) attempt.tried.push_back("big");
    attempt.acknowledged += 2;
    ASSERT_EQ(for_each_power_cut(
                  *copy, [&](MemoryFileSystem& after) { return check_recovery(after, attempt); }),
              "")
        << "power off at call " << call;
    if (done) return;
  }
}

TEST(PowerCut, after_a_kill_and_a_restart_takes_nothing_that_was_acknowledged_before_or_since) {
  // Among the calls is the one between the rename of a spare and the flush of its directory: the
  // segment is there for the next process, groups go into it, and its name is not on the device
  // yet.
  const std::vector<std::string> keys = numbered_keys(8);
  for (const bool helper : {false, true}) {
    const uint64_t calls = calls_of(keys, helper);
    for (uint64_t call = 1; call <= calls; ++call) {
      MemoryFileSystem files;
      files.fail_call(call, MemoryFileSystem::Fault::kPowerOff);
      const Attempt attempt = write_groups(files, keys, {}, helper);
      ASSERT_EQ(check_goes_on(files, attempt, helper), "") << "killed at call " << call;
    }
  }
}

TEST(PowerCut, a_process_that_is_killed_loses_nothing_and_serves_nothing_it_could_lose) {
  const std::vector<std::string> keys = numbered_keys(8);
  const uint64_t calls = calls_of(keys);
  for (uint64_t call = 1; call <= calls; ++call) {
    MemoryFileSystem files;
    files.fail_call(call, MemoryFileSystem::Fault::kPowerOff);
    const Attempt attempt = write_groups(files, keys);  // ends with kill(): the cache stays
    ASSERT_EQ(check_recovery(files, attempt), "") << "killed at call " << call;
  }
}

}  // namespace
}  // namespace holdfast::store
