#include "intake/parked_file.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/hash.h"

namespace holdfast::intake {
namespace {

std::string encode(const std::vector<ParkedItem>& items) {
  std::string bytes;
  ByteWriter out(&bytes);
  for (const ParkedItem& item : items) {
    out.text(item.source);
    out.text(item.delivery_id);
    out.varint(static_cast<uint64_t>(item.code));
    out.text(item.reason);
    out.text(item.item);
    out.svarint(item.at.us);
  }
  return bytes;
}

ParkedItem decode(ByteReader& in) {
  ParkedItem item;
  item.source = in.text();
  item.delivery_id = in.text();
  item.code = static_cast<ErrorCode>(in.varint());
  item.reason = in.text();
  item.item = in.text();
  item.at = {in.svarint()};
  return item;
}

/// A sender that tries again after a lost answer must not park the same thing twice.
uint64_t identity_of(const ParkedItem& item) {
  return hash64(item.item, hash64(item.delivery_id, hash64(item.source)));
}

}  // namespace

Result<std::unique_ptr<ParkedFile>> ParkedFile::open(io::FileSystem& files,
                                                     const std::string& path) {
  std::unique_ptr<ParkedFile> parked(new ParkedFile);
  bool readable = true;
  auto file = io::RecordFile::open(files, path, "intake", [&](std::string_view payload) {
    ByteReader in(payload);
    while (in.ok() && !in.at_end()) {
      ParkedItem item = decode(in);
      if (in.ok()) parked->remember(std::move(item));
    }
    readable = readable && in.ok();
  });
  if (!file) return std::unexpected(file.error());
  if (!readable) {
    return fail(ErrorCode::kWrongVersion, path + ": was written by another version");
  }
  parked->file_ = std::move(*file);
  return parked;
}

Status ParkedFile::append(const std::vector<ParkedItem>& items) {
  std::vector<ParkedItem> added;
  for (const ParkedItem& item : items) {
    if (!seen_.contains(identity_of(item))) added.push_back(item);
  }
  if (added.empty()) return {};
  const std::string bytes = encode(added);
  if (file_->bytes() + bytes.size() > kBytesMax) {
    return fail(ErrorCode::kStorageFull,
                "the file of parked deliveries is at its limit: mend the cause of those in it, then "
                "move intake.log away");
  }
  HF_TRY(file_->append(bytes));
  for (ParkedItem& item : added) remember(std::move(item));
  return {};
}

void ParkedFile::remember(ParkedItem item) {
  seen_.insert(identity_of(item));
  std::lock_guard lock(mutex_);
  Source& source = sources_[item.source];
  ++source.count;
  source.newest.push_back(std::move(item));
  if (source.newest.size() > kListedMax) source.newest.pop_front();
}

std::vector<ParkedItem> ParkedFile::list(const std::string& source) const {
  std::lock_guard lock(mutex_);
  const auto found = sources_.find(source);
  if (found == sources_.end()) return {};
  return {found->second.newest.rbegin(), found->second.newest.rend()};
}

size_t ParkedFile::count(const std::string& source) const {
  std::lock_guard lock(mutex_);
  const auto found = sources_.find(source);
  return found == sources_.end() ? 0 : found->second.count;
}

}  // namespace holdfast::intake
