#include "io/record_frame.h"

#include <algorithm>
#include <cstring>

#include "base/bytes.h"
#include "base/hash.h"

namespace holdfast::io {
namespace {

constexpr std::string_view kHeadMagic = "HFRECORD";
constexpr std::string_view kFrameMagic = "HFF2";
constexpr uint32_t kVersion = 2;
constexpr size_t kSector = kRecordSectorBytes;
constexpr size_t kInSector = kSector - 1;
// The first byte of every sector: so none is all zeros, and no payload can pose as the start of a
// frame.
constexpr char kStarts = 0x5A;
constexpr char kGoesOn = static_cast<char>(0xA5);
constexpr size_t kFrameHeadBytes = 16;
constexpr char kPadding = static_cast<char>(0xA5);

struct FrameHead {
  uint32_t payload_bytes = 0;
  uint32_t payload_crc = 0;
  size_t sectors() const { return (kFrameHeadBytes + payload_bytes + kInSector - 1) / kInSector; }
};

// Of the frame that starts with this sector.
bool decode_frame_head(std::string_view sector, FrameHead* head) {
  if (sector.size() <= kFrameHeadBytes || sector.front() != kStarts) return false;
  const std::string_view bytes = sector.substr(1);
  ByteReader in(bytes);
  if (in.bytes(kFrameMagic.size()) != kFrameMagic) return false;
  head->payload_bytes = in.u32();
  head->payload_crc = in.u32();
  return in.u32() == crc32c(bytes.data(), kFrameHeadBytes - sizeof(uint32_t));
}

bool is_zero(std::string_view bytes) {
  return bytes.find_first_not_of('\0') == std::string_view::npos;
}

bool has_zero_sector(std::string_view bytes) {
  for (size_t at = 0; at + kSector <= bytes.size(); at += kSector) {
    if (is_zero(bytes.substr(at, kSector))) return true;
  }
  return false;
}

// A frame that starts behind this place was acknowledged, and so was everything before it.
bool frame_follows(std::string_view rest) {
  FrameHead head;
  for (size_t at = kSector; at < rest.size(); at += kSector) {
    if (decode_frame_head(rest.substr(at), &head)) return true;
  }
  return false;
}

}  // namespace

std::string encode_record_head(std::string_view purpose) {
  std::string padded(purpose.substr(0, kRecordPurposeBytes));
  padded.resize(kRecordPurposeBytes, '\0');
  std::string head(kHeadMagic);
  ByteWriter out(&head);
  out.u32(kVersion);
  out.u32(crc32c(padded.data(), padded.size()));
  head += padded;
  head.resize(kSector, kPadding);
  return head;
}

bool is_record_head(std::string_view head) {
  const std::string any = encode_record_head({});
  const size_t fixed = kHeadMagic.size() + sizeof(uint32_t);
  return head.size() == kSector && std::memcmp(head.data(), any.data(), fixed) == 0;
}

void add_record_frame(std::string* out, std::string_view payload) {
  std::string bytes(kFrameMagic);
  ByteWriter writer(&bytes);
  writer.u32(static_cast<uint32_t>(payload.size()));
  writer.u32(crc32c(payload.data(), payload.size()));
  writer.u32(crc32c(bytes.data(), bytes.size()));
  bytes.append(payload);
  for (size_t at = 0; at < bytes.size(); at += kInSector) {
    const std::string_view piece = std::string_view(bytes).substr(at, kInSector);
    out->push_back(at == 0 ? kStarts : kGoesOn);
    out->append(piece).append(kInSector - piece.size(), kPadding);
  }
}

ReadFrame read_record_frame(std::string_view rest) {
  ReadFrame frame;
  FrameHead head;
  const bool has_head = decode_frame_head(rest, &head);
  const size_t size = has_head ? head.sectors() * kSector : rest.size();
  if (has_head && size <= rest.size()) {
    const std::string_view extent = rest.substr(0, size);
    std::string bytes;
    bool is_good = true;
    for (size_t at = 0; at < size; at += kSector) {
      bytes.append(extent.substr(at + 1, kInSector));
      is_good = is_good && extent[at] == (at == 0 ? kStarts : kGoesOn);
    }
    const size_t end = kFrameHeadBytes + head.payload_bytes;
    is_good = is_good && bytes.find_first_not_of(kPadding, end) == std::string::npos;
    const std::string_view payload =
        std::string_view(bytes).substr(kFrameHeadBytes, head.payload_bytes);
    if (is_good && crc32c(payload.data(), payload.size()) == head.payload_crc) {
      return {FrameKind::kWhole, std::string(payload), size};
    }
  }
  // Missing is what the file is too short for, or a sector that is still zeros; and nothing may
  // follow.
  const bool is_short = size > rest.size() || rest.size() % kSector != 0;
  const bool is_missing = is_short || has_zero_sector(rest.substr(0, size));
  const bool is_last = is_zero(rest.substr(std::min(size, rest.size()))) && !frame_follows(rest);
  // Without a head there is no frame of which a part could be missing, unless the head is that
  // part.
  const bool is_headless = !has_head && rest.size() >= kSector && !is_zero(rest.substr(0, kSector));
  frame.kind = is_missing && is_last && !is_headless ? FrameKind::kTorn : FrameKind::kCorrupt;
  return frame;
}

}  // namespace holdfast::io
