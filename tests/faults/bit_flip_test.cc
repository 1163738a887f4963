// R4: every single-bit flip of a small journal and of a snapshot is detected.
#include <gtest/gtest.h>

#include "tests/faults/journal_harness.h"

namespace holdfast::store {
namespace {

using io::MemoryFileSystem;

constexpr uint64_t kWritten = 4096 * 4;  // header block and three groups

struct Flipped {
  ErrorCode code = ErrorCode::kNone;
  bool is_torn = false;
  std::string wrong;
};

Flipped open_with_flip(const MemoryFileSystem& base, const Attempt& attempt,
                       const std::string& path, uint64_t bit) {
  const auto files = base.clone();
  files->kill();
  files->flip_bit(path, bit);
  Flipped result;
  auto journal = Journal::open(*files, kDirectory, small_options());
  if (!journal) {
    result.code = journal.error().code;
    return result;
  }
  result.is_torn = (*journal)->recovery().torn_tail;
  files->kill();
  journal->reset();
  const auto keys = reopen(*files);
  result.wrong = keys ? check_prefix(attempt, *keys) : keys.error().detail;
  return result;
}

class BitFlip : public ::testing::Test {
 protected:
  BitFlip() { attempt_ = write_groups(files_, numbered_keys(3)); }
  MemoryFileSystem files_;
  Attempt attempt_;
};

TEST_F(BitFlip, of_anything_written_is_corruption) {
  ASSERT_EQ(attempt_.acknowledged, 3u);
  ASSERT_TRUE(reopen(files_));
  for (uint64_t bit = 0; bit < kWritten * 8; ++bit) {
    const Flipped flipped = open_with_flip(files_, attempt_, kFirstSegment, bit);
    ASSERT_EQ(flipped.code, ErrorCode::kCorrupt) << "byte " << bit / 8 << " bit " << bit % 8;
  }
}

TEST_F(BitFlip, of_a_sealed_segment_and_of_the_header_of_the_next_is_corruption) {
  MemoryFileSystem files;
  const Attempt attempt = write_groups(files, numbered_keys(8));
  ASSERT_EQ(attempt.acknowledged, 8u);
  ASSERT_TRUE(reopen(files));
  constexpr uint64_t kSeal = 7;  // block of it, behind header and six groups
  for (uint64_t bit = kSeal * 4096 * 8; bit < (kSeal + 1) * 4096 * 8; ++bit) {
    const Flipped flipped = open_with_flip(files, attempt, kFirstSegment, bit);
    ASSERT_EQ(flipped.code, ErrorCode::kCorrupt) << "seal, bit " << bit;
  }
  const std::string second = "/data/segment-0000000002.log";
  for (uint64_t bit = 0; bit < 4096 * 8; ++bit) {
    const Flipped flipped = open_with_flip(files, attempt, second, bit);
    ASSERT_EQ(flipped.code, ErrorCode::kCorrupt) << "header of segment 2, bit " << bit;
  }
  for (const std::string& path : {std::string(kFirstSegment), second}) {
    const uint64_t end = path == second ? 3 * 4096 : 7 * 4096;
    for (uint64_t byte = 0; byte < end; ++byte) {
      const Flipped flipped = open_with_flip(files, attempt, path, byte * 8 + byte % 8);
      ASSERT_EQ(flipped.code, ErrorCode::kCorrupt) << path << ", byte " << byte;
    }
  }
}

TEST_F(BitFlip, of_the_unwritten_area_is_refused_or_cut_and_loses_nothing) {
  const uint64_t size = files_.contents(kFirstSegment).size();
  for (uint64_t byte = kWritten; byte < size; ++byte) {
    const Flipped flipped = open_with_flip(files_, attempt_, kFirstSegment, byte * 8 + byte % 8);
    ASSERT_TRUE(flipped.code == ErrorCode::kCorrupt || flipped.is_torn) << "byte " << byte;
    ASSERT_EQ(flipped.wrong, "") << "byte " << byte;
  }
}

TEST_F(BitFlip, of_a_spare_is_refused) {
  MemoryFileSystem files;
  const Attempt attempt = write_groups(files, numbered_keys(3), {}, true);
  const std::string spare = "/data/segment-0000000002.log";
  const uint64_t size = files.contents(spare).size();
  ASSERT_GT(size, 0u) << "no spare was made";
  for (uint64_t byte = 0; byte < size; byte += 7) {
    ASSERT_EQ(open_with_flip(files, attempt, spare, byte * 8 + byte % 8).code, ErrorCode::kCorrupt)
        << byte;
  }
}

TEST_F(BitFlip, of_the_identity_is_refused) {
  const uint64_t bits = files_.contents("/data/identity").size() * 8;
  for (uint64_t bit = 0; bit < bits; ++bit) {
    const ErrorCode code = open_with_flip(files_, attempt_, "/data/identity", bit).code;
    ASSERT_TRUE(code == ErrorCode::kCorrupt || code == ErrorCode::kWrongVersion) << bit;
  }
}

TEST_F(BitFlip, of_the_mark_loses_nothing) {
  MemoryFileSystem files;
  const Attempt attempt = write_groups(files, numbered_keys(3), {}, true);
  for (uint64_t bit = 0; bit < 1024 * 8; ++bit) {
    const Flipped flipped = open_with_flip(files, attempt, "/data/durable.mark", bit);
    ASSERT_EQ(flipped.wrong, "") << bit;
    ASSERT_EQ(flipped.code, ErrorCode::kNone) << bit;
  }
}

TEST_F(BitFlip, of_a_snapshot_is_passed_over) {
  {
    auto journal = Journal::open(files_, kDirectory, small_options());
    ASSERT_TRUE(journal) << journal.error().detail;
    auto writer = (*journal)->begin_snapshot(3);
    ASSERT_TRUE(writer);
    ASSERT_TRUE((*writer)->append(std::string(700, 'r')));
    ASSERT_TRUE((*writer)->append("the last rows"));
    ASSERT_TRUE((*journal)->finish_snapshot(**writer, {7, 8}));
  }
  const std::string path = std::string(kDirectory) + "/" + snapshot_name(3);
  const LedgerIdentity identity{"faultstest00", 0};
  ASSERT_TRUE(verify_snapshot(files_, path, identity));
  const uint64_t bits = files_.contents(path).size() * 8;
  for (uint64_t bit = 0; bit < bits; ++bit) {
    files_.flip_bit(path, bit);
    ASSERT_FALSE(verify_snapshot(files_, path, identity))
        << "byte " << bit / 8 << " bit " << bit % 8;
    files_.flip_bit(path, bit);
  }
  files_.flip_bit(path, 4000);
  auto journal = Journal::open(files_, kDirectory, small_options());
  ASSERT_TRUE(journal) << journal.error().detail;
  const auto loaded = (*journal)->load_snapshot([](std::string_view) { return true; });
  ASSERT_TRUE(loaded);
  EXPECT_FALSE(loaded->has_value());
  EXPECT_EQ((*journal)->passed_over().size(), 1u);
}

}  // namespace
}  // namespace holdfast::store
