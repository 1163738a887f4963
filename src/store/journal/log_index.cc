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
constexpr size_t kRunBytes = 64 << 10;
constexpr size_t kRecentGroups = 4096;

/// By last seq, for lower_bound.
bool ends_before(const GroupAt& group, Seq seq) { return group.last_seq < seq; }

}  // namespace

void LogIndex::add(const GroupAt& group, Hash128 hash, std::shared_ptr<const GroupView> view) {
  if (view != nullptr) cache(std::move(view));
  const std::unique_lock lock(mutex_);
  const bool goes_on = !runs_.empty() && runs_.back().segment == group.segment &&
                       runs_.back().offset + runs_.back().bytes == group.offset;
  if (!goes_on || runs_.back().bytes >= kRunBytes) {
    runs_.push_back({group.first_seq, group.time, group.offset, group.segment, 0});
  }
  runs_.back().bytes += group.bytes;
  recent_.push_back(group);
  if (recent_.size() > kRecentGroups) recent_.pop_front();
  last_ = group;
  ++groups_;
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

template <typename Visit>
Status LogIndex::walk(const Run& run, Visit visit) const {
  HF_ASSIGN(file, files_.open(directory_ + "/" + segment_name(run.segment), io::OpenMode::kRead));
  std::string bytes(kGroupHeaderBytes, '\0');
  for (uint64_t at = run.offset; at < run.offset + run.bytes;) {
    HF_ASSIGN(got, file->read_at(at, bytes.data(), bytes.size()));
    GroupHeader header;
    if (got != bytes.size() || !decode_group_header(bytes, &header)) {
      return no_longer_verifies({run.first_seq, 0, run.time, run.segment, 0, at});
    }
    const GroupAt group{header.first_seq,
                        header.first_seq + header.events - 1,
                        header.time,
                        run.segment,
                        static_cast<uint32_t>(extent_bytes(header.payload_bytes)),
                        at};
    if (!visit(group)) return {};
    at += group.bytes;
  }
  return {};
}

Result<GroupAt> LogIndex::find(Seq seq) const {
  Run run;
  {
    const std::shared_lock lock(mutex_);
    INVARIANT(seq > 0 && seq <= last_.last_seq, "seq {} is not in the log", seq);
    if (recent_.front().first_seq <= seq) {
      return *std::lower_bound(recent_.begin(), recent_.end(), seq, ends_before);
    }
    run = *(std::upper_bound(runs_.begin(), runs_.end(), seq,
                             [](Seq wanted, const Run& of) { return wanted < of.first_seq; }) -
            1);
  }
  GroupAt found;
  HF_TRY(walk(run, [&](const GroupAt& group) {
    found = group;
    return ends_before(group, seq);
  }));
  if (seq < found.first_seq || seq > found.last_seq) return no_longer_verifies(found);
  return found;
}

std::shared_ptr<const GroupView> LogIndex::cached_with(Seq seq) const {
  const std::lock_guard lock(cache_mutex_);
  auto at = cached_.upper_bound(seq);
  if (at == cached_.begin()) return nullptr;
  --at;
  return seq <= at->second->last_seq ? at->second : nullptr;
}

Result<std::shared_ptr<const GroupView>> LogIndex::group_with(Seq seq) {
  if (auto known = cached_with(seq)) return known;
  HF_ASSIGN(at, find(seq));
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
    apply_mask(extent->data() + kGroupHeaderBytes, header.payload_bytes, header.mask,
               header.first_seq);
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
  return fail(
      ErrorCode::kCorrupt,
      fmt::format("{}/{} at offset {}: the group of seq {} no longer verifies. Stop the ledger; "
                  "put a whole copy in its place",
                  directory_, segment_name(group.segment), group.offset, group.first_seq));
}

Result<LogIndex::Run> LogIndex::piece_from(Seq seq) const {
  HF_ASSIGN(first, find(seq));
  Run piece{first.first_seq, first.time, first.offset, first.segment, first.bytes};
  const std::shared_lock lock(mutex_);
  auto run = std::upper_bound(runs_.begin(), runs_.end(), seq,
                              [](Seq wanted, const Run& of) { return wanted < of.first_seq; }) -
             1;
  for (; run != runs_.end() && piece.bytes < kPieceBytes; ++run) {
    const bool goes_on = run->segment == piece.segment && run->offset <= piece.offset + piece.bytes;
    if (!goes_on) break;
    piece.bytes = static_cast<uint32_t>(run->offset + run->bytes - piece.offset);
  }
  return piece;
}

Status LogIndex::replay(Seq after, LogVisitor& visitor) const {
  const Seq durable = durable_seq();
  std::string bytes;
  TextArena arena;
  LoggedCommand command;
  while (after < durable) {
    HF_ASSIGN(piece, piece_from(after + 1));
    bytes.resize(piece.bytes);
    HF_ASSIGN(file,
              files_.open(directory_ + "/" + segment_name(piece.segment), io::OpenMode::kRead));
    HF_ASSIGN(got, file->read_at(piece.offset, bytes.data(), bytes.size()));
    bytes.resize(got);
    for (size_t at = 0; at < piece.bytes && after < durable;) {
      GroupHeader header;
      const std::string_view rest = std::string_view(bytes).substr(std::min(at, got));
      const GroupAt here{after + 1, after + 1, piece.time, piece.segment, 0, piece.offset + at};
      if (!decode_group_header(rest, &header) || header.first_seq > after + 1) {
        return no_longer_verifies(here);
      }
      const size_t size = extent_bytes(header.payload_bytes);
      if (size > rest.size() || !verify_extent(rest.substr(0, size), header))
        return no_longer_verifies(here);
      char* payload = bytes.data() + at + kGroupHeaderBytes;
      apply_mask(payload, header.payload_bytes, header.mask, header.first_seq);
      arena.clear();
      PayloadReader reader({payload, header.payload_bytes}, header.first_seq, header.time, &arena);
      while (reader.next(&command)) {
        if (command.last_seq() <= after) continue;
        visitor.begin_command(command.head, command.first_seq(), header.time);
        for (const Event& event : command.events) visitor.event(event);
        visitor.end_command();
      }
      if (!reader.ok()) return no_longer_verifies(here);
      after = header.first_seq + header.events - 1;
      at += size;
    }
  }
  return {};
}

Result<Seq> LogIndex::last_seq_at(Timestamp time) {
  Run run;
  {
    const std::shared_lock lock(mutex_);
    if (groups_ == 0) return 0;
    if (recent_.front().time <= time) {
      return (std::upper_bound(
                  recent_.begin(), recent_.end(), time,
                  [](Timestamp wanted, const GroupAt& group) { return wanted < group.time; }) -
              1)
          ->last_seq;
    }
    const auto after =
        std::upper_bound(runs_.begin(), runs_.end(), time,
                         [](Timestamp wanted, const Run& of) { return wanted < of.time; });
    if (after == runs_.begin()) return 0;
    run = *(after - 1);
  }
  Seq last = 0;
  HF_TRY(walk(run, [&](const GroupAt& group) {
    if (group.time > time) return false;
    last = group.last_seq;
    return true;
  }));
  return last;
}

Timestamp LogIndex::last_time() const {
  const std::shared_lock lock(mutex_);
  return last_.time;
}

LogPoint LogIndex::last_point() const {
  const std::shared_lock lock(mutex_);
  if (groups_ == 0) return {};
  return {last_.last_seq, last_.time, last_.segment, last_.offset + last_.bytes, last_hash_};
}

Result<LogPoint> LogIndex::point_after(Seq seq) const {
  const LogPoint last = last_point();
  if (seq == last.seq) return last;
  if (seq == 0 || seq > last.seq) {
    return fail(ErrorCode::kCursorInvalid, fmt::format("seq {} is not in the log", seq));
  }
  HF_ASSIGN(group, find(seq));
  if (group.last_seq != seq) {
    return fail(ErrorCode::kCursorInvalid,
                fmt::format("no group of the log ends with seq {}", seq));
  }
  HF_ASSIGN(file, files_.open(directory_ + "/" + segment_name(group.segment), io::OpenMode::kRead));
  std::string extent(group.bytes, '\0');
  HF_ASSIGN(got, file->read_at(group.offset, extent.data(), extent.size()));
  extent.resize(got);
  return LogPoint{seq, group.time, group.segment, group.offset + group.bytes, chain_hash(extent)};
}

uint64_t LogIndex::groups() const {
  const std::shared_lock lock(mutex_);
  return groups_;
}

uint64_t LogIndex::entries() const {
  const std::shared_lock lock(mutex_);
  return runs_.size() + recent_.size();
}

}  // namespace holdfast::store
