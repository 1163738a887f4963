// What recovery checks before it writes anything, and a journal that is only read.
#include <gtest/gtest.h>

#include "store/journal/format.h"
#include "store/store_fixtures.h"
#include "tests/faults/journal_harness.h"

namespace holdfast::store {
namespace {

using io::MemoryFileSystem;
using Fault = MemoryFileSystem::Fault;

/// Three groups; of the third a sector is missing, as if it had been torn.
class TornTail : public ::testing::Test {
 protected:
  TornTail() {
    write_groups(files_, numbered_keys(3));
    files_.power_cut({}, 0);
  }
  void tear() {
    files_.overwrite(kFirstSegment, 3 * kBlockBytes + 512, std::string(512, '\0'));
    torn_ = files_.contents(kFirstSegment);
  }
  Result<std::unique_ptr<Journal>> open(JournalOptions options = small_options()) {
    return Journal::open(files_, kDirectory, std::move(options));
  }

  MemoryFileSystem files_;
  std::string torn_;
};

TEST_F(TornTail, is_not_zeroed_before_the_snapshots_were_asked) {
  {
    auto journal = open();
    ASSERT_TRUE(journal);
    auto writer = (*journal)->begin_snapshot(3);
    ASSERT_TRUE(writer && (*journal)->finish_snapshot(**writer, {}));
  }
  tear();
  const auto refused = open();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kSnapshotAhead);
  EXPECT_EQ(files_.contents(kFirstSegment), torn_) << "what a rescue could still use";

  // a snapshot that cannot be read may be just the one that names it
  for (uint64_t call = 1; call < 100; ++call) {
    const auto copy = files_.clone();
    copy->kill();
    copy->fail_call(call, Fault::kError);
    ASSERT_FALSE(Journal::open(*copy, kDirectory, small_options())) << call;
    ASSERT_EQ(copy->contents(kFirstSegment), torn_) << "error at call " << call;
  }
}

TEST_F(TornTail, that_a_cursor_names_was_acknowledged) {
  tear();
  JournalOptions options = small_options();
  std::string asked_for;
  options.find_known_seq = [&](const LedgerIdentity& identity) -> Result<Seq> {
    asked_for = identity.ledger_id;
    return Seq{3};
  };
  const auto refused = open(options);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kCorrupt);
  EXPECT_NE(refused.error().detail.find("a cursor names seq 3"), std::string::npos);
  EXPECT_EQ(asked_for, "faultstest00");
  EXPECT_EQ(files_.contents(kFirstSegment), torn_);

  options.find_known_seq = [](const LedgerIdentity&) -> Result<Seq> {
    return fail(ErrorCode::kIo, "feed.log cannot be read");
  };
  EXPECT_EQ(open(options).error().code, ErrorCode::kIo);
  options.find_known_seq = [](const LedgerIdentity&) -> Result<Seq> { return Seq{2}; };
  const auto opened = open(options);
  ASSERT_TRUE(opened) << opened.error().detail;
  EXPECT_TRUE((*opened)->recovery().torn_tail);
  EXPECT_EQ((*opened)->durable_seq(), 2u);
}

TEST_F(TornTail, is_reported_and_left_by_a_journal_that_only_reads) {
  tear();
  ASSERT_TRUE(files_.remove("/data/durable.mark"));
  const auto names = files_.list(kDirectory).value();
  JournalOptions options = small_options();
  options.read_only = true;
  {
    auto journal = open(options);
    ASSERT_TRUE(journal) << journal.error().detail;
    EXPECT_TRUE((*journal)->recovery().torn_tail);
    EXPECT_EQ((*journal)->recovery().torn_offset, 3 * kBlockBytes);
    EXPECT_EQ(testing::keys_of(**journal), numbered_keys(2));
    EXPECT_TRUE((*journal)->verify());
    EXPECT_FALSE((*journal)->do_work());
    EXPECT_FALSE((*journal)->has_room());
    EXPECT_EQ(open(options).error().code, ErrorCode::kInUse);
  }
  EXPECT_EQ(files_.list(kDirectory).value(), names) << "no spare, no mark";
  EXPECT_EQ(files_.contents(kFirstSegment), torn_);
}

TEST(ReadOnly, makes_no_ledger) {
  MemoryFileSystem files;
  ASSERT_TRUE(files.make_directories(kDirectory));
  JournalOptions options = small_options();
  options.read_only = true;
  EXPECT_EQ(Journal::open(files, kDirectory, options).error().code, ErrorCode::kIo);
  EXPECT_TRUE(files.list(kDirectory).value().empty());
}

}  // namespace
}  // namespace holdfast::store
