#include "store/journal/spare_maker.h"

#include <algorithm>

#include "store/journal/format.h"

namespace holdfast::store {

Result<bool> SpareMaker::step(uint64_t number) {
  Status done;
  const bool is_filled = file_ != nullptr && filled_ == segment_bytes_;
  if (file_ == nullptr) {
    done = begin(number);
  } else if (!is_filled) {
    done = fill();
  } else {
    done = finish(number);
  }
  if (done) return is_filled;
  if (done.error().code == ErrorCode::kNoSpace) discard(number);
  return fail(done.error());
}

Status SpareMaker::begin(uint64_t number) {
  const std::string path = directory_ + "/" + spare_name(number);
  HF_ASSIGN(is_left, files_.exists(path));
  if (is_left) HF_TRY(files_.remove(path));
  HF_ASSIGN(file, files_.open(path, io::OpenMode::kCreateNew));
  // A disk that is too full says so now, while the whole segment in use is still there as the
  // reserve, and not after most of it was written.
  HF_TRY(file->allocate(segment_bytes_));
  file_ = std::move(file);
  filled_ = 0;
  return {};
}

Status SpareMaker::fill() {
  static const std::string kZeros(kStepBytes, '\0');
  const auto size = static_cast<size_t>(std::min<uint64_t>(kStepBytes, segment_bytes_ - filled_));
  HF_TRY(file_->write_at(filled_, kZeros.data(), size));
  HF_TRY(file_->sync_data());  // each step by itself: a flush of 64 MiB would hold up the log's
  filled_ += size;
  return {};
}

Status SpareMaker::finish(uint64_t number) {
  HF_TRY(files_.rename(directory_ + "/" + spare_name(number),
                       directory_ + "/" + segment_name(number)));
  HF_TRY(files_.sync_directory(directory_));
  file_.reset();
  return {};
}

void SpareMaker::discard(uint64_t number) {
  file_.reset();
  // the room it took is what the others need; if even that fails the next start removes it
  (void)files_.remove(directory_ + "/" + spare_name(number));
}

}  // namespace holdfast::store
