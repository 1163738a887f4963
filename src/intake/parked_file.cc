#include "intake/parked_file.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/hash.h"
#include "io/record_file.h"

namespace holdfast::intake {
namespace {

/// No source's name is empty: where one is, it is not an item that follows but
enum Mark : uint8_t {
  kKept = 1,  ///< text: the delivery that the items behind it are of
  kGone = 2,  ///< text source, varint delivery: what was parked of it no longer is
};

void encode(const std::vector<ParkedItem>& items, std::string* bytes) {
  ByteWriter out(bytes);
  const std::string* kept = nullptr;
  for (const ParkedItem& item : items) {
    if (item.kept && item.kept.get() != kept) {
      kept = item.kept.get();
      out.text("");
      out.u8(kKept);
      out.text(*kept);
    }
    out.text(item.source);
    out.text(item.delivery_id);
    out.varint(static_cast<uint64_t>(item.code));
    out.text(item.reason);
    out.text(item.item);
    out.svarint(item.at.us);
  }
}

/// What stands behind the item's source.
void decode(ByteReader& in, ParkedItem* item) {
  item->delivery_id = in.text();
  item->code = static_cast<ErrorCode>(in.varint());
  item->reason = in.text();
  item->item = in.text();
  item->at = {in.svarint()};
}

/// A sender that tries again after a lost answer must not park the same thing twice.
uint64_t identity_of(const ParkedItem& item) {
  return hash64(item.item, hash64(item.delivery_id, hash64(item.source)));
}

uint64_t delivery_of(const ParkedItem& item) {
  return hash64(item.kept ? std::string_view(*item.kept) : std::string_view(),
                hash64(item.delivery_id));
}

}  // namespace

Result<std::unique_ptr<ParkedFile>> ParkedFile::open(io::FileSystem& files,
                                                     const std::string& path) {
  return open(io::RecordFile::opener(files, path, "intake"), path);
}

Result<std::unique_ptr<ParkedFile>> ParkedFile::open(const io::OpenRecords& records,
                                                     const std::string& what) {
  std::unique_ptr<ParkedFile> parked(new ParkedFile);
  HF_ASSIGN(log, records([reader = parked.get()](std::string_view payload) {
              reader->readable_ = reader->read(payload) && reader->readable_;
            }));
  if (!parked->readable_) {
    return fail(ErrorCode::kWrongVersion, what + ": was written by another version");
  }
  parked->log_ = std::move(log);
  return parked;
}

Status ParkedFile::refresh() {
  HF_TRY(log_->catch_up([this] {
    seen_.clear();
    std::lock_guard lock(mutex_);
    sources_.clear();
  }));
  if (!readable_) return fail(ErrorCode::kWrongVersion, "parked deliveries of a newer version");
  return {};
}

/// Decides on what is parked now, and again where another node was first.
template <typename Change>
Status ParkedFile::change(Change once) {
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    HF_TRY(refresh());
    const Status changed = once();
    if (changed || changed.error().code != ErrorCode::kBasisMoved) return changed;
  }
  return fail(ErrorCode::kOverloaded, "other nodes park deliveries all the time: try again");
}

bool ParkedFile::read(std::string_view payload) {
  ByteReader in(payload);
  std::shared_ptr<const std::string> kept;
  while (in.ok() && !in.at_end()) {
    ParkedItem item;
    item.source = in.text();
    if (!item.source.empty()) {
      decode(in, &item);
      item.kept = kept;
      if (in.ok()) remember(std::move(item));
      continue;
    }
    const uint8_t mark = in.u8();
    if (mark == kKept) {
      kept = std::make_shared<const std::string>(in.text());
    } else if (mark == kGone) {
      const std::string source(in.text());
      const uint64_t delivery = in.varint();
      if (in.ok()) forget(source, delivery);
    } else {
      return false;
    }
  }
  return in.ok();
}

Status ParkedFile::append(const std::vector<ParkedItem>& items) {
  if (items.empty()) return {};
  return change([&] { return try_append(items); });
}

Status ParkedFile::replace(const std::string& source, uint64_t delivery,
                           const std::vector<ParkedItem>& items) {
  return change([&] { return try_replace(source, delivery, items); });
}

Status ParkedFile::try_append(const std::vector<ParkedItem>& items) {
  std::vector<ParkedItem> added;
  for (const ParkedItem& item : items) {
    if (!seen_.contains(identity_of(item))) added.push_back(item);
  }
  if (added.empty()) return {};
  std::string bytes;
  encode(added, &bytes);
  if (log_->bytes() + bytes.size() > kBytesMax) {
    return fail(
        ErrorCode::kStorageFull,
        "the file of parked deliveries is at its limit: mend the cause of those in it, then have "
        "them redelivered (`holdfast source redeliver`)");
  }
  HF_TRY(log_->append(bytes));
  for (ParkedItem& item : added) remember(std::move(item));
  return {};
}

Status ParkedFile::try_replace(const std::string& source, uint64_t delivery,
                               const std::vector<ParkedItem>& items) {
  // Told again before the cause is mended: nothing has changed, and the file must not grow by it.
  if (holds(source, delivery, items)) return {};
  std::string bytes;
  ByteWriter out(&bytes);
  out.text("");
  out.u8(kGone);
  out.text(source);
  out.varint(delivery);
  encode(items, &bytes);
  // One frame: a crash leaves the old items or the new. Once nothing is parked the file begins
  // anew.
  if (items.empty() && empty_without(source, delivery)) {
    HF_TRY(log_->replace(bytes));
  } else {
    HF_TRY(log_->append(bytes));
  }
  forget(source, delivery);
  for (const ParkedItem& item : items) remember(item);
  return {};
}

/// True where exactly these are parked of that delivery.
bool ParkedFile::holds(const std::string& source, uint64_t delivery,
                       const std::vector<ParkedItem>& items) const {
  std::lock_guard lock(mutex_);
  const auto found = sources_.find(source);
  if (found == sources_.end()) return items.empty();
  size_t place = 0;
  for (const ParkedItem& there : found->second) {
    if (there.delivery != delivery) continue;
    if (place == items.size()) return false;
    const ParkedItem& item = items[place++];
    if (there.code != item.code || there.reason != item.reason || there.item != item.item)
      return false;
  }
  return place == items.size();
}

bool ParkedFile::empty_without(const std::string& source, uint64_t delivery) const {
  std::lock_guard lock(mutex_);
  return std::all_of(sources_.begin(), sources_.end(), [&](const auto& entry) {
    return entry.second.empty() ||
           (entry.first == source &&
            std::all_of(entry.second.begin(), entry.second.end(),
                        [&](const ParkedItem& item) { return item.delivery == delivery; }));
  });
}

void ParkedFile::forget(const std::string& source, uint64_t delivery) {
  std::lock_guard lock(mutex_);
  std::erase_if(sources_[source], [&](const ParkedItem& item) {
    if (item.delivery != delivery) return false;
    seen_.erase(identity_of(item));
    return true;
  });
}

void ParkedFile::remember(ParkedItem item) {
  seen_.insert(identity_of(item));
  item.delivery = delivery_of(item);
  std::lock_guard lock(mutex_);
  sources_[item.source].push_back(std::move(item));
}

std::vector<ParkedItem> ParkedFile::list(const std::string& source) const {
  std::lock_guard lock(mutex_);
  const auto found = sources_.find(source);
  if (found == sources_.end()) return {};
  const auto& items = found->second;
  const auto listed = static_cast<ptrdiff_t>(std::min(items.size(), kListedMax));
  return {items.rbegin(), items.rbegin() + listed};
}

std::vector<ParkedItem> ParkedFile::deliveries(const std::string& source) const {
  std::lock_guard lock(mutex_);
  std::vector<ParkedItem> first;
  const auto found = sources_.find(source);
  if (found == sources_.end()) return first;
  std::unordered_set<uint64_t> seen;
  for (const ParkedItem& item : found->second) {
    if (!seen.insert(item.delivery).second) continue;
    first.push_back({item.source,
                     item.delivery_id,
                     item.code,
                     item.reason,
                     {},
                     item.at,
                     item.kept,
                     item.delivery});
  }
  return first;
}

size_t ParkedFile::count(const std::string& source) const {
  std::lock_guard lock(mutex_);
  const auto found = sources_.find(source);
  return found == sources_.end() ? 0 : found->second.size();
}

}  // namespace holdfast::intake
