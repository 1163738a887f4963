#include "store/journal/recovery.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "store/event_codec.h"

namespace holdfast::store {
namespace {

constexpr std::string_view kTemporary = ".tmp";

Status check_mark(const LogScan& scan, const ScannedGroup& group,
                  const std::optional<MarkedPoint>& mark) {
  if (!mark || group.last_seq() < mark->seq || group.header.first_seq > mark->seq) return {};
  if (group.last_seq() == mark->seq && group.hash == mark->chain_hash) return {};
  return scan.corrupt(group, fmt::format("the group of seq {} is not the one that was acknowledged "
                                         "(durable.mark names another hash)",
                                         mark->seq));
}

// What was known to be durable must be there: a log that ends earlier has lost acknowledged events.
Status check_reach(const LogScan& scan, const std::optional<MarkedPoint>& mark, Seq cursor_seq) {
  const LogEnd& end = scan.end();
  if (mark && mark->seq > end.last_seq) {
    return scan.corrupt(end.segment, end.offset,
                        fmt::format("the log ends at seq {}, but seq {} was durable (durable.mark)",
                                    end.last_seq, mark->seq));
  }
  if (cursor_seq > end.last_seq) {
    return scan.corrupt(
        end.segment, end.offset,
        fmt::format("the log ends at seq {}, but a cursor names seq {}", end.last_seq, cursor_seq));
  }
  return {};
}

}  // namespace

Status remove_temporaries(io::FileSystem& files, const std::string& directory) {
  HF_ASSIGN(names, files.list(directory));
  for (const std::string& name : names) {
    if (name.ends_with(kTemporary)) HF_TRY(files.remove(directory + "/" + name));
  }
  return {};
}

// What a killed process wrote and did not flush is in the page cache only: a reader would believe
// it, and a power cut would take it back. So it is flushed first, and everything is read from the
// device.
Status get_past_the_cache(io::FileSystem& files, const std::string& directory,
                          const std::vector<uint64_t>& numbers) {
  constexpr size_t kFlushed = 3;  // the last two with content, and the spare behind them
  for (size_t i = 0; i < numbers.size(); ++i) {
    const bool is_recent = i + kFlushed >= numbers.size();
    HF_ASSIGN(file, files.open(directory + "/" + segment_name(numbers[i]), io::OpenMode::kRead));
    if (is_recent) HF_TRY(file->sync_data());
    HF_TRY(file->drop_cache());
  }
  return {};
}

Status zero_range(io::FileSystem& files, const std::string& path, uint64_t offset, uint64_t bytes) {
  HF_ASSIGN(file, files.open(path, io::OpenMode::kReadWrite));
  const std::string zeros(kBlockBytes, '\0');
  std::string block(kBlockBytes, '\0');
  for (uint64_t at = offset; at < offset + bytes; at += kBlockBytes) {
    HF_ASSIGN(got, file->read_at(at, block.data(), kBlockBytes));
    if (is_zero(std::string_view(block).substr(0, got))) continue;
    HF_TRY(file->write_at(at, zeros.data(), got));
  }
  HF_TRY(file->sync_data());
  return {};
}

namespace {

/// "… incarnation 3", as the cut wrote it.
uint32_t incarnation_of(const Event& restored) {
  const std::string_view detail = restored.detail;
  const size_t digits = detail.find_last_not_of("0123456789") + 1;
  uint32_t incarnation = 0;
  std::from_chars(detail.data() + digits, detail.data() + detail.size(), incarnation);
  return incarnation;
}

}  // namespace

std::shared_ptr<GroupView> decode_scanned(const ScannedGroup& group, SkuChains& chains,
                                          std::vector<Restore>* restored) {
  auto bytes = std::make_shared<std::string>(group.extent);
  apply_mask(bytes->data() + kGroupHeaderBytes, group.header.payload_bytes, group.header.mask,
             group.header.first_seq);
  auto view = std::make_shared<GroupView>();
  view->bytes = bytes;
  view->payload_at = kGroupHeaderBytes;
  view->payload_bytes = group.header.payload_bytes;
  view->first_seq = group.header.first_seq;
  view->time = group.header.time;

  TextArena arena;
  PayloadReader reader(view->payload(), view->first_seq, view->time, &arena);
  LoggedCommand command;
  GroupView::CommandAt at{view->first_seq, 0};
  while (reader.next(&command)) {
    for (const Event& event : command.events) {
      chains.add_durable(event, view->time);
      const bool is_restore = event.type == EventType::kLedgerRestored;
      if (is_restore && restored != nullptr)
        restored->push_back({event.seq, incarnation_of(event)});
    }
    view->commands.push_back(at);
    at = {reader.next_seq(), static_cast<uint32_t>(reader.offset())};
    arena.clear();
  }
  view->last_seq = reader.next_seq() - 1;
  const bool is_good = reader.ok() && view->last_seq == group.last_seq() &&
                       view->commands.size() == group.header.commands;
  return is_good ? view : nullptr;
}

Result<Recovered> recover_log(io::FileSystem& files, const std::string& directory,
                              const LedgerIdentity& identity, const JournalGuards& guards,
                              const KnownDurable& known, LogIndex& index, SkuChains& chains) {
  HF_ASSIGN(numbers, list_segments(files, directory));
  if (guards.bypass_cache) HF_TRY(get_past_the_cache(files, directory, numbers));

  LogScan scan(files, directory, numbers, identity, guards);
  ScannedGroup group;
  ScanOutcome outcome = ScanOutcome::kEnd;
  std::vector<Restore> restored;
  for (;;) {
    HF_ASSIGN(found, scan.next(&group));
    outcome = found;
    if (outcome == ScanOutcome::kEnd || outcome == ScanOutcome::kTorn) break;
    if (outcome == ScanOutcome::kSealed) continue;
    HF_TRY(check_mark(scan, group, known.mark));
    const std::shared_ptr<GroupView> view = decode_scanned(group, chains, &restored);
    if (view == nullptr) return scan.corrupt(group, "a group verifies but does not decode");
    index.add({group.header.first_seq, group.last_seq(), group.header.time,
               static_cast<uint32_t>(group.segment), static_cast<uint32_t>(group.extent.size()),
               group.offset},
              group.hash, nullptr);
  }
  HF_TRY(check_reach(scan, known.mark, known.cursor_seq));

  Recovered recovered{scan.end(), {}, std::move(restored)};
  recovered.report.last_seq = scan.end().last_seq;
  recovered.report.groups = index.groups();
  if (outcome == ScanOutcome::kTorn) {
    recovered.report.torn_tail = true;
    recovered.report.torn_file = directory + "/" + segment_name(scan.end().segment);
    recovered.report.torn_offset = scan.end().offset;
    recovered.report.torn_bytes = scan.torn_bytes();
  }
  return recovered;
}

Status cut_torn_tail(io::FileSystem& files, const Recovery& report) {
  if (!report.torn_tail) return {};
  return zero_range(files, report.torn_file, report.torn_offset, report.torn_bytes);
}

}  // namespace holdfast::store
