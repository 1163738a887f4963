#include "engine/recovery.h"

#include <fmt/format.h>

namespace holdfast::engine {
namespace {

class ReplayInto final : public store::LogVisitor {
 public:
  explicit ReplayInto(ledger::Ledger& ledger) : ledger_(ledger) {}
  void begin_command(const CommandHead& head, Seq first_seq, Timestamp recorded_at) override {
    ledger_.begin_command(head, first_seq, recorded_at);
  }
  void event(const Event& event) override {
    ledger_.apply(event);
    ++events;
  }
  void end_command() override { ledger_.end_command(); }
  uint64_t events = 0;

 private:
  ledger::Ledger& ledger_;
};

/// One try: the newest before `*before`, or null with a remark. Null and *before = 0: there is no
/// other.
Result<std::unique_ptr<ledger::Ledger>> load_one(SnapshotPort& snapshots,
                                                 const ledger::LedgerOptions& options,
                                                 std::optional<Seq>* before,
                                                 std::vector<std::string>* remarks) {
  auto loading = std::make_unique<ledger::Ledger>(options);
  bool readable = true;
  const auto take = [&](std::string_view rows) {
    readable = loading->load_rows(rows);
    return readable;
  };
  auto loaded = *before ? snapshots.load_before(**before, take) : snapshots.load(take);
  *before = loaded && *loaded ? (*loaded)->seq : 0;
  if (!readable) {
    remarks->push_back(
        "a snapshot has rows this version cannot read; an older one or the whole log "
        "is used");
    return nullptr;
  }
  if (!loaded) return fail(std::move(loaded).error());
  if (!*loaded) return nullptr;
  const LoadedSnapshot& snapshot = **loaded;
  if (!loading->finish_load(snapshot.seq, snapshot.time) ||
      loading->state_hash() != snapshot.state_hash) {
    remarks->push_back(fmt::format(
        "the snapshot of seq {} is not the state it says; an older one or the whole log is used",
        snapshot.seq));
    return nullptr;
  }
  return loading;
}

/// The newest snapshot that is the state it says: two are kept, and the second is not tried in
/// vain.
Result<std::unique_ptr<ledger::Ledger>> load_newest(SnapshotPort& snapshots,
                                                    const ledger::LedgerOptions& options,
                                                    std::vector<std::string>* remarks) {
  for (std::optional<Seq> before; before != Seq{0};) {
    HF_ASSIGN(loaded, load_one(snapshots, options, &before, remarks));
    if (loaded) return loaded;
  }
  return nullptr;
}

}  // namespace

Result<uint64_t> replay_log(store::EventStore& store, ledger::Ledger& ledger) {
  ReplayInto visitor(ledger);
  HF_TRY(store.replay(ledger.last_seq(), visitor));
  return visitor.events;
}

Result<Recovered> recover(store::EventStore& store, SnapshotPort* snapshots,
                          const ledger::LedgerOptions& options, const Clock& clock) {
  const Duration begin = clock.boot();
  Recovered recovered;
  if (snapshots != nullptr) {
    HF_ASSIGN(loaded, load_newest(*snapshots, options, &recovered.facts.remarks));
    recovered.ledger = std::move(loaded);
  }
  if (recovered.ledger) {
    recovered.facts.snapshot_seq = recovered.ledger->last_seq();
  } else {
    recovered.ledger = std::make_unique<ledger::Ledger>(options);
  }
  HF_ASSIGN(replayed, replay_log(store, *recovered.ledger));
  recovered.facts.events_replayed = replayed;
  recovered.facts.last_seq = recovered.ledger->last_seq();
  recovered.facts.took = clock.boot() - begin;
  return recovered;
}

}  // namespace holdfast::engine
