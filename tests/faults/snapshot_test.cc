// A snapshot being written when the disk fails or the machine goes down: there whole, or not at
// all, and the log never the worse for it.
#include <gtest/gtest.h>

#include "store/store_fixtures.h"
#include "tests/faults/journal_harness.h"

namespace holdfast::store {
namespace {

using io::MemoryFileSystem;
using Fault = MemoryFileSystem::Fault;

std::vector<std::string> rows_of(Seq seq) {
  return {std::string(1'500, 'r'), "the rows of " + std::to_string(seq)};
}

/// Writes a snapshot of the log's end, as the engine's snapshot thread does. The last thing that
/// went wrong.
Status write_snapshot(MemoryFileSystem& files) {
  HF_ASSIGN(journal, Journal::open(files, kDirectory, small_options()));
  const Seq seq = journal->durable_seq();
  HF_ASSIGN(writer, journal->begin_snapshot(seq));
  for (const std::string& rows : rows_of(seq)) HF_TRY(writer->append(rows));
  return journal->finish_snapshot(*writer, {seq, 1});
}

/// Opens, and checks that the log is all there and the snapshot that is loaded is whole.
std::string check(MemoryFileSystem& files, Seq last, Seq least_snapshot) {
  const auto journal = Journal::open(files, kDirectory, small_options());
  if (!journal) return "does not start: " + journal.error().detail;
  if (testing::keys_of(**journal) != numbered_keys(last)) return "the log is not what it was";
  std::vector<std::string> rows;
  const auto info = (*journal)->load_snapshot([&](std::string_view slice) {
    rows.emplace_back(slice);
    return true;
  });
  if (!info) return "cannot be loaded: " + info.error().detail;
  const Seq seq = *info ? (*info)->point.seq : 0;
  if (seq < least_snapshot) return "the snapshot of before is gone";
  if (*info && (rows != rows_of(seq) || (*info)->state_hash != Hash128{seq, 1})) {
    return "a snapshot that is not whole was loaded";
  }
  if (!(*journal)->passed_over().empty()) return (*journal)->passed_over().front();
  const std::vector<std::string> names = files.list(kDirectory).value();
  for (const std::string& name : names) {
    if (name.ends_with(".tmp")) return name + " was left behind";
  }
  return {};
}

class SnapshotFault : public ::testing::TestWithParam<Fault> {};

TEST_P(SnapshotFault, at_any_call_leaves_the_log_and_the_snapshot_of_before) {
  for (const bool has_older : {false, true}) {
    MemoryFileSystem base;
    write_groups(base, numbered_keys(2));
    ASSERT_TRUE(!has_older || write_snapshot(base));
    base.kill();
    for (uint64_t call = 1;; ++call) {
      const auto files = base.clone();
      files->kill();
      files->fail_call(call, GetParam());
      const Status written = write_snapshot(*files);
      const Seq least = written ? 2 : has_older ? 2 : 0;
      ASSERT_EQ(for_each_power_cut(
                    *files, [&](MemoryFileSystem& after) { return check(after, 2, least); }, 6, 40),
                "")
          << "fault at call " << call;
      files->kill();
      ASSERT_EQ(check(*files, 2, least), "") << "fault at call " << call << ", then a kill";
      if (written && call > 60) break;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Faults, SnapshotFault,
                         ::testing::Values(Fault::kPowerOff, Fault::kError, Fault::kShortWrite,
                                           Fault::kFailedSync, Fault::kNoSpace));

TEST(Snapshots, an_older_one_is_there_when_the_newest_is_not_liked) {
  MemoryFileSystem files;
  write_groups(files, {"key-0"});
  ASSERT_TRUE(write_snapshot(files));
  files.kill();
  write_groups(files, {"key-1"});
  ASSERT_TRUE(write_snapshot(files));
  files.kill();
  auto journal = Journal::open(files, kDirectory, small_options());
  ASSERT_TRUE(journal);
  const auto newest = (*journal)->load_snapshot([](std::string_view) { return false; });
  ASSERT_TRUE(newest && newest->has_value()) << "rows that are refused are no error";
  EXPECT_EQ((*newest)->point.seq, 2u);
  std::vector<std::string> rows;
  const auto older = (*journal)->load_snapshot(
      [&](std::string_view slice) {
        rows.emplace_back(slice);
        return true;
      },
      2);
  ASSERT_TRUE(older && older->has_value());
  EXPECT_EQ((*older)->point.seq, 1u);
  EXPECT_EQ(rows, rows_of(1));
  EXPECT_FALSE((*journal)->load_snapshot([](std::string_view) { return true; }, 1)->has_value());
}

}  // namespace
}  // namespace holdfast::store
