// The format: what the document shows is what the code writes, and nothing damaged passes for whole.
#include "store/journal/format.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include <fmt/format.h>

#include "store/group_encoder.h"
#include "store/journal/directory_files.h"
#include "store/store_fixtures.h"

namespace holdfast::store {
namespace {

/// The worked example of docs/internals/journal-format.md: the first group of ledger "examplelog00".
std::string example_extent() {
  SkuChains chains;
  GroupEncoder encoder(chains, kGroupHeaderBytes);
  encoder.start(1, testing::kStart);
  CommandHead head;
  head.type = CommandType::kHoldPlace;
  head.source = "web-shop";
  head.idempotency_key = "5f0c0a3e-3c1d-4c57-9d2e-0a1b2c3d4e5f";
  head.fingerprint = 0x1122334455667788;
  encoder.begin_command(head);
  encoder.append(testing::hold_placed(1, 1, "MUG-BLUE", "berlin", "h_0_1"));
  encoder.end_command();
  const GroupView group = encoder.take();
  GroupHeader header;
  header.commands = 1;
  header.first_seq = 1;
  header.events = 1;
  header.time = group.time;
  header.previous = genesis_hash("examplelog00");
  return encode_extent(*group.bytes, header);
}

std::string hex_lines(std::string_view bytes) {
  std::string lines;
  for (size_t at = 0; at < bytes.size(); at += 16) {
    lines += fmt::format("    {:04x} ", at);
    for (size_t i = at; i < at + 16 && i < bytes.size(); ++i) {
      lines += fmt::format(" {:02x}", static_cast<uint8_t>(bytes[i]));
    }
    lines += '\n';
  }
  return lines;
}

TEST(JournalFormat, the_worked_example_of_the_document_is_what_the_code_writes) {
  const std::string extent = example_extent();
  ASSERT_EQ(extent.size(), kBlockBytes);
  GroupHeader header;
  ASSERT_TRUE(decode_group_header(extent, &header));
  const std::string lines =
      hex_lines(std::string_view(extent).substr(0, kGroupHeaderBytes + header.payload_bytes));

  std::ifstream file(HOLDFAST_SOURCE_DIR "/docs/internals/journal-format.md");
  ASSERT_TRUE(file.is_open());
  std::stringstream document;
  document << file.rdbuf();
  EXPECT_NE(document.str().find(lines), std::string::npos) << "the document should show:\n" << lines;
}

TEST(JournalFormat, every_flipped_bit_of_a_group_is_seen) {
  std::string extent = example_extent();
  for (size_t bit = 0; bit < extent.size() * 8; ++bit) {
    extent[bit / 8] = static_cast<char>(extent[bit / 8] ^ (1 << (bit % 8)));
    GroupHeader header;
    ASSERT_FALSE(decode_group_header(extent, &header) && verify_extent(extent, header)) << bit;
    ASSERT_FALSE(has_zero_sector(extent));
    extent[bit / 8] = static_cast<char>(extent[bit / 8] ^ (1 << (bit % 8)));
  }
}

TEST(JournalFormat, no_payload_leaves_a_sector_near_zero) {
  for (const size_t size : {size_t{0}, size_t{448}, size_t{449}, size_t{5000}, size_t{100'000}}) {
    for (const char filler : {'\0', '\xA5', 'x'}) {
      const std::string buffer = std::string(kGroupHeaderBytes, '\0') + std::string(size, filler);
      GroupHeader header;
      header.first_seq = 77;
      std::string extent = encode_extent(buffer, header);
      for (size_t at = 0; at < extent.size(); at += kSectorBytes) {
        const auto sector = std::string_view(extent).substr(at, kSectorBytes);
        ASSERT_GE(sector.size() - static_cast<size_t>(std::count(sector.begin(), sector.end(), '\0')),
                  kSectorNonZeroMin);
      }
      ASSERT_TRUE(decode_group_header(extent, &header) && verify_extent(extent, header));
      apply_mask(extent.data() + kGroupHeaderBytes, header.payload_bytes, header.mask, header.first_seq);
      ASSERT_EQ(extent.substr(kGroupHeaderBytes, size), std::string(size, filler));
    }
  }
}

TEST(JournalFormat, segment_headers_come_back_whole_or_not_at_all) {
  std::string block = encode_segment_header({3, "examplelog00", 7, 1000, {1, 2}});
  SegmentHeader header;
  ASSERT_TRUE(decode_segment_header(block, &header));
  EXPECT_EQ(header.ledger_id, "examplelog00");
  EXPECT_EQ(header.incarnation, 3u);
  EXPECT_EQ(header.number, 7u);
  EXPECT_EQ(header.first_seq, 1000u);
  EXPECT_EQ(header.previous, (Hash128{1, 2}));
  EXPECT_FALSE(has_zero_sector(block));
  block[2000] = static_cast<char>(block[2000] ^ 1);
  EXPECT_FALSE(decode_segment_header(block, &header));
}

TEST(JournalFormat, only_segments_are_taken_for_segments) {
  EXPECT_EQ(segment_number(segment_name(12)), 12u);
  EXPECT_EQ(segment_number(spare_name(12)), 0u);
  EXPECT_EQ(segment_number("segment-x.log"), 0u);
  EXPECT_EQ(segment_number("snapshot-00000000000000000001"), 0u);
}

}  // namespace
}  // namespace holdfast::store
