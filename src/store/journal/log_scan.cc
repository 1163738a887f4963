#include "store/journal/log_scan.h"

#include <algorithm>

#include <fmt/format.h>

namespace holdfast::store {
namespace {

std::unexpected<Error> corrupt_at(const std::string& path, uint64_t offset, const std::string& what,
                                  Seq good) {
  return fail(ErrorCode::kCorrupt,
              fmt::format("{} at offset {}: {}. Put a whole copy in its place; or "
                          "`holdfast verify --truncate-at {}` gives up every event after seq {}",
                          path, offset, what, good, good));
}

Result<std::vector<uint64_t>> numbers_in(io::FileSystem& files, const std::string& directory) {
  HF_ASSIGN(names, files.list(directory));
  std::vector<uint64_t> numbers;
  for (const std::string& name : names) {
    if (const uint64_t number = segment_number(name); number != 0) numbers.push_back(number);
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

}  // namespace

Result<std::vector<uint64_t>> list_segments_to_gap(io::FileSystem& files,
                                                   const std::string& directory) {
  HF_ASSIGN(numbers, numbers_in(files, directory));
  size_t count = 0;
  while (count < numbers.size() && numbers[count] == count + 1) ++count;
  numbers.resize(count);
  return numbers;
}

Result<std::vector<uint64_t>> list_segments(io::FileSystem& files, const std::string& directory) {
  HF_ASSIGN(numbers, numbers_in(files, directory));
  for (size_t i = 0; i < numbers.size(); ++i) {
    if (numbers[i] == i + 1) continue;
    return fail(ErrorCode::kCorrupt,
                fmt::format("{}/{} is missing: put it back from a copy",
                            directory, segment_name(i + 1)));
  }
  return numbers;
}

LogScan::LogScan(io::FileSystem& files, std::string directory, std::vector<uint64_t> numbers,
                 LedgerIdentity identity, JournalGuards guards)
    : files_(files),
      directory_(std::move(directory)),
      numbers_(std::move(numbers)),
      identity_(std::move(identity)),
      guards_(guards) {
  end_.hash = genesis_hash(identity_.ledger_id);
}

std::unexpected<Error> LogScan::corrupt(uint64_t segment, uint64_t offset,
                                        const std::string& what) const {
  return corrupt_at(directory_ + "/" + segment_name(segment), offset, what, end_.last_seq);
}

std::unexpected<Error> LogScan::corrupt(const ScannedGroup& group, const std::string& what) const {
  return corrupt_at(directory_ + "/" + segment_name(group.segment), group.offset, what,
                    group.header.first_seq - 1);
}

Status LogScan::load(uint64_t number) {
  HF_ASSIGN(file, files_.open(directory_ + "/" + segment_name(number), io::OpenMode::kRead));
  HF_ASSIGN(size, file->size());
  bytes_.resize(size);
  HF_ASSIGN(got, file->read_at(0, bytes_.data(), bytes_.size()));
  if (got != size || size % kBlockBytes != 0 || size < kSegmentBytesMin) {
    return corrupt(number, got, fmt::format("a segment of {} bytes cannot be", size));
  }
  is_loaded_ = true;
  return {};
}

Result<ScanOutcome> LogScan::next(ScannedGroup* group) {
  if (!is_loaded_) {
    if (numbers_.empty()) return ScanOutcome::kEnd;
    HF_TRY(load(numbers_[index_]));
    end_.segment = numbers_[index_];
  }
  if (end_.is_sealed) {
    HF_ASSIGN(outcome, next_segment());
    if (outcome == ScanOutcome::kEnd) return outcome;
  }
  if (end_.offset > 0) return read_group(end_.offset, end_.offset, group);

  const std::string_view block = std::string_view(bytes_).substr(0, kBlockBytes);
  SegmentHeader header;
  if (decode_segment_header(block, &header)) {
    HF_TRY(check_segment_header(header));
    return read_group(0, kBlockBytes, group);
  }
  return read_headless();
}

// The header block is not whole. Torn it can only be together with the first group behind it.
Result<ScanOutcome> LogScan::read_headless() {
  const std::string what = "the segment's header does not verify";
  const std::string_view bytes = bytes_;
  if (guards_.zero_sector_rule && !has_zero_sector(bytes.substr(0, kBlockBytes))) {
    return corrupt(end_.segment, 0, what);
  }
  GroupHeader first;
  if (decode_group_header(bytes.substr(kBlockBytes), &first)) {
    HF_TRY(check_group(first, kBlockBytes));
    return classify(0, kBlockBytes, kBlockBytes + extent_bytes(first.payload_bytes), what);
  }
  if (!is_zero(bytes.substr(kBlockBytes, kSectorBytes)) && guards_.zero_sector_rule) {
    return corrupt(end_.segment, kBlockBytes, "the header of a group does not verify");
  }
  return classify(0, kBlockBytes, kBlockBytes + kExtentMax, what);
}

// Behind a seal: the rest of the segment is zeros, and the next one takes over.
Result<ScanOutcome> LogScan::next_segment() {
  if (!is_zero(std::string_view(bytes_).substr(end_.offset))) {
    return corrupt(end_.segment, end_.offset, "there is something behind the sealed end");
  }
  if (index_ + 1 == numbers_.size()) return ScanOutcome::kEnd;
  HF_TRY(load(numbers_[++index_]));
  end_.segment = numbers_[index_];
  end_.offset = 0;
  end_.is_sealed = false;
  return ScanOutcome::kGroup;
}

Status LogScan::check_segment_header(const SegmentHeader& header) const {
  if (header.ledger_id != identity_.ledger_id) {
    return corrupt(end_.segment, 0,
                   fmt::format("it belongs to ledger {}, this one is {}", header.ledger_id,
                               identity_.ledger_id));
  }
  if (header.number != end_.segment || header.incarnation > identity_.incarnation) {
    return corrupt(
        end_.segment, 0,
        fmt::format("it is segment {} of incarnation {}", header.number, header.incarnation));
  }
  if (guards_.chain_hash &&
      (header.first_seq != end_.last_seq + 1 || header.previous != end_.hash)) {
    return corrupt(end_.segment, 0, "it does not follow the segment before");
  }
  return {};
}

Status LogScan::check_group(const GroupHeader& header, size_t at) const {
  if (header.first_seq != end_.last_seq + 1) {
    return corrupt(end_.segment, at,
                   fmt::format("a group starts with seq {}, seq {} is due", header.first_seq,
                               end_.last_seq + 1));
  }
  if (guards_.chain_hash && header.previous != end_.hash) {
    return corrupt(end_.segment, at,
                   "the group does not follow the one before (stale or misplaced)");
  }
  if (end_.time.has_value() && header.time < end_.time) {
    return corrupt(end_.segment, at, "time goes backwards");
  }
  const bool is_sealed = header.kind == GroupKind::kSealed;
  if (is_sealed != (header.events == 0) || is_sealed != (header.payload_bytes == 0)) {
    return corrupt(end_.segment, at, "a group without events, or a seal with some");
  }
  return {};
}

Result<ScanOutcome> LogScan::read_group(size_t start, size_t at, ScannedGroup* group) {
  const std::string_view rest = std::string_view(bytes_).substr(at);
  if (rest.empty()) return corrupt(end_.segment, at, "the segment is full and not sealed");
  GroupHeader header;
  if (!decode_group_header(rest, &header)) {
    if (is_zero(rest.substr(0, kSectorBytes)) || !guards_.zero_sector_rule) {
      return classify(start, at, at + kExtentMax, "no group, and no end of the log");
    }
    return corrupt(end_.segment, at, "the header of a group does not verify");
  }
  HF_TRY(check_group(header, at));
  const size_t size = extent_bytes(header.payload_bytes);
  if (size > rest.size()) return corrupt(end_.segment, at, "a group is longer than its segment");
  const std::string_view extent = rest.substr(0, size);
  if (!verify_extent(extent, header))
    return classify(start, at, at + size, "a group does not verify");

  group->header = header;
  group->extent = extent;
  group->segment = end_.segment;
  group->offset = at;
  group->hash = chain_hash(extent);
  end_.hash = group->hash;
  end_.time = header.time;
  end_.offset = at + size;
  if (header.kind == GroupKind::kSealed) {
    end_.is_sealed = true;
    return ScanOutcome::kSealed;
  }
  end_.last_seq = group->last_seq();
  return ScanOutcome::kGroup;
}

Result<ScanOutcome> LogScan::classify(size_t start, size_t group_at, size_t extent_end,
                                      const std::string& what) {
  const std::string_view bytes = bytes_;
  extent_end = std::min(extent_end, bytes.size());
  // Where the extent is not known it may reach over groups that were acknowledged: zeros over one
  // of them (a lost or misplaced write) must not take the ones behind it along.
  for (size_t at = group_at + kBlockBytes; at < extent_end; at += kBlockBytes) {
    GroupHeader later;
    if (decode_group_header(bytes.substr(at), &later)) {
      return corrupt(end_.segment, start,
                     fmt::format("{}, and at offset {} a group follows", what, at));
    }
  }
  if (!is_zero(bytes.substr(extent_end))) {
    return corrupt(end_.segment, start, what + ", and more follows");
  }
  HF_TRY(later_segments_are_empty());
  const std::string_view extent = bytes.substr(start, extent_end - start);
  if (is_zero(extent)) return ScanOutcome::kEnd;
  if (guards_.zero_sector_rule && !has_zero_sector(extent))
    return corrupt(end_.segment, start, what);
  torn_bytes_ = extent_end - start;
  return ScanOutcome::kTorn;
}

Status LogScan::later_segments_are_empty() {
  constexpr size_t kStep = 64 << 10;
  std::string step(kStep, '\0');
  for (size_t i = index_ + 1; i < numbers_.size(); ++i) {
    HF_ASSIGN(file, files_.open(directory_ + "/" + segment_name(numbers_[i]), io::OpenMode::kRead));
    for (uint64_t at = 0;; at += kStep) {
      HF_ASSIGN(got, file->read_at(at, step.data(), kStep));
      if (!is_zero(std::string_view(step).substr(0, got))) {
        return corrupt(numbers_[i], at,
                       "a segment that is not empty follows one that is not sealed");
      }
      if (got < kStep) break;
    }
  }
  return {};
}

}  // namespace holdfast::store
