// Names for what docs/internals/journal-format.md writes down: sizes, headers, padding, masks. Used by
// journal/ only. Pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/hash.h"
#include "base/time.h"
#include "model/event.h"
#include "store/event_store.h"

namespace holdfast::store {

inline constexpr uint32_t kFormatVersion = 1;
inline constexpr size_t kSectorBytes = 512;
inline constexpr size_t kBlockBytes = 4096;
inline constexpr size_t kGroupHeaderBytes = 64;
inline constexpr size_t kExtentMax = 32 << 20;
inline constexpr uint64_t kSegmentBytesMin = 8 * kBlockBytes;
inline constexpr char kPadding = static_cast<char>(0xA5);
inline constexpr size_t kSectorNonZeroMin = 8;   ///< bytes of every written sector that are not 0

enum class GroupKind : uint8_t { kEvents = 1, kSealed = 2 };

struct GroupHeader {
  GroupKind kind = GroupKind::kEvents;
  uint8_t mask = 0;
  uint32_t payload_bytes = 0;
  uint32_t commands = 0;
  Seq first_seq = 0;
  uint32_t events = 0;
  uint32_t body_crc = 0;
  Timestamp time;
  Hash128 previous;
};

struct SegmentHeader {
  uint32_t incarnation = 0;
  std::string ledger_id;
  uint64_t number = 0;
  Seq first_seq = 0;
  Hash128 previous;
};

/// Header + payload + padding.
constexpr size_t extent_bytes(size_t payload_bytes) {
  return (kGroupHeaderBytes + payload_bytes + kBlockBytes - 1) / kBlockBytes * kBlockBytes;
}

/// Chain hash before the first group of a ledger.
Hash128 genesis_hash(std::string_view ledger_id);

std::string encode_segment_header(const SegmentHeader& header);
/// False when anything of the block does not verify.
bool decode_segment_header(std::string_view block, SegmentHeader* header);

/// Makes the extent of a group as it is written. `buffer` holds kGroupHeaderBytes of room, then the
/// payload; header fields `mask`, `payload_bytes` and `body_crc` are filled in here.
std::string encode_extent(std::string_view buffer, GroupHeader header);
/// The header alone; false when it does not verify.
bool decode_group_header(std::string_view bytes, GroupHeader* header);
/// Whether payload and padding of `extent` verify against its header.
bool verify_extent(std::string_view extent, const GroupHeader& header);
/// Takes the mask off the payload in place (or puts it on: the same).
void apply_mask(char* payload, size_t size, uint8_t mask, Seq first_seq);

Hash128 chain_hash(std::string_view extent);

/// All zeros?
bool is_zero(std::string_view bytes);
/// Does any whole sector of `extent` hold only zeros?
bool has_zero_sector(std::string_view extent);

std::string segment_name(uint64_t number);            ///< "segment-0000000001.log"
std::string spare_name(uint64_t number);              ///< its temporary name, ".tmp"
uint64_t segment_number(std::string_view name);       ///< 0 for any other name

}  // namespace holdfast::store
