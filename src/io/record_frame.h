// The bytes of a record file: head sector and frames. Layout and the rule for a torn end are in
// record_file.h; here is only their code. Used by record_file. Pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace holdfast::io {

inline constexpr size_t kRecordSectorBytes = 512;
inline constexpr size_t kRecordPurposeBytes = 48;

/// The head sector of a file of this purpose (cut at kRecordPurposeBytes).
std::string encode_record_head(std::string_view purpose);
/// Whether `head` is that of a record file of this version, of whatever purpose.
bool is_record_head(std::string_view head);

/// Appends the frame of `payload`: whole sectors, none of them zeros or one bit away from it.
void add_record_frame(std::string* out, std::string_view payload);

enum class FrameKind {
  kWhole,    ///< verifies
  kTorn,     ///< was never acknowledged: a part of it is missing
  kCorrupt,  ///< was acknowledged and no longer verifies
};
struct ReadFrame {
  FrameKind kind = FrameKind::kCorrupt;
  std::string payload;  ///< kWhole
  size_t bytes = 0;     ///< kWhole: of the frame in the file
};
/// What the file holds from the end of the last whole frame on. REQUIRES: not empty.
ReadFrame read_record_frame(std::string_view rest);

}  // namespace holdfast::io
