// The journal on the operating system's files: write, close, open again.
#include "store/journal/journal.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include <gtest/gtest.h>

#include "store/store_fixtures.h"

namespace holdfast::store {
namespace {

using testing::append_command;
using testing::keys_of;
using testing::kStart;

class JournalTest : public ::testing::Test {
 protected:
  JournalTest() {
    std::string name = (std::filesystem::temp_directory_path() / "holdfast-XXXXXX").string();
    directory_ = ::mkdtemp(name.data());
    options_.segment_bytes = 64 << 10;
    options_.spare_bytes_per_s = 0;
    options_.ledger_id = "journaltest0";
  }
  ~JournalTest() override { std::filesystem::remove_all(directory_); }

  std::unique_ptr<Journal> open() {
    auto journal = Journal::open(io::posix_file_system(), directory_, options_);
    EXPECT_TRUE(journal) << journal.error().detail;
    return journal ? std::move(*journal) : nullptr;
  }
  ErrorCode open_error() {
    const auto journal = Journal::open(io::posix_file_system(), directory_, options_);
    detail_ = journal ? "" : journal.error().detail;
    return journal ? ErrorCode::kNone : journal.error().code;
  }
  void write_commands(Journal& journal, size_t count, std::string_view sku = "A") {
    for (size_t i = 0; i < count; ++i) {
      const std::string key = "k" + std::to_string(keys_.size());
      last_ = append_command(journal, last_, sku, &sku_seq_, 1 + i % 3, key,
                             kStart + Duration(keys_.size()));
      ASSERT_TRUE(journal.flush_group());
      keys_.push_back(key);
    }
  }
  void overwrite(const std::string& file, std::streamoff at, const std::string& bytes) {
    std::fstream stream(directory_ + "/" + file, std::ios::in | std::ios::out | std::ios::binary);
    stream.seekp(at);
    stream << bytes;
  }

  std::string directory_;
  JournalOptions options_;
  std::vector<std::string> keys_;
  Seq last_ = 0;
  uint64_t sku_seq_ = 0;
  std::string detail_;
};

TEST_F(JournalTest, what_was_flushed_is_there_after_reopening) {
  {
    const auto journal = open();
    EXPECT_EQ(journal->identity().ledger_id, "journaltest0");
    write_commands(*journal, 100);  // several segments of 64 KiB
    EXPECT_EQ(journal->durable_seq(), last_);
    EXPECT_EQ(keys_of(*journal), keys_);
  }
  const auto journal = open();
  EXPECT_EQ(journal->durable_seq(), last_);
  EXPECT_EQ(keys_of(*journal), keys_);
  EXPECT_FALSE(journal->recovery().torn_tail);
  EXPECT_GE(std::distance(std::filesystem::directory_iterator(directory_), {}), 8);
  write_commands(*journal, 40);
  EXPECT_EQ(keys_of(*journal), keys_);
  EXPECT_TRUE(journal->verify());

  struct Counter final : LogVisitor {
    void begin_command(const CommandHead&, Seq, Timestamp) override { ++commands; }
    void event(const Event& event) override { EXPECT_EQ(event.seq, ++seq); }
    void end_command() override {}
    Seq seq = 0;
    size_t commands = 0;
  } counter;
  ASSERT_TRUE(journal->replay(0, counter));
  EXPECT_EQ(counter.seq, last_);
  EXPECT_EQ(counter.commands, keys_.size());
  Counter from_the_middle;
  from_the_middle.seq = 3;  // the command of seq 2 and 3 is over
  ASSERT_TRUE(journal->replay(3, from_the_middle));
  EXPECT_EQ(from_the_middle.seq, last_);
  EXPECT_EQ(from_the_middle.commands, keys_.size() - 2);
}

TEST_F(JournalTest, encoding_the_next_group_overlaps_the_flush_of_the_last) {
  const auto journal = open();
  last_ = append_command(*journal, last_, "A", &sku_seq_, 2, "first");
  std::thread flusher([&] { EXPECT_TRUE(journal->flush_group()); });
  GroupWriter& next = journal->begin_group(kStart);
  next.begin_command({});
  next.append(testing::hold_placed(last_ + 1, ++sku_seq_, "A", "berlin", "h_0_1"));
  next.end_command();
  flusher.join();
  EXPECT_EQ(journal->durable_seq(), last_);
  ASSERT_TRUE(journal->seal_group());
  ASSERT_TRUE(journal->flush_group());
  EXPECT_EQ(journal->durable_seq(), last_ + 1);
}

TEST_F(JournalTest, a_group_longer_than_a_reader_takes_is_refused_before_a_byte_of_it_is_written) {
  options_.segment_bytes = 48 << 20;
  {
    const auto journal = open();
    write_commands(*journal, 1);
    append_command(*journal, last_, "A", &sku_seq_, 33, "too-long", kStart,
                   std::string(1 << 20, 'x'));
    const Status flushed = journal->flush_group();
    ASSERT_FALSE(flushed) << "acknowledged, and not readable at the next start";
    EXPECT_EQ(flushed.error().code, ErrorCode::kInternal);
    EXPECT_EQ(journal->durable_seq(), 1u);
  }
  const auto journal = open();
  EXPECT_FALSE(journal->recovery().torn_tail);
  EXPECT_EQ(keys_of(*journal), keys_);
  sku_seq_ = 1;
  write_commands(*journal, 1);
  EXPECT_EQ(keys_of(*journal), keys_);
}

TEST_F(JournalTest, an_empty_group_leaves_nothing_behind) {
  const auto journal = open();
  journal->begin_group(kStart);
  EXPECT_FALSE(journal->seal_group());
  write_commands(*journal, 1);
  EXPECT_EQ(keys_of(*journal), keys_);
}

TEST_F(JournalTest, a_directory_has_one_owner) {
  const auto journal = open();
  EXPECT_EQ(open_error(), ErrorCode::kInUse);
  EXPECT_NE(detail_.find(directory_ + "/LOCK"), std::string::npos) << detail_;
}

TEST_F(JournalTest, another_format_version_is_refused_by_name) {
  open();
  overwrite("identity", 17, "9");
  EXPECT_EQ(open_error(), ErrorCode::kWrongVersion);
  EXPECT_NE(detail_.find("journal format 9"), std::string::npos) << detail_;
}

TEST_F(JournalTest, a_damaged_group_is_corruption_and_can_be_cut_by_hand) {
  {
    const auto journal = open();
    write_commands(*journal, 5);
  }
  overwrite("segment-0000000001.log", 4096 * 3 + 100, "x");
  EXPECT_EQ(open_error(), ErrorCode::kCorrupt);
  EXPECT_NE(detail_.find("segment-0000000001.log at offset 12288"), std::string::npos) << detail_;
  EXPECT_NE(detail_.find("--truncate-at 3"), std::string::npos) << detail_;
  const auto kept = Journal::truncate_at(io::posix_file_system(), directory_, 3);
  ASSERT_TRUE(kept) << kept.error().detail;
  EXPECT_EQ(*kept, 3u);
  const auto journal = open();
  EXPECT_EQ(journal->identity().incarnation, 1u);
  EXPECT_EQ(keys_of(*journal), (std::vector<std::string>{"k0", "k1", ""}));
  const auto restored = journal->read_command(4);
  ASSERT_TRUE(restored) << restored.error().detail;
  EXPECT_EQ(restored->commands.at(0).events.at(0).type, EventType::kLedgerRestored);
  keys_ = {"k0", "k1", ""};
  last_ = 4;
  write_commands(*journal, 3);
  EXPECT_EQ(keys_of(*journal), keys_);
}

TEST_F(JournalTest, a_payload_of_zeros_leaves_no_sector_of_zeros) {
  const std::string zeros(3000, '\0');
  {
    const auto journal = open();
    last_ = append_command(*journal, 0, "A", &sku_seq_, 1, "zeros", kStart, zeros);
    ASSERT_TRUE(journal->flush_group());
  }
  std::ifstream file(directory_ + "/segment-0000000001.log", std::ios::binary);
  std::string bytes(8192, '\0');
  file.read(bytes.data(), 8192);
  for (size_t at = 0; at < 8192; at += 512) {
    EXPECT_GE(512 - std::count(bytes.begin() + at, bytes.begin() + at + 512, '\0'), 8) << at;
  }
  const auto journal = open();
  const auto batch = journal->read(0, 1);
  ASSERT_TRUE(batch);
  EXPECT_EQ(batch->commands.at(0).events.at(0).detail, zeros);
}

TEST_F(JournalTest, listeners_hear_of_every_flush) {
  const auto journal = open();
  std::vector<Seq> heard;
  const uint64_t id = journal->subscribe([&](Seq seq) { heard.push_back(seq); });
  write_commands(*journal, 2);
  journal->unsubscribe(id);
  write_commands(*journal, 1);
  EXPECT_EQ(heard, (std::vector<Seq>{1, 3}));
}

TEST_F(JournalTest, a_snapshot_comes_back_slice_by_slice) {
  {
    const auto journal = open();
    EXPECT_FALSE(journal->load_snapshot([](std::string_view) { return true; }).value().has_value());
    write_commands(*journal, 4);
    auto writer = journal->begin_snapshot(last_);
    ASSERT_TRUE(writer);
    ASSERT_TRUE((*writer)->append("rows one"));
    ASSERT_TRUE((*writer)->append("rows two"));
    ASSERT_TRUE(journal->finish_snapshot(**writer, {1, 2}));
    write_commands(*journal, 4);
  }
  const auto journal = open();
  std::vector<std::string> rows;
  const auto info = journal->load_snapshot([&](std::string_view slice) {
    rows.emplace_back(slice);
    return true;
  });
  ASSERT_TRUE(info && info->has_value());
  EXPECT_EQ(rows, (std::vector<std::string>{"rows one", "rows two"}));
  EXPECT_EQ((*info)->state_hash, (Hash128{1, 2}));
  EXPECT_EQ((*info)->point.seq, 7u);
}

TEST_F(JournalTest, a_snapshot_beyond_the_log_means_events_are_gone) {
  {
    const auto journal = open();
    write_commands(*journal, 3);
    auto writer = journal->begin_snapshot(last_);
    ASSERT_TRUE(writer && journal->finish_snapshot(**writer, {}));
  }
  std::filesystem::remove(directory_ + "/durable.mark");
  overwrite("segment-0000000001.log", 4096 * 3, std::string(4096, '\0'));
  EXPECT_EQ(open_error(), ErrorCode::kSnapshotAhead);
}

TEST_F(JournalTest, a_cursor_beyond_the_log_is_refused) {
  {
    const auto journal = open();
  }
  options_.known_seq = 5;
  EXPECT_EQ(open_error(), ErrorCode::kCorrupt);
  EXPECT_NE(detail_.find("a cursor names seq 5"), std::string::npos) << detail_;
}

TEST_F(JournalTest, the_mark_refuses_a_log_that_lost_its_end) {
  {
    const auto journal = open();
    write_commands(*journal, 3);
  }  // closing writes the mark
  overwrite("segment-0000000001.log", 4096 * 3, std::string(4096, '\0'));
  EXPECT_EQ(open_error(), ErrorCode::kCorrupt);
  EXPECT_NE(detail_.find("durable.mark"), std::string::npos) << detail_;
}

}  // namespace
}  // namespace holdfast::store
