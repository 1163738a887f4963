#include "store/journal/log_index.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/invariant.h"
#include "store/event_codec.h"
#include "store/journal/format.h"

namespace holdfast::store {
namespace {

constexpr size_t kCacheBytesMax = 32 << 20;
constexpr size_t kPieceBytes = 1 << 20;

}  // namespace

void LogIndex::add(const GroupAt& group, Hash128 hash, std::shared_ptr<const GroupView> view) {
  if (view != nullptr) cache(std::move(view));
  const std::unique_lock lock(mutex_);
  groups_.push_back(group);
  last_hash_ = hash;
  durable_seq_.store(group.last_seq, std::memory_order_release);
}

void LogIndex::cache(std::shared_ptr<const GroupView> view) {
  const std::lock_guard lock(cache_mutex_);
  const Seq key = view->first_seq;
  const size_t bytes = view->bytes->size();
  if (!cached_.try_emplace(key, std::move(view)).second) return;
  cached_order_.push_back(key);
  cached_bytes_ += bytes;
  while (cached_bytes_ > kCacheBytesMax && cached_order_.size() > 1) {
    const auto oldest = cached_.find(cached_order_.front());
    cached_bytes_ -= oldest->second->bytes->size();
    cached_.erase(oldest);
    cached_order_.pop_front();
  }
}

GroupAt LogIndex::find(Seq seq) const {
  const std::shared_lock lock(mutex_);
  const auto at = std::lower_bound(groups_.begin(), groups_.end(), seq,
                                   [](const GroupAt& group, Seq wanted) { return group.last_seq < wanted; });
  INVARIANT(seq > 0 && at != groups_.end(), "seq {} is not in the log", seq);
  return *at;
}

Result<std::shared_ptr<const GroupView>> LogIndex::group_with(Seq seq) {
  const GroupAt at = find(seq);
  {
    const std::lock_guard lock(cache_mutex_);
    const auto found = cached_.find(at.first_seq);
    if (found != cached_.end()) return found->second;
  }
  HF_ASSIGN(read, read_group(at));
  std::shared_ptr<const GroupView> view = std::move(read);
  cache(view);
  return view;
}

Result<std::shared_ptr<GroupView>> LogIndex::read_group(const GroupAt& group) const {
  const std::string path = directory_ + "/" + segment_name(group.segment);
  HF_ASSIGN(file, files_.open(path, io::OpenMode::kRead));
  auto extent = std::make_shared<std::string>();
  extent->resize(group.bytes);
  HF_ASSIGN(got, file->read_at(group.offset, extent->data(), extent->size()));
  GroupHeader header;
  auto view = std::make_shared<GroupView>();
  bool is_good = got == extent->size() && decode_group_header(*extent, &header) &&
                 header.first_seq == group.first_seq && verify_extent(*extent, header);
  if (is_good) {
    apply_mask(extent->data() + kGroupHeaderBytes, header.payload_bytes, header.mask, header.first_seq);
    view->bytes = extent;
    view->payload_at = kGroupHeaderBytes;
    view->payload_bytes = header.payload_bytes;
    view->first_seq = header.first_seq;
    view->time = header.time;
    is_good = view->index_commands() && view->last_seq == group.last_seq;
  }
  if (is_good) return view;
  return no_longer_verifies(group);
}

std::unexpected<Error> LogIndex::no_longer_verifies(const GroupAt& group) const {
  return fail(ErrorCode::kCorrupt,
              fmt::format("{}/{} at offset {}: the group of seq {} no longer verifies. Stop the ledger; "
                          "`holdfast restore` brings a backup back",
                          directory_, segment_name(group.segment), group.offset, group.first_seq));
}

std::vector<GroupAt> LogIndex::piece_from(Seq seq) const {
  const std::shared_lock lock(mutex_);
  auto at = std::lower_bound(groups_.begin(), groups_.end(), seq,
                             [](const GroupAt& group, Seq wanted) { return group.last_seq < wanted; });
  std::vector<GroupAt> piece;
  size_t bytes = 0;
  for (; at != groups_.end() && bytes < kPieceBytes; ++at) {
    if (!piece.empty() && at->offset != piece.back().offset + piece.back().bytes) break;
    piece.push_back(*at);
    bytes += at->bytes;
  }
  return piece;
}

Status LogIndex::replay(Seq after, LogVisitor& visitor) const {
  const Seq durable = durable_seq();
  std::string bytes;
  TextArena arena;
  LoggedCommand command;
  while (after < durable) {
    const std::vector<GroupAt> piece = piece_from(after + 1);
    const uint64_t start = piece.front().offset;
    bytes.resize(piece.back().offset + piece.back().bytes - start);
    HF_ASSIGN(file, files_.open(directory_ + "/" + segment_name(piece.front().segment), io::OpenMode::kRead));
    HF_ASSIGN(got, file->read_at(start, bytes.data(), bytes.size()));
    if (got != bytes.size()) return no_longer_verifies(piece.back());
    for (const GroupAt& group : piece) {
      const std::string_view extent = std::string_view(bytes).substr(group.offset - start, group.bytes);
      GroupHeader header;
      if (!decode_group_header(extent, &header) || !verify_extent(extent, header)) return no_longer_verifies(group);
      char* payload = bytes.data() + (group.offset - start) + kGroupHeaderBytes;
      apply_mask(payload, header.payload_bytes, header.mask, header.first_seq);
      arena.clear();
      PayloadReader reader({payload, header.payload_bytes}, group.first_seq, group.time, &arena);
      while (reader.next(&command)) {
        if (command.last_seq() <= after) continue;
        visitor.begin_command(command.head, command.first_seq(), group.time);
        for (const Event& event : command.events) visitor.event(event);
        visitor.end_command();
      }
      if (!reader.ok()) return no_longer_verifies(group);
      after = group.last_seq;
    }
  }
  return {};
}

Result<Seq> LogIndex::last_seq_at(Timestamp time) {
  const std::shared_lock lock(mutex_);
  const auto after =
      std::upper_bound(groups_.begin(), groups_.end(), time,
                       [](Timestamp wanted, const GroupAt& group) { return wanted < group.time; });
  return after == groups_.begin() ? 0 : (after - 1)->last_seq;
}

Timestamp LogIndex::last_time() const {
  const std::shared_lock lock(mutex_);
  return groups_.empty() ? Timestamp{} : groups_.back().time;
}

LogPoint LogIndex::last_point() const {
  const std::shared_lock lock(mutex_);
  if (groups_.empty()) return {};
  const GroupAt& last = groups_.back();
  return {last.last_seq, last.time, last.segment, last.offset + last.bytes, last_hash_};
}

Result<LogPoint> LogIndex::point_after(Seq seq) const {
  const LogPoint last = last_point();
  if (seq == last.seq) return last;
  if (seq == 0 || seq > last.seq) {
    return fail(ErrorCode::kCursorInvalid, fmt::format("seq {} is not in the log", seq));
  }
  const GroupAt group = find(seq);
  if (group.last_seq != seq) {
    return fail(ErrorCode::kCursorInvalid, fmt::format("no group of the log ends with seq {}", seq));
  }
  HF_ASSIGN(file, files_.open(directory_ + "/" + segment_name(group.segment), io::OpenMode::kRead));
  std::string extent(group.bytes, '\0');
  HF_ASSIGN(got, file->read_at(group.offset, extent.data(), extent.size()));
  extent.resize(got);
  return LogPoint{seq, group.time, group.segment, group.offset + group.bytes, chain_hash(extent)};
}

uint64_t LogIndex::groups() const {
  const std::shared_lock lock(mutex_);
  return groups_.size();
}

}  // namespace holdfast::store
