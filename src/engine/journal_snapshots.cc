#include "engine/journal_snapshots.h"

#include <limits>
#include <utility>

namespace holdfast::engine {
namespace {

class JournalSnapshotFile final : public SnapshotPort::File {
 public:
  JournalSnapshotFile(store::Journal& journal, std::unique_ptr<store::SnapshotWriter> writer)
      : journal_(journal), writer_(std::move(writer)) {}
  Status append(std::string_view rows) override { return writer_->append(rows); }
  Status finish(Hash128 state_hash) override {
    return journal_.finish_snapshot(*writer_, state_hash);
  }

 private:
  store::Journal& journal_;
  std::unique_ptr<store::SnapshotWriter> writer_;
};

}  // namespace

Result<std::unique_ptr<SnapshotPort::File>> JournalSnapshots::begin(Seq seq) {
  HF_ASSIGN(writer, journal_.begin_snapshot(seq));
  return std::make_unique<JournalSnapshotFile>(journal_, std::move(writer));
}

Result<std::optional<LoadedSnapshot>> JournalSnapshots::load(
    const std::function<bool(std::string_view)>& rows) {
  return load_before(std::numeric_limits<Seq>::max(), rows);
}

Result<std::optional<LoadedSnapshot>> JournalSnapshots::load_before(
    Seq before, const std::function<bool(std::string_view)>& rows) {
  HF_ASSIGN(info, journal_.load_snapshot(rows, before));
  if (!info) return std::nullopt;
  return LoadedSnapshot{info->point.seq, info->point.time, info->state_hash};
}

}  // namespace holdfast::engine
