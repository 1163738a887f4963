// A dry run decides on a small copy: every setting, and the SKUs, hold, order and reference the
// command touches. So it answers by the very same code, and cannot leave anything behind.
#include <algorithm>
#include <set>

#include "ledger/answer.h"
#include "ledger/decider.h"
#include "ledger/rows.h"
#include "ledger/shortfall.h"

namespace holdfast::ledger {
namespace {

class NullSink final : public EventSink {
 public:
  void begin_command(const CommandHead&) override {}
  void append(const Event&) override {}
  void end_command() override {}
};

class Copier {
 public:
  Copier(const State& from, State* to, Timestamp now) : from_(from), to_(to), now_(now) {}

  template <typename T>
  void all(RowKind kind, const Slab<T>& slab) {
    for (uint32_t id = 0; id < slab.size(); ++id) row(kind, id);
  }
  void row(RowKind kind, uint32_t id) {
    if (id == kNoId || !done_.emplace(static_cast<int>(kind), id).second) return;
    bytes_.clear();
    encode_row(from_, kind, id, &bytes_);
    decode_row(bytes_, to_);
  }
  void sku(std::string_view name) {
    if (const SkuId raw = from_.sku_names.find(name); raw != kNoId) row(RowKind::kSku, raw);
    sku(from_.find_sku(name));
  }
  /// The SKU with the holds that are due or endangered at its positions.
  void sku(SkuId id) {
    if (id == kNoId) return;
    row(RowKind::kSku, id);
    if (!looked_at_.emplace(id).second) return;
    from_.deadlines.each_until(id, now_, [this](uint32_t due) { hold(due); });
    for (const Position& position : from_.skus[id].positions) {
      int64_t missing = -position.available();
      size_t looks = kShortfallLookedAtMax;
      for (ChainRef ref = position.holds.newest; missing > 0 && !ref.none() && looks > 0; --looks) {
        missing -= from_.hold_line(ref).remaining;
        hold(ref.record);
        ref = from_.hold_line(ref).links.older;
      }
    }
  }
  void hold(uint32_t id) {
    if (id == kNoId || done_.contains({static_cast<int>(RowKind::kHold), id})) return;
    row(RowKind::kHold, id);
    for (const HoldLine& line : from_.holds[id].lines) row(RowKind::kSku, line.sku);
  }
  void order(uint32_t id) {
    if (id == kNoId) return;
    row(RowKind::kOrder, id);
    for (const OrderSku& part : from_.orders[id].skus) row(RowKind::kSku, part.sku);
  }
  void reference(uint32_t id) {
    if (id == kNoId) return;
    row(RowKind::kReference, id);
    for (const ReferenceLine& line : from_.references[id].lines) row(RowKind::kSku, line.sku);
  }

 private:
  const State& from_;
  State* to_;
  const Timestamp now_;
  std::set<SkuId> looked_at_;  ///< SKUs whose holds are copied
  std::set<std::pair<int, uint32_t>> done_;
  std::string bytes_;
};

void copy_touched(const State& state, const Command& command, Copier* copy) {
  copy->all(RowKind::kLocation, state.locations);
  copy->all(RowKind::kChannel, state.channels);
  copy->all(RowKind::kSource, state.sources);
  for (const CommandLine& line : command.lines) copy->sku(line.sku);
  for (const auto& fulfillment : command.fulfillments) {
    for (const auto& line : fulfillment.lines) copy->sku(line.sku);
  }
  copy->sku(command.sku_alias);
  copy->sku(command.sku_same_as);
  const uint32_t hold = state.find_hold(command.hold);
  if (hold != kNoId) {
    copy->hold(hold);
    for (const HoldLine& line : state.holds[hold].lines) copy->sku(line.sku);
  }
  for (std::string_view channel : {std::string_view(command.channel), kDefaultChannel,
                                   hold == kNoId || state.holds[hold].channel == kNoId
                                       ? std::string_view()
                                       : state.channel_name(state.holds[hold].channel)}) {
    copy->order(state.find_order(channel, command.order));
  }
  for (ReferenceKind kind :
       {ReferenceKind::kReceipt, ReferenceKind::kTransfer, ReferenceKind::kReturn}) {
    copy->reference(state.find_reference(kind, command.reference));
  }
}

}  // namespace

Outcome decide_dry(const State& state, const LedgerOptions& options, const Command& command,
                   Timestamp now, bool storage_full, EventSink* out) {
  LedgerOptions limits = options;
  if (state.open_holds >= limits.holds_open_max) limits.holds_open_max = 0;
  if (state.open_orders >= limits.orders_open_max) limits.orders_open_max = 0;
  State scratch(options.ledger_id, options.idempotency_window,
                state.keys.full() ? 0 : options.idempotency_keys_max);
  Copier copier(state, &scratch, now);
  copy_touched(state, command, &copier);
  for (const std::string& key : {command.idempotency_key, command.idempotency_key_2}) {
    if (key.empty()) continue;
    const SeenKey* seen = state.keys.find(state.keys.hash_of(command.source, key), now);
    if (seen != nullptr) scratch.keys.add(*seen);
  }
  scratch.last_seq = state.last_seq;
  scratch.time = state.time;
  scratch.now = state.now;
  scratch.sku_seq_base = state.sku_seq_base;
  scratch.forgotten_holds = state.forgotten_holds;
  RowBook rows(&scratch);
  finish_loading_some(&scratch, &rows);
  for (ChannelId id = 0; id < scratch.channels.size(); ++id) {
    scratch.channels[id].open_holds = state.channels[id].open_holds;
  }
  for (SourceId id = 0; id < scratch.sources.size(); ++id) {
    scratch.sources[id].open_holds = state.sources[id].open_holds;
  }
  for (SkuId id = 0; id < scratch.skus.size(); ++id) {
    if (scratch.skus.has(id)) scratch.skus[id].held_by = state.skus[id].held_by;
  }
  Applier applier(&scratch, &rows);
  NullSink nowhere;
  EventSink& sink = out == nullptr ? nowhere : *out;
  Command real = command;
  real.dry_run = false;
  Outcome outcome = Decider(limits, scratch, applier, sink, now).decide(real, storage_full);
  outcome.seq = 0;  // nothing was logged
  outcome.depends_on = state.last_seq;
  return outcome;
}

}  // namespace holdfast::ledger
