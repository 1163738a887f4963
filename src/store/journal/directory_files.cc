#include "store/journal/directory_files.h"

#include <charconv>

#include <fmt/format.h>

#include "base/bytes.h"
#include "store/journal/format.h"

namespace holdfast::store {
namespace {

constexpr const char* kIdentityName = "identity";
constexpr std::string_view kMarkMagic = "HFMARK01";
constexpr size_t kSlotBytes = kSectorBytes;

std::string encode_slot(uint64_t counter, const MarkedPoint& point) {
  std::string slot;
  ByteWriter out(&slot);
  out.raw(kMarkMagic.data(), kMarkMagic.size());
  out.u64(counter);
  out.u64(point.seq);
  out.u64(point.chain_hash.low);
  out.u64(point.chain_hash.high);
  slot.resize(kSlotBytes - sizeof(uint32_t));
  out.u32(crc32c(slot.data(), slot.size()));
  return slot;
}

bool decode_slot(std::string_view slot, uint64_t* counter, MarkedPoint* point) {
  ByteReader crc(slot.substr(kSlotBytes - sizeof(uint32_t)));
  if (crc.u32() != crc32c(slot.data(), kSlotBytes - sizeof(uint32_t))) return false;
  ByteReader in(slot);
  if (in.bytes(kMarkMagic.size()) != kMarkMagic) return false;
  *counter = in.u64();
  point->seq = in.u64();
  point->chain_hash.low = in.u64();
  point->chain_hash.high = in.u64();
  return true;
}

std::string identity_lines(const LedgerIdentity& identity) {
  return fmt::format("holdfast journal {}\nledger {}\nincarnation {}\n", kFormatVersion,
                     identity.ledger_id, identity.incarnation);
}

// Takes "word value\n" off the front of *text.
std::optional<std::string_view> take_line(std::string_view* text, std::string_view word) {
  const size_t end = text->find('\n');
  if (end == std::string_view::npos || !text->starts_with(word)) return std::nullopt;
  const std::string_view value = text->substr(word.size(), end - word.size());
  text->remove_prefix(end + 1);
  return value;
}

}  // namespace

Status write_whole_file(io::FileSystem& files, const std::string& directory,
                        const std::string& name, std::string_view bytes) {
  const std::string temporary = directory + "/" + name + ".tmp";
  HF_ASSIGN(is_left, files.exists(temporary));
  if (is_left) HF_TRY(files.remove(temporary));
  HF_ASSIGN(file, files.open(temporary, io::OpenMode::kCreateNew));
  HF_TRY(file->write_at(0, bytes.data(), bytes.size()));
  HF_TRY(file->sync_data());
  HF_TRY(files.rename(temporary, directory + "/" + name));
  return files.sync_directory(directory);
}

Result<std::string> read_whole_file(io::FileSystem& files, const std::string& path) {
  HF_ASSIGN(file, files.open(path, io::OpenMode::kRead));
  HF_ASSIGN(size, file->size());
  std::string bytes(size, '\0');
  HF_ASSIGN(got, file->read_at(0, bytes.data(), bytes.size()));
  bytes.resize(got);
  return bytes;
}

Result<std::optional<LedgerIdentity>> read_identity(io::FileSystem& files,
                                                    const std::string& directory) {
  const std::string path = directory + "/" + kIdentityName;
  HF_ASSIGN(exists, files.exists(path));
  if (!exists) return std::nullopt;
  HF_ASSIGN(bytes, read_whole_file(files, path));

  std::string_view text = bytes;
  const auto version = take_line(&text, "holdfast journal ");
  const auto ledger = take_line(&text, "ledger ");
  const auto incarnation = take_line(&text, "incarnation ");
  const size_t covered = bytes.size() - text.size();
  const auto crc = take_line(&text, "crc ");
  if (version && *version != std::to_string(kFormatVersion)) {
    return fail(
        ErrorCode::kWrongVersion,
        fmt::format(
            "{} was written by journal format {}, this program reads {}: use the release that "
            "wrote it, or `holdfast export` there and `holdfast import` here",
            directory, *version, kFormatVersion));
  }
  LedgerIdentity identity;
  const bool is_whole =
      version && ledger && incarnation && crc && text.empty() &&
      *crc == fmt::format("{:08x}", crc32c(bytes.data(), covered)) &&
      std::from_chars(incarnation->data(), incarnation->data() + incarnation->size(),
                      identity.incarnation)
              .ec == std::errc{};
  if (!is_whole) {
    return fail(ErrorCode::kCorrupt,
                path + " does not verify: put it back from a copy");
  }
  identity.ledger_id = *ledger;
  return identity;
}

Status write_identity(io::FileSystem& files, const std::string& directory,
                      const LedgerIdentity& identity) {
  std::string bytes = identity_lines(identity);
  bytes += fmt::format("crc {:08x}\n", crc32c(bytes.data(), bytes.size()));
  return write_whole_file(files, directory, kIdentityName, bytes);
}

Status refuse_unfinished_cut(io::FileSystem& files, const std::string& directory) {
  const std::string path = directory + "/" + kUnfinishedCutName;
  HF_ASSIGN(is_unfinished, files.exists(path));
  if (!is_unfinished) return {};
  HF_ASSIGN(seq, read_whole_file(files, path));
  return fail(ErrorCode::kCorrupt,
              fmt::format("a cut of {} was begun and not finished: `holdfast verify --truncate-at {}` finishes it",
                          directory, seq.substr(0, seq.find('\n'))));
}

Status refuse_unfinished_restore(io::FileSystem& files, const std::string& directory) {
  HF_ASSIGN(is_unfinished, files.exists(directory + "/" + kUnfinishedRestoreName));
  if (!is_unfinished) return {};
  return fail(ErrorCode::kCorrupt,
              fmt::format("a restore into {} was begun and not finished: empty the directory and run "
                          "`holdfast restore` again",
                          directory));
}

Result<DurableMark> DurableMark::open(io::FileSystem& files, const std::string& directory) {
  DurableMark mark;
  const std::string path = directory + "/" + kName;
  HF_ASSIGN(exists, files.exists(path));
  if (!exists) {
    const Status made =
        write_whole_file(files, directory, kName, std::string(2 * kSlotBytes, '\0'));
    if (!made && made.error().code == ErrorCode::kNoSpace) return mark;
    if (!made) return fail(made.error());
  }
  HF_ASSIGN(file, files.open(path, io::OpenMode::kReadWrite));
  HF_TRY(mark.load(*file));
  mark.file_ = std::move(file);
  return mark;
}

Result<DurableMark> DurableMark::read(io::FileSystem& files, const std::string& directory) {
  DurableMark mark;
  const std::string path = directory + "/" + kName;
  HF_ASSIGN(exists, files.exists(path));
  if (!exists) return mark;
  HF_ASSIGN(file, files.open(path, io::OpenMode::kRead));
  HF_TRY(mark.load(*file));
  return mark;
}

Status DurableMark::load(io::File& file) {
  std::string slots(2 * kSlotBytes, '\0');
  HF_ASSIGN(got, file.read_at(0, slots.data(), slots.size()));
  (void)got;  // a short file has no valid slot behind its end
  for (size_t slot = 0; slot < 2; ++slot) {
    uint64_t counter = 0;
    MarkedPoint point;
    const std::string_view bytes = std::string_view(slots).substr(slot * kSlotBytes, kSlotBytes);
    if (!decode_slot(bytes, &counter, &point) || counter <= counter_) continue;
    counter_ = counter;
    point_ = point;
  }
  return {};
}

Status DurableMark::write(const MarkedPoint& point) {
  point_ = point;
  if (file_ == nullptr) return {};
  ++counter_;
  const std::string slot = encode_slot(counter_, point);
  HF_TRY(file_->write_at((counter_ % 2) * kSlotBytes, slot.data(), slot.size()));
  return file_->sync_data();
}

}  // namespace holdfast::store
