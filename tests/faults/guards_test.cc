// Each guard durability rests on, switched off: the harness finds the loss. Switched on: it finds
// none.
#include <gtest/gtest.h>

#include "store/journal/format.h"
#include "tests/faults/journal_harness.h"

namespace holdfast::store {
namespace {

using io::MemoryFileSystem;
using Fault = MemoryFileSystem::Fault;

/// The first complaint over power cuts at every call.
std::string cut_everywhere(JournalGuards guards) {
  const std::vector<std::string> keys = numbered_keys(5);
  MemoryFileSystem clean;
  write_groups(clean, keys, guards);
  for (uint64_t call = 1; call <= clean.calls(); ++call) {
    MemoryFileSystem files;
    files.fail_call(call, Fault::kPowerOff);
    const Attempt attempt = write_groups(files, keys, guards);
    const std::string found = for_each_power_cut(
        files, [&](MemoryFileSystem& after) { return check_recovery(after, attempt, guards); });
    if (!found.empty()) return found;
  }
  return {};
}

TEST(Guards, without_one_unsynced_group_a_power_cut_refuses_to_start) {
  JournalGuards guards;
  EXPECT_EQ(cut_everywhere(guards), "");
  guards.one_unsynced_group = false;
  EXPECT_NE(cut_everywhere(guards), "");
}

/// Restarts a killed process at every call and after every failed flush; then the power goes.
std::string restart_everywhere(JournalGuards guards) {
  const std::vector<std::string> keys = numbered_keys(5);
  MemoryFileSystem clean;
  write_groups(clean, keys, guards);
  for (const Fault fault : {Fault::kPowerOff, Fault::kFailedSync}) {
    for (uint64_t call = 1; call <= clean.calls(); ++call) {
      MemoryFileSystem files;
      files.fail_call(call, fault);
      const Attempt attempt = write_groups(files, keys, guards);
      const std::string found = check_recovery(files, attempt, guards);
      if (!found.empty()) return found;
    }
  }
  return {};
}

TEST(Guards, without_reading_past_the_cache_what_was_served_is_lost) {
  JournalGuards guards;
  EXPECT_EQ(restart_everywhere(guards), "");
  guards.bypass_cache = false;
  EXPECT_NE(restart_everywhere(guards).find("after serving: "), std::string::npos);
}

/// Flips each bit of the last acknowledged group; the complaint where events go missing in silence.
std::string flip_the_last_group(JournalGuards guards) {
  MemoryFileSystem base;
  const Attempt attempt = write_groups(base, numbered_keys(3), guards);
  for (uint64_t bit = 3 * kBlockBytes * 8; bit < 4 * kBlockBytes * 8; ++bit) {
    const auto files = base.clone();
    files->kill();
    files->flip_bit(kFirstSegment, bit);
    const auto keys = reopen(*files, guards);
    if (!keys) continue;  // refused: detected
    const std::string wrong = check_prefix(attempt, *keys);
    if (!wrong.empty()) return wrong;
  }
  return {};
}

TEST(Guards, without_the_zero_sector_rule_a_flipped_bit_cuts_the_last_group) {
  JournalGuards guards;
  EXPECT_EQ(flip_the_last_group(guards), "");
  guards.zero_sector_rule = false;
  EXPECT_NE(flip_the_last_group(guards).find("lost: "), std::string::npos);
}

/// An old version of a group comes back where a newer one was acknowledged (a write the device
/// lost, or put somewhere else): each place in turn.
std::string bring_back_stale_groups(JournalGuards guards) {
  MemoryFileSystem base;
  write_groups(base, numbered_keys(2), guards);
  const auto old_history = base.clone();
  old_history->kill();
  write_groups(*old_history, numbered_keys(3, "old-"), guards);
  base.kill();
  Attempt attempt = write_groups(base, numbered_keys(3, "new-"), guards);
  attempt.tried.insert(attempt.tried.begin(), {"key-0", "key-1"});
  attempt.acknowledged += 2;

  const std::string stale = old_history->contents(kFirstSegment);
  for (uint64_t block = 3; block < 5; ++block) {
    const auto files = base.clone();
    files->kill();
    files->overwrite(kFirstSegment, block * kBlockBytes,
                     std::string_view(stale).substr(block * kBlockBytes, kBlockBytes));
    const auto keys = reopen(*files, guards);
    if (!keys) continue;
    const std::string wrong = check_prefix(attempt, *keys);
    if (!wrong.empty()) return wrong;
  }
  return {};
}

TEST(Guards, without_the_chain_hash_a_stale_group_replaces_an_acknowledged_one) {
  JournalGuards guards;
  EXPECT_EQ(bring_back_stale_groups(guards), "");
  guards.chain_hash = false;
  EXPECT_NE(bring_back_stale_groups(guards), "");
}

TEST(Guards, misplaced_groups_are_never_read_in_another_ones_place) {
  MemoryFileSystem base;
  const Attempt attempt = write_groups(base, numbered_keys(5));
  const std::string bytes = base.contents(kFirstSegment);
  for (uint64_t from = 0; from < 7; ++from) {
    for (uint64_t to = 0; to < 6; ++to) {
      if (from == to) continue;
      const auto files = base.clone();
      files->kill();
      files->overwrite(kFirstSegment, to * kBlockBytes,
                       std::string_view(bytes).substr(from * kBlockBytes, kBlockBytes));
      const auto keys = reopen(*files);
      const bool is_lost_tail =
          from == 6 && to == 5;  // zeros over the last group: only the mark can tell
      EXPECT_TRUE(!keys || is_lost_tail) << "block " << from << " over block " << to;
    }
  }
}

TEST(Guards, the_mark_catches_a_last_group_that_was_never_written_or_is_an_old_one) {
  MemoryFileSystem files;
  write_groups(files, numbered_keys(3), {}, true);
  const auto lost = files.clone();
  lost->overwrite(kFirstSegment, 3 * kBlockBytes, std::string(kBlockBytes, '\0'));
  const auto keys = reopen(*lost);
  ASSERT_FALSE(keys);
  EXPECT_NE(keys.error().detail.find("durable.mark"), std::string::npos) << keys.error().detail;

  MemoryFileSystem other;
  write_groups(other, {"key-0", "key-1", "old-2"}, {}, true);
  files.overwrite(
      kFirstSegment, 3 * kBlockBytes,
      std::string_view(other.contents(kFirstSegment)).substr(3 * kBlockBytes, kBlockBytes));
  const auto stale = reopen(files);
  ASSERT_FALSE(stale);
  EXPECT_NE(stale.error().detail.find("durable.mark"), std::string::npos) << stale.error().detail;
}

}  // namespace
}  // namespace holdfast::store
