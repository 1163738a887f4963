#include "store/journal/journal.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "base/invariant.h"
#include "store/group_encoder.h"
#include "store/journal/directory_files.h"
#include "store/journal/format.h"
#include "store/journal/helper.h"
#include "store/journal/log_index.h"
#include "store/journal/log_scan.h"
#include "store/journal/log_writer.h"
#include "store/journal/recovery.h"
#include "store/ledger_id.h"
#include "store/listeners.h"
#include "store/log_reader.h"

namespace holdfast::store {
namespace {

constexpr size_t kSnapshotsKept = 2;

Status check_options(const JournalOptions& options) {
  if (options.segment_bytes % kBlockBytes != 0 || options.segment_bytes < kSegmentBytesMin) {
    return fail(ErrorCode::kConfigInvalid,
                fmt::format("segment_bytes must be a multiple of {} and at least {}, not {}",
                            kBlockBytes, kSegmentBytesMin, options.segment_bytes));
  }
  return {};
}

// Who the ledger is; makes it if the directory holds nothing yet.
Result<LedgerIdentity> open_identity(io::FileSystem& files, const std::string& directory,
                                     const JournalOptions& options) {
  HF_ASSIGN(known, read_identity(files, directory));
  if (known) return *known;
  HF_ASSIGN(names, files.list(directory));
  for (const std::string& name : names) {
    if (segment_number(name) == 0) continue;
    return fail(ErrorCode::kCorrupt,
                directory +
                    "/identity is missing, but there are segments: put it back from a copy");
  }
  SystemRandom system;
  LedgerIdentity identity;
  identity.ledger_id = options.ledger_id;
  if (identity.ledger_id.empty()) {
    identity.ledger_id = draw_ledger_id(options.random != nullptr ? *options.random : system);
  }
  HF_TRY(write_identity(files, directory, identity));
  return identity;
}

Status make_first_segment(io::FileSystem& files, const std::string& directory,
                          uint64_t segment_bytes) {
  SpareMaker maker(files, directory, segment_bytes);
  for (;;) {
    HF_ASSIGN(done, maker.step(1));
    if (done) return {};
  }
}

// How much of the segment in use is still to be written.
Result<uint64_t> bytes_left(io::FileSystem& files, const std::string& directory,
                            const LogEnd& end) {
  if (end.is_sealed) return 0;
  HF_ASSIGN(file, files.open(directory + "/" + segment_name(end.segment), io::OpenMode::kRead));
  HF_ASSIGN(size, file->size());
  return size - end.offset;
}

}  // namespace

struct Journal::Impl {
  Impl(io::FileSystem& the_files, std::string the_directory, JournalOptions the_options)
      : files(the_files),
        directory(std::move(the_directory)),
        options(std::move(the_options)),
        index(files, directory) {}

  Status recover();
  Result<DurableMark> take_directory();
  Status start_writing(const LogEnd& end, DurableMark mark);
  Status refuse_snapshots_ahead();
  Status next_segment(uint64_t number);
  void publish(const LogWriter::Written& written, std::shared_ptr<const GroupView> view);

  io::FileSystem& files;
  const std::string directory;
  const JournalOptions options;
  std::unique_ptr<io::FileSystem::Lock> lock;
  LedgerIdentity identity;
  Recovery recovery;

  SkuChains chains;
  LogIndex index;
  LogReader reader{index, chains};
  Listeners listeners;
  std::optional<LogWriter> writer;        // confined to the flusher
  std::unique_ptr<JournalHelper> helper;  // null when read_only, as is writer

  GroupEncoder encoder{chains, kGroupHeaderBytes};  // confined to the sequencer
  Seq last_seq = 0;                                 // confined to the sequencer

  std::shared_ptr<const GroupView>
      refused;  // confined to the flusher: met kNoSpace, to be flushed again
  std::mutex sealed_mutex;
  std::optional<GroupView> sealed;  // guarded by sealed_mutex: from the sequencer to the flusher
  std::optional<Error> broken;      // confined to the flusher
  std::vector<std::pair<LogWriter::Written, std::shared_ptr<const GroupView>>> unsynced;
  std::vector<std::string> passed_over;
};

Journal::Journal(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Journal::~Journal() = default;

// ---- opening -----------------------------------------------------------------------------------

Result<std::unique_ptr<Journal>> Journal::open(io::FileSystem& files, const std::string& directory,
                                               JournalOptions options) {
  HF_TRY(check_options(options));
  auto impl = std::make_unique<Impl>(files, directory, std::move(options));
  HF_TRY(impl->recover());
  return std::unique_ptr<Journal>(new Journal(std::move(impl)));
}

// The steps of journal-format.md, "Recovery": first everything is checked, then the directory is
// written to.
Status Journal::Impl::recover() {
  HF_ASSIGN(mark, take_directory());
  KnownDurable known{mark.point(), options.known_seq};
  if (options.find_known_seq) {
    HF_ASSIGN(found, options.find_known_seq(identity));
    known.cursor_seq = std::max(known.cursor_seq, found);
  }
  HF_ASSIGN(recovered,
            recover_log(files, directory, identity, options.guards, known, index, chains));
  recovery = std::move(recovered.report);
  identity.restored = std::move(recovered.restored);
  last_seq = recovered.end.last_seq;
  HF_TRY(refuse_snapshots_ahead());
  if (options.read_only) return {};
  HF_TRY(cut_torn_tail(files, recovery));
  return start_writing(recovered.end, std::move(mark));
}

// Takes the lock and reads who the ledger is and what was marked; makes what a new one needs.
Result<DurableMark> Journal::Impl::take_directory() {
  if (!options.read_only) HF_TRY(files.make_directories(directory));
  HF_ASSIGN(held, files.lock(directory + "/LOCK"));
  lock = std::move(held);
  HF_TRY(refuse_unfinished_restore(files, directory));
  HF_TRY(refuse_unfinished_cut(files, directory));
  if (options.read_only) {
    HF_ASSIGN(known, read_identity(files, directory));
    if (!known) return fail(ErrorCode::kIo, directory + " holds no ledger");
    identity = std::move(*known);
    return DurableMark::read(files, directory);
  }
  // A name that only the killed process's cache knows is no name: groups in such a segment would go
  // with it.
  HF_TRY(files.sync_directory(directory));
  HF_ASSIGN(who, open_identity(files, directory, options));
  identity = std::move(who);
  HF_TRY(remove_temporaries(files, directory));
  return DurableMark::open(files, directory);
}

Status Journal::Impl::start_writing(const LogEnd& end, DurableMark mark) {
  HF_ASSIGN(numbers, list_segments(files, directory));
  if (numbers.empty()) {
    HF_TRY(make_first_segment(files, directory, options.segment_bytes));
    numbers.push_back(1);
  }
  HF_ASSIGN(left, bytes_left(files, directory, end));
  helper = std::make_unique<JournalHelper>(
      files, directory,
      HelperOptions{options.segment_bytes, options.spare_bytes_per_s, options.on_fatal,
                    options.on_warning},
      std::move(mark), HelperStart{numbers.back(), end.segment, left});
  writer.emplace(files, directory, identity, end, options.guards,
                 [this](uint64_t number) { return next_segment(number); });
  if (options.helper_thread) helper->start_thread();
  return {};
}

Status Journal::Impl::refuse_snapshots_ahead() {
  HF_ASSIGN(snapshots, list_snapshots(files, directory));
  for (const Seq seq : snapshots) {
    if (seq <= last_seq) break;
    const std::string path = directory + "/" + snapshot_name(seq);
    const Result<SnapshotInfo> info = verify_snapshot(files, path, identity);
    // Damaged: it names nothing. Not read: it may name what a torn tail would take away.
    if (!info && info.error().code != ErrorCode::kCorrupt) return fail(info.error());
    if (!info) continue;
    return fail(
        ErrorCode::kSnapshotAhead,
        fmt::format(
            "{} is of seq {}, but the log ends at {}: acknowledged events are gone. Put a "
            "whole copy in its place; or `holdfast verify --truncate-at {}` gives them up",
            path, seq, last_seq, last_seq));
  }
  return {};
}

Status Journal::Impl::next_segment(uint64_t number) {
  HF_TRY(helper->wait_for_segment(number));
  helper->use_segment(number);
  return {};
}

const LedgerIdentity& Journal::identity() const { return impl_->identity; }
const Recovery& Journal::recovery() const { return impl_->recovery; }
bool Journal::do_work() { return impl_->helper != nullptr && impl_->helper->do_work(); }

// ---- writing -----------------------------------------------------------------------------------

GroupWriter& Journal::begin_group(Timestamp log_time) {
  INVARIANT(impl_->helper != nullptr, "the journal in {} was opened for reading", impl_->directory);
  impl_->encoder.start(impl_->last_seq + 1, log_time);
  return impl_->encoder;
}

bool Journal::seal_group() {
  if (impl_->encoder.commands() == 0) return false;
  const std::lock_guard lock(impl_->sealed_mutex);
  INVARIANT(!impl_->sealed.has_value(), "a group was sealed before the one before was flushed");
  impl_->sealed = impl_->encoder.take();
  impl_->last_seq = impl_->sealed->last_seq;
  impl_->chains.seal_group();
  return true;
}

Status Journal::flush_group() {
  Impl& impl = *impl_;
  if (impl.broken) return fail(*impl.broken);
  std::shared_ptr<const GroupView> view;
  if (impl.refused) {
    view = std::move(impl.refused);
  } else {
    const std::lock_guard lock(impl.sealed_mutex);
    INVARIANT(impl.sealed.has_value(), "flush_group without a sealed group");
    view = std::make_shared<const GroupView>(std::move(*impl.sealed));
    impl.sealed.reset();
  }
  Result<LogWriter::Written> written = impl.writer->write(*view);
  if (!written) {
    if (written.error().code == ErrorCode::kNoSpace) {
      impl.refused = std::move(view);
    } else {
      impl.broken = written.error();
    }
    return fail(written.error());
  }
  impl.unsynced.emplace_back(*written, std::move(view));
  if (!written->is_durable) return {};
  for (auto& [group, group_view] : impl.unsynced) impl.publish(group, std::move(group_view));
  impl.unsynced.clear();
  return {};
}

void Journal::Impl::publish(const LogWriter::Written& written,
                            std::shared_ptr<const GroupView> view) {
  index.add(written.at, written.hash, std::move(view));
  chains.group_durable();
  helper->mark_durable({written.at.last_seq, written.hash}, writer->bytes_left());
  listeners.tell(written.at.last_seq);
}

bool Journal::has_room() const { return impl_->helper != nullptr && impl_->helper->has_room(); }

// ---- reading -----------------------------------------------------------------------------------

Seq Journal::durable_seq() const { return impl_->index.durable_seq(); }
Timestamp Journal::last_time() const { return impl_->index.last_time(); }
Result<LogBatch> Journal::read(Seq after, size_t bytes_max) {
  return impl_->reader.read(after, bytes_max);
}
Result<LogBatch> Journal::read_command(Seq seq) { return impl_->reader.read_command(seq); }
Status Journal::walk_sku(const std::string& sku, Seq before_seq,
                         const std::function<bool(const Event&)>& visit) {
  return impl_->reader.walk_sku(sku, before_seq, visit);
}
Status Journal::walk_late_facts(const std::string& sku, Seq after_seq, Timestamp time,
                                const std::function<bool(const Event&)>& visit) {
  return impl_->reader.walk_late_facts(sku, after_seq, time, visit);
}
Result<std::vector<PlaceBalances>> Journal::balances_after(const std::string& sku, Seq seq) {
  return impl_->reader.balances_after(sku, seq);
}
Result<Seq> Journal::seq_at(Timestamp time) { return impl_->index.last_seq_at(time); }
Status Journal::replay(Seq after, LogVisitor& visitor) {
  return impl_->index.replay(after, visitor);
}
uint64_t Journal::subscribe(std::function<void(Seq durable)> listener) {
  return impl_->listeners.add(std::move(listener));
}
void Journal::unsubscribe(uint64_t id) { impl_->listeners.remove(id); }

Status Journal::verify() {
  Impl& impl = *impl_;
  const Seq durable = durable_seq();
  HF_ASSIGN(numbers, list_segments(impl.files, impl.directory));
  for (const uint64_t number : numbers) {
    HF_ASSIGN(file,
              impl.files.open(impl.directory + "/" + segment_name(number), io::OpenMode::kRead));
    HF_TRY(file->drop_cache());
  }
  LogScan scan(impl.files, impl.directory, numbers, impl.identity, JournalGuards{});
  SkuChains chains;
  ScannedGroup group;
  // the writer goes on meanwhile: what lies behind the durable seq is not ours to judge
  while (scan.end().last_seq < durable) {
    HF_ASSIGN(outcome, scan.next(&group));
    if (outcome == ScanOutcome::kSealed) continue;
    if (outcome != ScanOutcome::kGroup) {
      return scan.corrupt(scan.end().segment, scan.end().offset,
                          fmt::format("the log ends at seq {}, but seq {} was durable",
                                      scan.end().last_seq, durable));
    }
    if (decode_scanned(group, chains) == nullptr) {
      return scan.corrupt(group, "a group verifies but does not decode");
    }
  }
  return {};
}

// ---- snapshots ---------------------------------------------------------------------------------

Result<std::unique_ptr<SnapshotWriter>> Journal::begin_snapshot(Seq seq) {
  return SnapshotWriter::create(impl_->files, impl_->directory, impl_->identity, seq);
}

Status Journal::finish_snapshot(SnapshotWriter& writer, Hash128 state_hash) {
  Impl& impl = *impl_;
  const Seq seq = writer.seq();
  LogPoint point;
  if (seq > 0) {
    if (seq > durable_seq())
      return fail(ErrorCode::kInternal, "a snapshot of events that are not durable");
    HF_ASSIGN(found, impl.index.point_after(seq));
    point = found;
  } else {
    point.chain_hash = genesis_hash(impl.identity.ledger_id);
  }
  HF_TRY(writer.finish(point, state_hash));

  HF_ASSIGN(snapshots, list_snapshots(impl.files, impl.directory));
  for (size_t i = kSnapshotsKept; i < snapshots.size(); ++i) {
    HF_TRY(impl.files.remove(impl.directory + "/" + snapshot_name(snapshots[i])));
  }
  return {};
}

Result<std::optional<SnapshotInfo>> Journal::load_snapshot(
    const std::function<bool(std::string_view rows)>& load, Seq before) {
  Impl& impl = *impl_;
  HF_ASSIGN(snapshots, list_snapshots(impl.files, impl.directory));
  for (const Seq seq : snapshots) {
    if (seq >= before) continue;
    const std::string path = impl.directory + "/" + snapshot_name(seq);
    const Result<SnapshotInfo> info = verify_snapshot(impl.files, path, impl.identity);
    if (!info) {
      impl.passed_over.push_back(info.error().detail);
      continue;
    }
    Hash128 hash = genesis_hash(impl.identity.ledger_id);
    if (seq > 0) {
      const Result<LogPoint> point = impl.index.point_after(seq);
      if (!point) {
        impl.passed_over.push_back(point.error().detail);
        continue;
      }
      hash = point->chain_hash;
    }
    if (hash != info->point.chain_hash) {
      impl.passed_over.push_back(path +
                                 " belongs to another history: its chain hash is not the log's");
      continue;
    }
    HF_TRY(load_snapshot_rows(impl.files, path, load));
    return *info;
  }
  return std::nullopt;
}

Status Journal::drop_snapshots() {
  HF_ASSIGN(snapshots, list_snapshots(impl_->files, impl_->directory));
  for (const Seq seq : snapshots)
    HF_TRY(impl_->files.remove(impl_->directory + "/" + snapshot_name(seq)));
  return impl_->files.sync_directory(impl_->directory);
}

std::vector<std::string> Journal::passed_over() const { return impl_->passed_over; }

}  // namespace holdfast::store
