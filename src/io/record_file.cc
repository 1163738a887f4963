#include "io/record_file.h"

#include <fmt/format.h>

#include "io/record_frame.h"

namespace holdfast::io {
namespace {

std::string directory_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash);
}

}  // namespace

Result<std::unique_ptr<RecordFile>> RecordFile::open(
    FileSystem& files, const std::string& path, std::string_view purpose,
    const RecordVisitor& visit) {
  std::unique_ptr<RecordFile> file(new RecordFile(files, path, std::string(purpose)));
  HF_ASSIGN(exists, files.exists(path));
  if (exists) {
    HF_TRY(file->load(visit));
  } else {
    HF_TRY(file->create({}));
  }
  return file;
}

OpenRecords RecordFile::opener(FileSystem& files, std::string path, std::string purpose) {
  return [&files, path = std::move(path), purpose = std::move(purpose)](
             const RecordVisitor& visit) -> Result<std::unique_ptr<RecordLog>> {
    return open(files, path, purpose, visit);
  };
}

Status RecordFile::create(std::string_view payload) {
  const std::string next = path_ + ".new";
  HF_ASSIGN(leftover, files_.exists(next));
  if (leftover) HF_TRY(files_.remove(next));
  HF_ASSIGN(file, files_.open(next, OpenMode::kCreateNew));
  std::string bytes = encode_record_head(purpose_);
  if (!payload.empty()) add_record_frame(&bytes, payload);
  HF_TRY(file->write_at(0, bytes.data(), bytes.size()));
  HF_TRY(file->sync_data());
  HF_TRY(files_.rename(next, path_));
  // From here on the other file is no longer there to be added to, whatever becomes of the
  // directory.
  file_ = std::move(file);
  end_ = bytes.size();
  room_ = 0;
  dirty_tail_ = false;
  owes_directory_ = true;
  HF_TRY(sync_name());
  return take_room(end_);
}

Status RecordFile::sync_name() {
  if (!owes_directory_) return {};
  HF_TRY(files_.sync_directory(directory_of(path_)));
  owes_directory_ = false;
  return {};
}

// A full disk is no reason to fail here: writing will tell, and there may be room for that.
Status RecordFile::take_room(uint64_t end) {
  if (end <= room_) return {};
  const uint64_t wanted = (end / kAheadBytes + 2) * kAheadBytes;
  const Status taken = file_->allocate(wanted);
  if (taken) room_ = wanted;
  if (!taken && taken.error().code != ErrorCode::kNoSpace) return fail(taken.error());
  return {};
}

Status RecordFile::load(const RecordVisitor& visit) {
  HF_TRY(files_.sync_directory(directory_of(path_)));
  HF_ASSIGN(file, files_.open(path_, OpenMode::kReadWrite));
  HF_TRY(file->sync_data());
  HF_TRY(file->drop_cache());
  HF_ASSIGN(size, file->size());
  std::string bytes(size, '\0');
  HF_ASSIGN(got, file->read_at(0, bytes.data(), bytes.size()));
  bytes.resize(got);
  const std::string_view head = std::string_view(bytes).substr(0, kRecordSectorBytes);
  if (!is_record_head(head)) {
    return fail(ErrorCode::kCorrupt,
                fmt::format("{}: this is not a record file of this version; move it away to start "
                            "with an empty one",
                            path_));
  }
  if (head != encode_record_head(purpose_)) {
    return fail(ErrorCode::kWrongVersion,
                fmt::format("{}: belongs to another ledger or another use; move it away", path_));
  }
  file_ = std::move(file);
  HF_TRY(load_frames(bytes, visit));
  return take_room(end_);
}

Status RecordFile::load_frames(std::string_view bytes,
                               const RecordVisitor& visit) {
  end_ = kRecordSectorBytes;
  while (end_ < bytes.size()) {
    const ReadFrame frame = read_record_frame(bytes.substr(end_));
    if (frame.kind == FrameKind::kCorrupt) {
      return fail(ErrorCode::kCorrupt,
                  fmt::format("{}: the record at offset {} was acknowledged and does not verify; "
                              "restore the file or move it away",
                              path_, end_));
    }
    if (frame.kind == FrameKind::kTorn) {
      HF_TRY(file_->truncate(end_));
      return file_->sync_data();
    }
    visit(frame.payload);
    end_ += frame.bytes;
  }
  return {};
}

Status RecordFile::append(std::string_view payload) {
  if (payload.size() > kFrameBytesMax) {
    return fail(ErrorCode::kIo, fmt::format("{}: a record of {} bytes", path_, payload.size()));
  }
  HF_TRY(sync_name());
  if (dirty_tail_) {
    HF_TRY(file_->truncate(end_));
    HF_TRY(file_->sync_data());
    room_ = 0;  // what was taken behind the end went with the tail
    dirty_tail_ = false;
  }
  std::string bytes;
  add_record_frame(&bytes, payload);
  HF_TRY(take_room(end_ + bytes.size()));
  dirty_tail_ = true;
  HF_TRY(file_->write_at(end_, bytes.data(), bytes.size()));
  HF_TRY(file_->sync_data());
  dirty_tail_ = false;
  end_ += bytes.size();
  return {};
}

Status RecordFile::replace(std::string_view payload) { return create(payload); }

}  // namespace holdfast::io
