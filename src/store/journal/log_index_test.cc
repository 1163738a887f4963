// The index keeps an entry per 64 KiB of log and finds every group all the same.
#include "store/journal/log_index.h"

#include <gtest/gtest.h>

#include "io/memory_file_system.h"
#include "store/journal/format.h"
#include "store/journal/journal.h"
#include "store/store_fixtures.h"

namespace holdfast::store {
namespace {

using testing::append_command;
using testing::kStart;

constexpr const char* kDirectory = "/data";
constexpr Seq kGroups = 9'000;  // twice what is kept one by one, over many segments

/// A log of kGroups groups; the one of seq 2n − 1 and 2n is of second n.
const io::MemoryFileSystem& written_log() {
  static io::MemoryFileSystem files;
  if (files.calls() > 0) return files;
  JournalOptions options;
  options.segment_bytes = 1 << 20;
  options.spare_bytes_per_s = 0;
  options.helper_thread = false;
  auto journal = Journal::open(files, kDirectory, options);
  EXPECT_TRUE(journal);
  Seq last = 0;
  uint64_t sku_seq = 0;
  for (Seq n = 1; n <= kGroups; ++n) {
    last = append_command(**journal, last, "A", &sku_seq, 2, "k" + std::to_string(n),
                          kStart + static_cast<Duration>(n) * kSecond);
    EXPECT_TRUE((*journal)->flush_group());
  }
  return files;
}

/// Adds the groups of every segment to the index, as recovery does.
void fill(io::FileSystem& files, LogIndex* index) {
  for (uint64_t number = 1;; ++number) {
    auto file =
        files.open(std::string(kDirectory) + "/" + segment_name(number), io::OpenMode::kRead);
    if (!file) return;
    std::string bytes(*(*file)->size(), '\0');
    ASSERT_EQ(*(*file)->read_at(0, bytes.data(), bytes.size()), bytes.size());
    GroupHeader header;
    for (size_t at = kBlockBytes; at < bytes.size(); at += extent_bytes(header.payload_bytes)) {
      if (!decode_group_header(std::string_view(bytes).substr(at), &header)) break;
      if (header.kind != GroupKind::kEvents) break;
      index->add({header.first_seq, header.first_seq + header.events - 1, header.time,
                  static_cast<uint32_t>(number),
                  static_cast<uint32_t>(extent_bytes(header.payload_bytes)), at},
                 {}, nullptr);
    }
  }
}

class LogIndexTest : public ::testing::Test {
 protected:
  LogIndexTest() : files_(written_log().clone()), index_(*files_, kDirectory) {
    fill(*files_, &index_);
  }
  std::unique_ptr<io::MemoryFileSystem> files_;
  LogIndex index_;
};

TEST_F(LogIndexTest, TakesAFractionOfAnEntryPerOldGroup) {
  EXPECT_EQ(index_.groups(), kGroups);
  EXPECT_LT(index_.entries(), 4'096 + (kGroups - 4'096) / 8);
}

TEST_F(LogIndexTest, FindsEveryGroupBySeqAndByTime) {
  for (Seq n = 1; n <= kGroups; n += n < 40 ? 1 : 7) {
    for (const Seq seq : {2 * n - 1, 2 * n}) {
      const auto group = index_.find(seq);
      ASSERT_TRUE(group) << group.error().detail;
      ASSERT_EQ(group->first_seq, 2 * n - 1);
      ASSERT_EQ(group->last_seq, 2 * n);
    }
    const Timestamp time = kStart + static_cast<Duration>(n) * kSecond;
    ASSERT_EQ(*index_.last_seq_at(time), 2 * n);
    ASSERT_EQ(*index_.last_seq_at(time + kMillisecond), 2 * n);
    ASSERT_EQ(*index_.last_seq_at(time - kMillisecond), 2 * n - 2);
  }
}

TEST_F(LogIndexTest, ReplaysFromTheMiddleOfAnyGroup) {
  struct Counting final : LogVisitor {
    void begin_command(const CommandHead&, Seq first_seq, Timestamp) override {
      if (first == 0) first = first_seq;
    }
    void event(const Event& event) override {
      EXPECT_TRUE(last == 0 || event.seq == last + 1);
      last = event.seq;
    }
    void end_command() override {}
    Seq first = 0, last = 0;
  };
  for (const Seq after : {Seq{0}, Seq{1}, Seq{2}, Seq{1'001}, 2 * kGroups - 1}) {
    Counting seen;
    ASSERT_TRUE(index_.replay(after, seen));
    EXPECT_EQ(seen.first, after / 2 * 2 + 1) << "from the start of its command";
    EXPECT_EQ(seen.last, 2 * kGroups);
  }
}

TEST_F(LogIndexTest, ADamagedHeaderOnTheWayIsCorruptionWithItsPlace) {
  auto file =
      files_->open(std::string(kDirectory) + "/" + segment_name(1), io::OpenMode::kReadWrite);
  ASSERT_TRUE((*file)->write_at(3 * kBlockBytes, "damaged", 7));
  ASSERT_TRUE(index_.find(3));
  const auto beyond = index_.find(7);
  ASSERT_FALSE(beyond);
  EXPECT_EQ(beyond.error().code, ErrorCode::kCorrupt);
  EXPECT_NE(beyond.error().detail.find("offset 12288"), std::string::npos) << beyond.error().detail;
}

}  // namespace
}  // namespace holdfast::store
