#include "store/journal/format.h"

#include <charconv>
#include <cstring>

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/invariant.h"
#include "base/random.h"

namespace holdfast::store {
namespace {

constexpr std::string_view kSegmentMagic = "HFSEGMT1";
constexpr std::string_view kGroupMagic = "HFG1";
constexpr uint32_t kFiller = 0xA5A5A5A5;
constexpr size_t kLedgerIdBytes = 16;

// A sector of fewer non-zero bytes could turn into zeros by a few flips and pass for a torn one.
bool is_sparse(const char* sector) {
  size_t non_zero = 0;
  for (size_t i = 0; i < kSectorBytes; ++i) {
    non_zero += sector[i] != 0 ? 1 : 0;
    if (non_zero >= kSectorNonZeroMin) return false;
  }
  return true;
}

bool has_sparse_sector(std::string_view extent) {
  for (size_t at = 0; at < extent.size(); at += kSectorBytes) {
    if (is_sparse(extent.data() + at)) return true;
  }
  return false;
}

}  // namespace

Hash128 genesis_hash(std::string_view ledger_id) { return hash128(ledger_id); }

std::string encode_segment_header(const SegmentHeader& header) {
  std::string block;
  block.reserve(kBlockBytes);
  ByteWriter out(&block);
  out.raw(kSegmentMagic.data(), kSegmentMagic.size());
  out.u32(kFormatVersion);
  out.u32(header.incarnation);
  std::string id = header.ledger_id;
  id.resize(kLedgerIdBytes);
  block += id;
  out.u64(header.number);
  out.u64(header.first_seq);
  out.u64(header.previous.low);
  out.u64(header.previous.high);
  block.resize(kBlockBytes - sizeof(uint32_t), kPadding);
  out.u32(crc32c(block.data(), block.size()));
  return block;
}

bool decode_segment_header(std::string_view block, SegmentHeader* header) {
  if (block.size() < kBlockBytes) return false;
  ByteReader crc(block.substr(kBlockBytes - sizeof(uint32_t)));
  if (crc.u32() != crc32c(block.data(), kBlockBytes - sizeof(uint32_t))) return false;
  ByteReader in(block.substr(0, kBlockBytes));
  if (in.bytes(kSegmentMagic.size()) != kSegmentMagic || in.u32() != kFormatVersion) return false;
  header->incarnation = in.u32();
  const std::string_view id = in.bytes(kLedgerIdBytes);
  header->ledger_id = id.substr(0, id.find('\0'));
  header->number = in.u64();
  header->first_seq = in.u64();
  header->previous.low = in.u64();
  header->previous.high = in.u64();
  return in.ok();
}

std::string encode_extent(std::string_view buffer, GroupHeader header) {
  header.payload_bytes = static_cast<uint32_t>(buffer.size() - kGroupHeaderBytes);
  std::string extent;
  for (header.mask = 0;; ++header.mask) {
    extent.assign(buffer);
    extent.resize(extent_bytes(header.payload_bytes), kPadding);
    apply_mask(extent.data() + kGroupHeaderBytes, header.payload_bytes, header.mask, header.first_seq);
    header.body_crc = crc32c(extent.data() + kGroupHeaderBytes, extent.size() - kGroupHeaderBytes);

    std::string head;
    ByteWriter out(&head);
    out.raw(kGroupMagic.data(), kGroupMagic.size());
    out.u8(static_cast<uint8_t>(header.kind));
    out.u8(header.mask);
    out.u8(0);
    out.u8(0);
    out.u32(header.payload_bytes);
    out.u32(header.commands);
    out.u64(header.first_seq);
    out.u32(header.events);
    out.u32(header.body_crc);
    out.u64(static_cast<uint64_t>(header.time.us));
    out.u64(header.previous.low);
    out.u64(header.previous.high);
    out.u32(kFiller);
    out.u32(crc32c(head.data(), head.size()));
    std::memcpy(extent.data(), head.data(), kGroupHeaderBytes);

    // The key stream has bytes that no text of a command can have, so the first mask does it but for
    // a payload made to measure; 255 of them in a row cannot be.
    if (!has_sparse_sector(extent)) return extent;
    INVARIANT(header.mask < UINT8_MAX, "no mask keeps the group at seq {} from zeros", header.first_seq);
  }
}

bool decode_group_header(std::string_view bytes, GroupHeader* header) {
  if (bytes.size() < kGroupHeaderBytes) return false;
  ByteReader in(bytes.substr(0, kGroupHeaderBytes));
  if (in.bytes(kGroupMagic.size()) != kGroupMagic) return false;
  const uint8_t kind = in.u8();
  header->kind = static_cast<GroupKind>(kind);
  header->mask = in.u8();
  const bool is_zeroed = in.u8() == 0 && in.u8() == 0;
  header->payload_bytes = in.u32();
  header->commands = in.u32();
  header->first_seq = in.u64();
  header->events = in.u32();
  header->body_crc = in.u32();
  header->time = {static_cast<int64_t>(in.u64())};
  header->previous.low = in.u64();
  header->previous.high = in.u64();
  const bool is_filled = in.u32() == kFiller;
  const uint32_t crc = in.u32();
  return in.ok() && is_zeroed && is_filled && (kind == 1 || kind == 2) &&
         crc == crc32c(bytes.data(), kGroupHeaderBytes - sizeof(uint32_t)) &&
         header->payload_bytes <= kExtentMax - kGroupHeaderBytes;
}

bool verify_extent(std::string_view extent, const GroupHeader& header) {
  return extent.size() == extent_bytes(header.payload_bytes) &&
         header.body_crc ==
             crc32c(extent.data() + kGroupHeaderBytes, extent.size() - kGroupHeaderBytes);
}

void apply_mask(char* payload, size_t size, uint8_t mask, Seq first_seq) {
  if (mask == 0) return;
  SeededRandom stream(first_seq * 256 + mask);
  for (size_t at = 0; at < size; at += sizeof(uint64_t)) {
    const uint64_t key = stream.next();
    for (size_t i = 0; i < sizeof key && at + i < size; ++i) {
      payload[at + i] = static_cast<char>(payload[at + i] ^ static_cast<char>(key >> (8 * i)));
    }
  }
}

Hash128 chain_hash(std::string_view extent) { return hash128(extent); }

bool is_zero(std::string_view bytes) {
  // compared with itself one byte on: as fast as memcmp, without a page of zeros to hold against
  return bytes.empty() ||
         (bytes.front() == 0 && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

bool has_zero_sector(std::string_view extent) {
  for (size_t at = 0; at + kSectorBytes <= extent.size(); at += kSectorBytes) {
    if (is_zero(extent.substr(at, kSectorBytes))) return true;
  }
  return false;
}

std::string segment_name(uint64_t number) { return fmt::format("segment-{:010}.log", number); }
std::string spare_name(uint64_t number) { return fmt::format("segment-{:010}.tmp", number); }

uint64_t segment_number(std::string_view name) {
  constexpr std::string_view kPrefix = "segment-";
  constexpr std::string_view kSuffix = ".log";
  if (!name.starts_with(kPrefix) || !name.ends_with(kSuffix)) return 0;
  name.remove_prefix(kPrefix.size());
  name.remove_suffix(kSuffix.size());
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  return error == std::errc{} && end == name.data() + name.size() ? number : 0;
}

}  // namespace holdfast::store
