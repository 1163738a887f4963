// feed.log: what was flushed comes back, a torn end is cut, anything else is refused. On a file
// system in memory that loses what it was not told to keep.
#include "feed/cursor_file.h"

#include <gtest/gtest.h>

#include "io/memory_file_system.h"

namespace holdfast::feed {
namespace {

constexpr const char* kPath = "data/feed.log";

class CursorFileTest : public testing::Test {
 protected:
  CursorFileTest() {
    EXPECT_TRUE(files_.make_directories("data"));
    EXPECT_TRUE(files_.sync_directory("data"));
  }
  Result<std::unique_ptr<CursorFile>> open(io::MemoryFileSystem& files) {
    return CursorFile::open(files, kPath, "ledger");
  }
  std::unique_ptr<CursorFile> reopen() {
    files_.kill();
    auto opened = open(files_);
    EXPECT_TRUE(opened) << opened.error().detail;
    return std::move(*opened);
  }

  io::MemoryFileSystem files_;
};

DeadLetter letter(Seq seq) { return {seq, "sku", 3, 4, "HTTP 500", Timestamp{1'000}}; }

TEST_F(CursorFileTest, EverythingComesBack) {
  auto file = reopen();
  file->append(
      "erp", {CursorMoved{7, 2}, SkuParked{"a", 5, 1}, SkuParked{"b", 6, 2}, SkuUnparked{"b"},
              DeadLettered{letter(4)}, DeadLettered{letter(3)}, DeadLetterGone{3}, PushBlock{1'000},
              StateChanged{SinkState::kDisabled, "HTTP 410"}});
  file->append("shop", {CursorMoved{9, 0}});
  ASSERT_TRUE(file->flush());
  file = reopen();
  const SavedSink erp = file->saved("erp");
  EXPECT_TRUE(erp.known);
  EXPECT_EQ(erp.cursor, 7u);
  EXPECT_EQ(erp.incarnation, 2u);
  ASSERT_EQ(erp.parked.size(), 1u);
  EXPECT_EQ(erp.parked.at("a").from, 5u);
  EXPECT_EQ(erp.parked.at("a").attempts, 1u);
  ASSERT_EQ(erp.dead_letters.size(), 1u);
  EXPECT_EQ(erp.dead_letters.at(4).reason, "HTTP 500");
  EXPECT_EQ(erp.push_block_last, 1'000u);
  EXPECT_EQ(erp.state, SinkState::kDisabled);
  EXPECT_EQ(erp.reason, "HTTP 410");
  EXPECT_EQ(file->saved("shop").cursor, 9u);
  EXPECT_FALSE(file->saved("nobody").known);
  EXPECT_EQ(file->highest_cursor(0), 9u);
  EXPECT_EQ(file->highest_cursor(2), 7u);
  EXPECT_EQ(file->highest_cursor(3), 0u) << "cursors of a future that was given up";
}

TEST_F(CursorFileTest, RecordsAreDurableOnlyAfterAFlush) {
  auto file = reopen();
  const uint64_t first = file->append("erp", {CursorMoved{1, 0}});
  EXPECT_LT(file->durable(), first);
  ASSERT_TRUE(file->flush());
  EXPECT_GE(file->durable(), first);
  file->append("erp", {CursorMoved{2, 0}});
  EXPECT_EQ(reopen()->saved("erp").cursor, 1u);
}

TEST_F(CursorFileTest, APowerCutAtAnySectorLeavesAPrefix) {
  auto file = reopen();
  file->append("erp", {CursorMoved{1, 0}});
  ASSERT_TRUE(file->flush());
  // The next flush writes several sectors; power goes before it returns.
  std::vector<CursorRecord> records;
  for (int i = 0; i < 60; ++i)
    records.push_back(SkuParked{std::string(100, 'x') + std::to_string(i), 9, 1});
  records.push_back(CursorMoved{99, 0});
  file->append("erp", records);
  files_.reset_calls();
  files_.fail_call(2,
                   io::MemoryFileSystem::Fault::kPowerOff);  // the write is done, the flush is not
  EXPECT_FALSE(file->flush());
  const size_t sectors = files_.unsynced_sectors().size();
  ASSERT_GT(sectors, 5u);
  for (uint32_t kept = 0; kept < (1u << std::min<size_t>(sectors, 10)); ++kept) {
    const auto copy = files_.clone();
    std::vector<bool> keep(sectors, true);
    for (size_t i = 0; i < sectors && i < 10; ++i) keep[i] = (kept >> i & 1) != 0;
    copy->power_cut(keep, copy->unsynced_names());
    const auto opened = open(*copy);
    ASSERT_TRUE(opened) << kept << ": " << opened.error().detail;
    const Seq cursor = (*opened)->saved("erp").cursor;
    EXPECT_TRUE(cursor == 1 || cursor == 99);
    // Whole or not at all: a cursor never comes back without what was parked before it.
    EXPECT_EQ((*opened)->saved("erp").parked.size(), cursor == 99 ? 60u : 0u);
  }
}

TEST_F(CursorFileTest, AFlippedBitInsideIsRefusedAndNeverGuessed) {
  auto file = reopen();
  for (Seq seq = 1; seq <= 3; ++seq) {
    file->append("erp", {CursorMoved{seq, 0}});
    ASSERT_TRUE(file->flush());
  }
  const size_t bits = files_.contents(kPath).size() * 8;
  for (uint64_t bit = 0; bit < bits; ++bit) {
    const auto copy = files_.clone();
    copy->kill();
    copy->flip_bit(kPath, bit);
    EXPECT_FALSE(open(*copy)) << "bit " << bit;
  }
}

TEST_F(CursorFileTest, AFailedFlushIsMadeGoodByTheNext) {
  for (uint64_t call = 1; call <= 8; ++call) {
    for (const auto fault :
         {io::MemoryFileSystem::Fault::kError, io::MemoryFileSystem::Fault::kShortWrite,
          io::MemoryFileSystem::Fault::kFailedSync, io::MemoryFileSystem::Fault::kNoSpace}) {
      auto file = reopen();
      const Seq before = file->saved("erp").cursor;
      files_.reset_calls();
      files_.fail_call(call, fault);
      file->append("erp", {CursorMoved{before + 1, 0}});
      const Status first = file->flush();
      file->append("erp", {CursorMoved{before + 2, 0}});
      Status second = file->flush();
      for (int tries = 0; !second && tries < 3; ++tries) second = file->flush();
      ASSERT_TRUE(second) << second.error().detail;
      EXPECT_FALSE(file->dirty());
      EXPECT_EQ(reopen()->saved("erp").cursor, before + 2);
    }
  }
}

TEST_F(CursorFileTest, ItIsRewrittenWhenItHasGrown) {
  auto file = reopen();
  uint64_t largest = 0;
  for (Seq seq = 1; seq <= 60'000; ++seq) {
    file->append("erp", {SkuParked{std::string(60, 'x'), seq, 1}, CursorMoved{seq, 0}});
    if (seq % 50 == 0) {
      ASSERT_TRUE(file->flush());
    }
    largest = std::max(largest, file->bytes());
  }
  EXPECT_GT(largest, 1u << 20);
  EXPECT_LT(largest, 2u << 20);
  EXPECT_EQ(reopen()->saved("erp").cursor, 60'000u);
  EXPECT_EQ(reopen()->saved("erp").parked.size(), 1u);
}

TEST_F(CursorFileTest, ItGoesOnGrowingWhereAFullDiskHasNoRoomForARewrite) {
  auto file = reopen();
  Seq seq = 0;
  while (file->bytes() < (1u << 20)) {
    file->append("erp", {SkuParked{std::string(4'000, 'x'), ++seq, 1}, CursorMoved{seq, 0}});
    ASSERT_TRUE(file->flush());
  }
  files_.set_capacity(1);
  for (int i = 0; i < 50; ++i) {
    file->append("erp", {CursorMoved{++seq, 0}});
    ASSERT_TRUE(file->flush()) << i;
  }
  EXPECT_GT(file->bytes(), 1u << 20);
  EXPECT_EQ(reopen()->saved("erp").cursor, seq);
}

TEST_F(CursorFileTest, AnotherLedgersFileIsRefused) {
  reopen();
  files_.kill();
  const auto opened = CursorFile::open(files_, kPath, "another");
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::kWrongVersion);
}

}  // namespace
}  // namespace holdfast::feed
