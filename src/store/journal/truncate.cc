// Cutting: gives up the end of a log, by hand or for a restore. journal-format.md, "Cutting".
#include <algorithm>

#include <fmt/format.h>

#include "base/time.h"
#include "store/group_encoder.h"
#include "store/journal/cut.h"
#include "store/journal/directory_files.h"
#include "store/journal/journal.h"
#include "store/journal/log_scan.h"
#include "store/journal/log_writer.h"
#include "store/journal/recovery.h"
#include "store/journal/spare_maker.h"

namespace holdfast::store {
namespace {

// Where the log is cut: behind the last whole group that ends at or before `seq`. What cannot be
// read is no end: a device that fails for a moment must not cost the segments behind that place.
Result<LogEnd> find_cut(LogScan& scan, Seq seq) {
  LogEnd keep = scan.end();
  for (;;) {
    ScannedGroup group;
    const Result<ScanOutcome> outcome = scan.next(&group);
    if (!outcome && outcome.error().code != ErrorCode::kCorrupt) return fail(outcome.error());
    if (outcome && scan.end().last_seq > seq) return keep;
    if (outcome && (*outcome == ScanOutcome::kGroup || *outcome == ScanOutcome::kSealed)) {
      keep = scan.end();
      continue;
    }
    if (keep.last_seq == seq) return keep;
    return fail(ErrorCode::kCursorInvalid,
                outcome ? fmt::format("the log ends at seq {}, before seq {}: nothing was cut",
                                      keep.last_seq, seq)
                        : fmt::format("seq {} cannot be reached, nothing was cut: {}", seq,
                                      outcome.error().detail));
  }
}

Status remove_segments_behind(io::FileSystem& files, const std::string& directory,
                              uint64_t segment) {
  HF_ASSIGN(names, files.list(directory));
  std::vector<uint64_t> numbers;
  for (const std::string& name : names) numbers.push_back(segment_number(name));
  std::sort(numbers.rbegin(), numbers.rend());
  for (const uint64_t number : numbers) {
    if (number <= segment) return {};
    HF_TRY(files.remove(directory + "/" + segment_name(number)));
    HF_TRY(files.sync_directory(directory));  // the last one first: never a gap
  }
  return {};
}

Status remove_what_names_more(io::FileSystem& files, const std::string& directory, Seq last_seq) {
  HF_ASSIGN(snapshots, list_snapshots(files, directory));
  for (const Seq snapshot : snapshots) {
    if (snapshot <= last_seq) break;
    HF_TRY(files.remove(directory + "/" + snapshot_name(snapshot)));
  }
  const std::string mark = directory + "/" + DurableMark::kName;
  HF_ASSIGN(is_marked, files.exists(mark));
  if (is_marked) HF_TRY(files.remove(mark));
  return files.sync_directory(directory);
}

Status zero_to_end(io::FileSystem& files, const std::string& directory, const LogEnd& end) {
  const std::string path = directory + "/" + segment_name(end.segment);
  HF_ASSIGN(file, files.open(path, io::OpenMode::kRead));
  HF_ASSIGN(size, file->size());
  return zero_range(files, path, end.offset, size - end.offset);
}

// One group with `ledger.restored`: everyone who reads the log hears that its future is another
// one, and that every sku_seq went up by 2^32.
Status write_restored(io::FileSystem& files, const std::string& directory,
                      const LedgerIdentity& identity, const LogEnd& end, uint64_t segment_bytes,
                      std::string_view by) {
  SkuChains chains;  // the event is of no SKU
  GroupEncoder encoder(chains, kGroupHeaderBytes);
  const Timestamp time = end.time.has_value() ? end.time : SystemClock().wall();
  encoder.start(end.last_seq + 1, time);
  CommandHead head;
  head.source = by;
  encoder.begin_command(head);
  const std::string detail =
      fmt::format("cut behind seq {}; incarnation {}", end.last_seq, identity.incarnation);
  Event event;
  event.type = EventType::kLedgerRestored;
  event.seq = end.last_seq + 1;
  event.source = head.source;
  event.detail = detail;
  encoder.append(event);
  encoder.end_command();

  const auto make_segment = [&](uint64_t number) -> Status {
    HF_ASSIGN(exists, files.exists(directory + "/" + segment_name(number)));
    SpareMaker maker(files, directory, segment_bytes);
    while (!exists) {
      HF_ASSIGN(done, maker.step(number));
      exists = done;
    }
    return {};
  };
  LogWriter writer(files, directory, identity, end, JournalGuards{}, make_segment);
  HF_TRY(writer.write(encoder.take()));
  return {};
}

}  // namespace

Result<Seq> Journal::truncate_at(io::FileSystem& files, const std::string& directory, Seq seq) {
  HF_ASSIGN(lock, files.lock(directory + "/LOCK"));
  HF_TRY(refuse_unfinished_restore(files, directory));
  return cut_log(files, directory, seq, 0, "truncate-at");
}

Result<Seq> cut_log(io::FileSystem& files, const std::string& directory, Seq seq,
                    uint32_t incarnation_above, std::string_view by) {
  HF_TRY(files.sync_directory(directory));
  HF_ASSIGN(identity, read_identity(files, directory));
  if (!identity) return fail(ErrorCode::kIo, directory + " holds no ledger");
  HF_ASSIGN(numbers, list_segments_to_gap(files, directory));
  if (numbers.empty()) return fail(ErrorCode::kIo, directory + " holds no segment to cut");
  HF_TRY(get_past_the_cache(files, directory, numbers));
  HF_ASSIGN(first, files.open(directory + "/" + segment_name(1), io::OpenMode::kRead));
  HF_ASSIGN(segment_bytes, first->size());
  LogScan scan(files, directory, numbers, *identity, JournalGuards{});
  HF_ASSIGN(keep, find_cut(scan, seq));

  // From here on the directory is refused until the last line was reached: between two of these
  // steps it may well look like a whole log.
  HF_TRY(
      write_whole_file(files, directory, kUnfinishedCutName, fmt::format("{}\n", keep.last_seq)));
  identity->incarnation = std::max(identity->incarnation, incarnation_above) + 1;
  HF_TRY(write_identity(files, directory, *identity));
  // Nobody is told and nobody is listened to before an operator has looked at what is left.
  HF_TRY(write_whole_file(files, directory, kResumeAwaitedName,
                          fmt::format("incarnation {}\n", identity->incarnation)));
  HF_TRY(remove_what_names_more(files, directory, keep.last_seq));
  HF_TRY(remove_segments_behind(files, directory, keep.segment));
  HF_TRY(zero_to_end(files, directory, keep));
  HF_TRY(write_restored(files, directory, *identity, keep, segment_bytes, by));
  HF_TRY(files.remove(directory + "/" + std::string(kUnfinishedCutName)));
  HF_TRY(files.sync_directory(directory));
  return keep.last_seq;
}

}  // namespace holdfast::store
