#include "io/record_file.h"

#include <fmt/format.h>

#include <cstring>
#include <optional>

#include "base/bytes.h"
#include "base/hash.h"

namespace holdfast::io {
namespace {

constexpr std::string_view kMagic = "HFRECORD";
constexpr uint32_t kVersion = 1;
constexpr size_t kHeadBytes = 64;
constexpr size_t kPurposeBytes = 48;
constexpr size_t kFrameHeadBytes = 8;

std::string head_of(std::string_view purpose) {
  std::string padded(purpose.substr(0, kPurposeBytes));
  padded.resize(kPurposeBytes, '\0');
  std::string head(kMagic);
  ByteWriter writer(&head);
  writer.u32(kVersion);
  writer.u32(crc32c(padded.data(), padded.size()));
  head += padded;
  return head;
}

void add_frame(std::string* out, std::string_view payload) {
  const auto size = static_cast<uint32_t>(payload.size());
  ByteWriter writer(out);
  writer.u32(size);
  writer.u32(crc32c(payload.data(), payload.size(), crc32c(&size, sizeof size)));
  out->append(payload);
}

/// The payload of the frame at the front of `bytes`; an empty optional when there is no good one.
std::optional<std::string_view> frame_at(std::string_view bytes) {
  ByteReader reader(bytes);
  const uint32_t size = reader.u32();
  const uint32_t crc = reader.u32();
  if (!reader.ok() || size == 0 || size > reader.remaining()) return std::nullopt;
  const std::string_view payload = reader.bytes(size);
  if (crc32c(payload.data(), payload.size(), crc32c(&size, sizeof size)) != crc) return std::nullopt;
  return payload;
}

/// True if a good frame begins anywhere in `bytes`: then what is before it was acknowledged.
bool holds_a_frame(std::string_view bytes) {
  for (size_t at = 0; at + kFrameHeadBytes < bytes.size(); ++at) {
    if (frame_at(bytes.substr(at))) return true;
  }
  return false;
}

std::string directory_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash);
}

}  // namespace

Result<std::unique_ptr<RecordFile>> RecordFile::open(
    FileSystem& files, const std::string& path, std::string_view purpose,
    const std::function<void(std::string_view)>& visit) {
  std::unique_ptr<RecordFile> file(new RecordFile(files, path, std::string(purpose)));
  HF_ASSIGN(exists, files.exists(path));
  if (exists) {
    HF_TRY(file->load(visit));
  } else {
    HF_TRY(file->create({}));
  }
  return file;
}

Status RecordFile::create(std::string_view payload) {
  const std::string next = path_ + ".new";
  HF_ASSIGN(leftover, files_.exists(next));
  if (leftover) HF_TRY(files_.remove(next));
  HF_ASSIGN(file, files_.open(next, OpenMode::kCreateNew));
  std::string bytes = head_of(purpose_);
  if (!payload.empty()) add_frame(&bytes, payload);
  HF_TRY(file->write_at(0, bytes.data(), bytes.size()));
  HF_TRY(file->sync_data());
  HF_TRY(files_.rename(next, path_));
  HF_TRY(files_.sync_directory(directory_of(path_)));
  file_ = std::move(file);
  end_ = bytes.size();
  dirty_tail_ = false;
  return {};
}

Status RecordFile::load(const std::function<void(std::string_view)>& visit) {
  HF_ASSIGN(file, files_.open(path_, OpenMode::kReadWrite));
  HF_ASSIGN(size, file->size());
  std::string bytes(size, '\0');
  HF_ASSIGN(got, file->read_at(0, bytes.data(), bytes.size()));
  bytes.resize(got);
  const std::string head = head_of(purpose_);
  if (bytes.size() < kHeadBytes || std::memcmp(bytes.data(), head.data(), 12) != 0) {
    return fail(ErrorCode::kCorrupt,
                fmt::format("{}: this is not a record file of version {}; move it away to start "
                            "with an empty one",
                            path_, kVersion));
  }
  if (bytes.compare(0, kHeadBytes, head) != 0) {
    return fail(ErrorCode::kWrongVersion,
                fmt::format("{}: belongs to another ledger or another use; move it away", path_));
  }
  file_ = std::move(file);
  return load_frames(bytes, visit);
}

Status RecordFile::load_frames(std::string_view bytes,
                               const std::function<void(std::string_view)>& visit) {
  end_ = kHeadBytes;
  while (const auto payload = frame_at(bytes.substr(end_))) {
    visit(*payload);
    end_ += kFrameHeadBytes + payload->size();
  }
  if (end_ == bytes.size()) return {};
  // Every frame is flushed before the next is written, so only the last can be torn.
  if (holds_a_frame(bytes.substr(end_ + 1))) {
    return fail(ErrorCode::kCorrupt,
                fmt::format("{}: the record at offset {} does not verify and others follow it; "
                            "restore the file or move it away",
                            path_, end_));
  }
  HF_TRY(file_->truncate(end_));
  return file_->sync_data();
}

Status RecordFile::append(std::string_view payload) {
  if (payload.size() > kFrameBytesMax) {
    return fail(ErrorCode::kIo, fmt::format("{}: a record of {} bytes", path_, payload.size()));
  }
  if (dirty_tail_) {
    HF_TRY(file_->truncate(end_));
    HF_TRY(file_->sync_data());
    dirty_tail_ = false;
  }
  std::string bytes;
  add_frame(&bytes, payload);
  dirty_tail_ = true;
  HF_TRY(file_->write_at(end_, bytes.data(), bytes.size()));
  HF_TRY(file_->sync_data());
  dirty_tail_ = false;
  end_ += bytes.size();
  return {};
}

Status RecordFile::replace(std::string_view payload) { return create(payload); }

}  // namespace holdfast::io
