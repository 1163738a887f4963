#include "store/journal/snapshot_file.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/bytes.h"
#include "store/journal/format.h"

namespace holdfast::store {
namespace {

constexpr std::string_view kHeadMagic = "HFSNAP01";
constexpr std::string_view kFootMagic = "HFSNEND1";
constexpr size_t kHeadBytes = 64;
constexpr size_t kFootBytes = 112;
constexpr size_t kLedgerIdBytes = 16;
constexpr size_t kSliceHeadBytes = 8;
constexpr size_t kSliceBytesMax = 256 << 20;

std::string encode_head(const LedgerIdentity& identity, Seq seq) {
  std::string head;
  ByteWriter out(&head);
  out.raw(kHeadMagic.data(), kHeadMagic.size());
  out.u32(kFormatVersion);
  out.u32(identity.incarnation);
  std::string id = identity.ledger_id;
  id.resize(kLedgerIdBytes);
  head += id;
  out.u64(seq);
  head.resize(kHeadBytes - sizeof(uint32_t), kPadding);
  out.u32(crc32c(head.data(), head.size()));
  return head;
}

// The CRC of a slice covers its length too: a flipped length must not send the reader astray.
uint32_t slice_crc(uint32_t length, std::string_view rows) {
  return crc32c(rows.data(), rows.size(), crc32c(&length, sizeof length));
}

std::unexpected<Error> damaged(const std::string& path, uint64_t offset, const char* what) {
  return fail(ErrorCode::kCorrupt,
              fmt::format("{} at offset {}: {}; an older snapshot or the log itself is used", path,
                          offset, what));
}

/// Reads a snapshot front to back; remembers the CRC of everything read.
class SnapshotReader {
 public:
  SnapshotReader(std::string path, std::unique_ptr<io::File> file)
      : path_(std::move(path)), file_(std::move(file)) {}

  Result<std::string> take(size_t size) {
    std::string bytes(size, '\0');
    HF_ASSIGN(got, file_->read_at(offset_, bytes.data(), size));
    if (got != size) return damaged(path_, offset_ + got, "the file is cut short");
    crc_ = crc32c(bytes.data(), bytes.size(), crc_);
    offset_ += size;
    return bytes;
  }
  /// One slice; empty string = the rows end at `rows_end`.
  Result<std::string> take_slice(uint64_t rows_end) {
    if (offset_ == rows_end) return std::string();
    HF_ASSIGN(head, take(kSliceHeadBytes));
    ByteReader in(head);
    const uint32_t length = in.u32();
    const uint32_t crc = in.u32();
    if (length == 0 || length > kSliceBytesMax || length > rows_end - offset_) {
      return damaged(path_, offset_, "the length of a slice cannot be");
    }
    HF_ASSIGN(rows, take(length));
    if (slice_crc(length, rows) != crc)
      return damaged(path_, offset_ - length, "a slice does not verify");
    return rows;
  }
  uint64_t offset() const { return offset_; }
  uint32_t crc() const { return crc_; }
  io::File& file() { return *file_; }

 private:
  const std::string path_;
  std::unique_ptr<io::File> file_;
  uint64_t offset_ = 0;
  uint32_t crc_ = 0;
};

}  // namespace

std::string snapshot_name(Seq seq) { return fmt::format("snapshot-{:020}", seq); }

std::optional<Seq> snapshot_seq(std::string_view name) {
  constexpr std::string_view kPrefix = "snapshot-";
  if (!name.starts_with(kPrefix)) return std::nullopt;
  name.remove_prefix(kPrefix.size());
  Seq seq = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), seq);
  if (error != std::errc{} || end != name.data() + name.size()) return std::nullopt;
  return seq;
}

Result<std::vector<Seq>> list_snapshots(io::FileSystem& files, const std::string& directory) {
  HF_ASSIGN(names, files.list(directory));
  std::vector<Seq> seqs;
  for (const std::string& name : names) {
    if (const std::optional<Seq> seq = snapshot_seq(name)) seqs.push_back(*seq);
  }
  std::sort(seqs.rbegin(), seqs.rend());
  return seqs;
}

SnapshotWriter::SnapshotWriter(io::FileSystem& files, std::string directory, Seq seq)
    : files_(files), directory_(std::move(directory)), seq_(seq) {}

SnapshotWriter::~SnapshotWriter() {
  if (file_ == nullptr) return;
  file_.reset();
  (void)files_.remove(directory_ + "/" + temporary_);  // else the next start does it
}

Result<std::unique_ptr<SnapshotWriter>> SnapshotWriter::create(io::FileSystem& files,
                                                               const std::string& directory,
                                                               const LedgerIdentity& identity,
                                                               Seq seq) {
  std::unique_ptr<SnapshotWriter> writer(new SnapshotWriter(files, directory, seq));
  writer->temporary_ = snapshot_name(seq) + ".tmp";
  const std::string path = directory + "/" + writer->temporary_;
  HF_ASSIGN(is_left, files.exists(path));
  if (is_left) HF_TRY(files.remove(path));
  HF_ASSIGN(file, files.open(path, io::OpenMode::kCreateNew));
  writer->file_ = std::move(file);
  HF_TRY(writer->write(encode_head(identity, seq)));
  return writer;
}

Status SnapshotWriter::write(std::string_view bytes) {
  HF_TRY(file_->write_at(offset_, bytes.data(), bytes.size()));
  crc_ = crc32c(bytes.data(), bytes.size(), crc_);
  offset_ += bytes.size();
  return {};
}

Status SnapshotWriter::append(std::string_view rows) {
  if (rows.empty()) return {};
  if (rows.size() > kSliceBytesMax)
    return fail(ErrorCode::kInternal, "a slice of a snapshot is too long");
  std::string head;
  ByteWriter out(&head);
  const auto length = static_cast<uint32_t>(rows.size());
  out.u32(length);
  out.u32(slice_crc(length, rows));
  HF_TRY(write(head));
  HF_TRY(write(rows));
  row_bytes_ += rows.size();
  ++slices_;
  return {};
}

Status SnapshotWriter::finish(const LogPoint& point, Hash128 state_hash) {
  std::string foot;
  ByteWriter out(&foot);
  out.raw(kFootMagic.data(), kFootMagic.size());
  out.u64(seq_);
  out.u64(static_cast<uint64_t>(point.time.us));
  out.u64(point.segment);
  out.u64(point.offset);
  out.u64(point.chain_hash.low);
  out.u64(point.chain_hash.high);
  out.u64(state_hash.low);
  out.u64(state_hash.high);
  out.u64(row_bytes_);
  out.u64(offset_);
  out.u32(slices_);
  out.u32(crc_);
  foot.resize(kFootBytes - sizeof(uint32_t), kPadding);
  out.u32(crc32c(foot.data(), foot.size()));
  HF_TRY(write(foot));
  HF_TRY(file_->sync_data());
  HF_TRY(files_.rename(directory_ + "/" + temporary_, directory_ + "/" + snapshot_name(seq_)));
  file_.reset();
  return files_.sync_directory(directory_);
}

Result<SnapshotInfo> verify_snapshot(io::FileSystem& files, const std::string& path,
                                     const LedgerIdentity& identity) {
  HF_ASSIGN(file, files.open(path, io::OpenMode::kRead));
  HF_ASSIGN(size, file->size());
  if (size < kHeadBytes + kFootBytes) return damaged(path, size, "the file is cut short");
  SnapshotReader reader(path, std::move(file));
  HF_ASSIGN(head, reader.take(kHeadBytes));

  std::string foot(kFootBytes, '\0');
  HF_ASSIGN(got, reader.file().read_at(size - kFootBytes, foot.data(), foot.size()));
  ByteReader foot_crc(std::string_view(foot).substr(kFootBytes - sizeof(uint32_t)));
  if (got != kFootBytes || foot_crc.u32() != crc32c(foot.data(), kFootBytes - sizeof(uint32_t))) {
    return damaged(path, size - kFootBytes, "the footer does not verify");
  }
  ByteReader in(foot);
  const bool is_foot = in.bytes(kFootMagic.size()) == kFootMagic;
  SnapshotInfo info;
  info.file = path;
  info.point.seq = in.u64();
  info.point.time = {static_cast<int64_t>(in.u64())};
  info.point.segment = in.u64();
  info.point.offset = in.u64();
  info.point.chain_hash.low = in.u64();
  info.point.chain_hash.high = in.u64();
  info.state_hash.low = in.u64();
  info.state_hash.high = in.u64();
  const uint64_t row_bytes = in.u64();
  const uint64_t rows_end = in.u64();
  const uint32_t slices = in.u32();
  const uint32_t crc = in.u32();

  ByteReader head_in(head);
  head_in.bytes(kHeadMagic.size() + sizeof(uint32_t));
  const uint32_t incarnation = head_in.u32();
  if (!is_foot || rows_end != size - kFootBytes ||
      head != encode_head({identity.ledger_id, incarnation}, info.point.seq) ||
      incarnation > identity.incarnation) {
    return damaged(path, 0, "it is not a snapshot of this ledger");
  }
  uint64_t bytes_seen = 0;
  uint32_t slices_seen = 0;
  for (;;) {
    HF_ASSIGN(rows, reader.take_slice(rows_end));
    if (rows.empty()) break;
    bytes_seen += rows.size();
    ++slices_seen;
  }
  if (bytes_seen != row_bytes || slices_seen != slices || reader.crc() != crc) {
    return damaged(path, rows_end, "rows are missing, or are not the ones written");
  }
  return info;
}

Result<bool> load_snapshot_rows(io::FileSystem& files, const std::string& path,
                                const std::function<bool(std::string_view rows)>& load) {
  HF_ASSIGN(file, files.open(path, io::OpenMode::kRead));
  HF_ASSIGN(size, file->size());
  if (size < kHeadBytes + kFootBytes) return damaged(path, size, "the file is cut short");
  SnapshotReader reader(path, std::move(file));
  HF_ASSIGN(head, reader.take(kHeadBytes));
  for (;;) {
    HF_ASSIGN(rows, reader.take_slice(size - kFootBytes));
    if (rows.empty()) return true;
    if (!load(rows)) return false;
  }
}

}  // namespace holdfast::store
