// Records on a disk that tears, loses, flips and runs full: exactly what append() confirmed comes
// back, plus at most the one that was being written.
#include "io/record_file.h"

#include <gtest/gtest.h>

#include "io/memory_file_system.h"
#include "io/record_frame.h"

namespace holdfast::io {
namespace {

using Fault = MemoryFileSystem::Fault;

constexpr const char* kPath = "/data/records";

struct Opened {
  std::vector<std::string> records;
  std::unique_ptr<RecordFile> file;
  ErrorCode code = ErrorCode::kNone;
};

Opened open(MemoryFileSystem& files) {
  Opened opened;
  auto file = RecordFile::open(files, kPath, "test", [&](std::string_view payload) {
    opened.records.emplace_back(payload);
  });
  if (file) opened.file = std::move(*file);
  if (!file) opened.code = file.error().code;
  return opened;
}

class RecordFileTest : public ::testing::Test {
 protected:
  RecordFileTest() { EXPECT_TRUE(files_.make_directories("/data")); }
  MemoryFileSystem files_;
};

TEST_F(RecordFileTest, payloads_of_every_size_and_kind_come_back) {
  std::vector<std::string> written;
  {
    const Opened opened = open(files_);
    for (size_t size = 1; size < 1'600; size += size % 511 > 480 || size % 511 < 20 ? 1 : 37) {
      for (const char fill : {'\0', 'x', '\xA5', '\x5A'}) {
        written.emplace_back(size, fill);
        ASSERT_TRUE(opened.file->append(written.back()));
      }
    }
  }
  EXPECT_EQ(open(files_).records, written);
  const std::string bytes = files_.contents(kPath);
  for (size_t at = 0; at < bytes.size(); at += kRecordSectorBytes) {
    ASSERT_NE(bytes.substr(at, kRecordSectorBytes), std::string(kRecordSectorBytes, '\0'));
  }
}

TEST_F(RecordFileTest, every_flipped_bit_of_what_was_acknowledged_is_refused) {
  {
    const Opened opened = open(files_);
    ASSERT_TRUE(opened.file->append("one"));
    ASSERT_TRUE(opened.file->append(std::string(700, '\0')));  // the last one: it is not torn
  }
  const size_t bits = files_.contents(kPath).size() * 8;
  for (uint64_t bit = 0; bit < bits; ++bit) {
    const auto copy = files_.clone();
    copy->flip_bit(kPath, bit);
    const Opened opened = open(*copy);
    ASSERT_TRUE(opened.code == ErrorCode::kCorrupt || opened.code == ErrorCode::kWrongVersion)
        << "byte " << bit / 8 << " bit " << bit % 8;
  }
}

TEST_F(RecordFileTest, a_record_that_poses_as_frames_is_only_a_record) {
  std::string frames;
  for (int i = 0; i < 3; ++i) add_record_frame(&frames, "not a frame of its own");
  {
    const Opened opened = open(files_);
    ASSERT_TRUE(opened.file->append("one"));
    files_.fail_call(files_.calls() + 2, Fault::kPowerOff);
    ASSERT_FALSE(opened.file->append(frames));
  }
  const size_t sectors = files_.unsynced_sectors().size();
  for (size_t lost = 0; lost < sectors; ++lost) {
    const auto copy = files_.clone();
    std::vector<bool> keep(sectors, true);
    keep[lost] = false;
    copy->power_cut(keep, 0);
    ASSERT_EQ(open(*copy).records, std::vector<std::string>{"one"}) << lost;
  }
}

// Power off, or a kill, at every call of a life of three appends and a replace.
TEST_F(RecordFileTest, a_crash_at_every_call_keeps_what_was_confirmed_and_what_was_served) {
  const std::vector<std::string> payloads = {"one", std::string(1'200, 'b'),
                                             std::string(600, '\0')};
  for (uint64_t call = 1;; ++call) {
    MemoryFileSystem files;
    ASSERT_TRUE(files.make_directories("/data"));
    files.fail_call(files.calls() + call, Fault::kPowerOff);
    std::vector<std::string> confirmed;
    std::vector<std::string> tried;
    bool failed = false;
    {
      const Opened opened = open(files);
      failed = opened.file == nullptr;
      for (const std::string& payload : payloads) {
        if (failed) break;
        tried.push_back(payload);
        failed = !opened.file->append(payload);
        if (!failed) confirmed.push_back(payload);
      }
    }
    const auto is_between = [&](const std::vector<std::string>& records) {
      return records == confirmed || records == tried;
    };
    const size_t sectors = files.unsynced_sectors().size();
    ASSERT_LT(sectors, 8u);
    for (size_t names = 0; names <= files.unsynced_names(); ++names) {
      for (uint64_t kept = 0; kept < uint64_t{1} << sectors; ++kept) {
        const auto copy = files.clone();
        std::vector<bool> keep(sectors);
        for (size_t i = 0; i < sectors; ++i) keep[i] = ((kept >> i) & 1) != 0;
        copy->power_cut(keep, names);
        const Opened opened = open(*copy);
        ASSERT_EQ(opened.code, ErrorCode::kNone) << "call " << call << " kept " << kept;
        ASSERT_TRUE(is_between(opened.records)) << "call " << call << " kept " << kept;
      }
    }
    // Killed only: the next process tells somebody what it found, adds to it, and then the power
    // goes.
    const auto killed = files.clone();
    killed->kill();
    std::vector<std::string> served;
    {
      const Opened opened = open(*killed);
      ASSERT_EQ(opened.code, ErrorCode::kNone) << "call " << call;
      served = opened.records;
      ASSERT_TRUE(is_between(served));
      const auto at_once = killed->clone();
      at_once->power_cut({}, 0);
      ASSERT_EQ(open(*at_once).records, served)
          << "killed at call " << call << ", then a power cut";
      ASSERT_TRUE(opened.file->append("after"));
      served.emplace_back("after");
    }
    killed->power_cut({}, 0);
    ASSERT_EQ(open(*killed).records, served) << "killed at call " << call << ", gone on, power cut";
    if (!failed) return;
  }
}

TEST_F(RecordFileTest, a_replace_is_whole_or_was_not_at_every_call) {
  for (const Fault fault : {Fault::kPowerOff, Fault::kError, Fault::kNoSpace}) {
    for (uint64_t call = 1;; ++call) {
      MemoryFileSystem files;
      ASSERT_TRUE(files.make_directories("/data"));
      const Opened opened = open(files);
      ASSERT_TRUE(opened.file->append("old"));
      files.fail_call(files.calls() + call, fault);
      const bool replaced = opened.file->replace("new").has_value();
      // a process that lives on adds to whichever of the two it is
      const bool added = fault != Fault::kPowerOff && opened.file->append("more").has_value();
      files.kill();
      std::vector<std::string> served = open(files).records;
      ASSERT_GE(served.size(), added ? 2u : 1u) << call;
      ASSERT_TRUE(!replaced || served.front() == "new");
      files.power_cut({}, 0);
      ASSERT_EQ(open(files).records, served)
          << "what was served went with the power, call " << call;
      if (replaced && call > 12) break;
    }
  }
}

TEST_F(RecordFileTest, goes_on_for_a_while_on_a_full_disk) {
  const Opened opened = open(files_);
  ASSERT_TRUE(opened.file->append("one"));
  files_.set_capacity(1);
  const std::string kilobytes(10'000, 'x');
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(opened.file->append(kilobytes)) << i;
  Status full;
  for (int i = 0; i < 200 && full; ++i) full = opened.file->append(kilobytes);
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, ErrorCode::kNoSpace);
  files_.set_capacity(0);
  ASSERT_TRUE(opened.file->append("last"));
  EXPECT_EQ(open(files_).records.back(), "last");
}

}  // namespace
}  // namespace holdfast::io
