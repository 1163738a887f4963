#include "store/journal/log_writer.h"

#include <fmt/format.h>

namespace holdfast::store {

LogWriter::LogWriter(io::FileSystem& files, std::string directory, LedgerIdentity identity,
                     LogEnd end, JournalGuards guards, NextSegment next_segment)
    : files_(files),
      directory_(std::move(directory)),
      identity_(std::move(identity)),
      guards_(guards),
      next_segment_(std::move(next_segment)),
      end_(end) {}

Status LogWriter::open_segment(uint64_t number) {
  HF_ASSIGN(file, files_.open(directory_ + "/" + segment_name(number), io::OpenMode::kReadWrite));
  HF_ASSIGN(size, file->size());
  file_ = std::move(file);
  segment_bytes_ = size;
  return {};
}

Result<LogWriter::Written> LogWriter::write(const GroupView& group) {
  const size_t size = extent_bytes(group.payload_bytes);
  // before anything is written: no reader takes a longer one, so it would be acknowledged and then
  // unreadable
  if (size > kExtentMax) {
    return fail(
        ErrorCode::kInternal,
        fmt::format("a group of {} bytes is longer than the {} that one may be; nothing of it was "
                    "written",
                    size, kExtentMax));
  }
  HF_TRY(make_room(size));

  GroupHeader header;
  header.commands = static_cast<uint32_t>(group.commands.size());
  header.first_seq = group.first_seq;
  header.events = static_cast<uint32_t>(group.last_seq - group.first_seq + 1);
  header.time = group.time;
  header.previous = end_.hash;
  const std::string extent = encode_extent(*group.bytes, header);
  // of segment k, not known before the last group of k − 1: so the header goes out with the first
  // group
  const uint64_t at = end_.offset == 0 ? kBlockBytes : end_.offset;
  HF_TRY(put(extent));

  end_.hash = chain_hash(extent);
  end_.last_seq = group.last_seq;
  end_.time = group.time;
  return Written{{group.first_seq, group.last_seq, group.time, static_cast<uint32_t>(end_.segment),
                  static_cast<uint32_t>(size), at},
                 end_.hash,
                 !owes_sync_};
}

// Writes one extent behind the last (with the segment's header if it is the first) and flushes it.
Status LogWriter::put(const std::string& extent) {
  Status done = write_and_flush(extent);
  // A segment has its room. Where it has none all the same (copy on write) half a group may lie
  // there now: as final as any other error, and not the kNoSpace after which write() may be tried
  // again.
  if (!done && done.error().code == ErrorCode::kNoSpace)
    return fail(ErrorCode::kIo, done.error().detail);
  return done;
}

Status LogWriter::write_and_flush(const std::string& extent) {
  if (end_.offset == 0) {
    const std::string first = encode_segment_header({identity_.incarnation, identity_.ledger_id,
                                                     end_.segment, end_.last_seq + 1, end_.hash}) +
                              extent;
    HF_TRY(file_->write_at(0, first.data(), first.size()));
    end_.offset = first.size();
  } else {
    HF_TRY(file_->write_at(end_.offset, extent.data(), extent.size()));
    end_.offset += extent.size();
  }
  if (!guards_.one_unsynced_group && !owes_sync_) {
    owes_sync_ = true;  // the fault this guard is there against: the next flush pays for two
    return {};
  }
  owes_sync_ = false;
  return file_->sync_data();
}

Status LogWriter::make_room(size_t extent) {
  if (end_.is_sealed) {
    HF_TRY(next_segment_(end_.segment + 1));
    ++end_.segment;
    end_.offset = 0;
    end_.is_sealed = false;
    file_.reset();
  }
  if (file_ == nullptr) {
    HF_TRY(next_segment_(end_.segment));
    HF_TRY(open_segment(end_.segment));
  }
  const uint64_t start = end_.offset == 0 ? kBlockBytes : end_.offset;
  if (start + extent + kBlockBytes <= segment_bytes_) return {};
  if (end_.offset == 0) {
    return fail(ErrorCode::kInternal,
                fmt::format("a group of {} bytes does not fit into a segment of {}", extent,
                            segment_bytes_));
  }

  // Only once the next segment is there: a ledger that cannot make one keeps its last segment open.
  HF_TRY(next_segment_(end_.segment + 1));
  GroupHeader seal;
  seal.kind = GroupKind::kSealed;
  seal.first_seq = end_.last_seq + 1;
  seal.time = end_.time;
  seal.previous = end_.hash;
  const std::string sealed = encode_extent(std::string(kGroupHeaderBytes, '\0'), seal);
  HF_TRY(put(sealed));
  if (owes_sync_) {
    owes_sync_ = false;
    HF_TRY(file_->sync_data());  // only with that guard off
  }
  end_.hash = chain_hash(sealed);
  end_.is_sealed = true;
  return make_room(extent);
}

}  // namespace holdfast::store
