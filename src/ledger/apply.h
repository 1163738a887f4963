// Applier: the only thing that changes the ledger's state. Deciding emits events through it, a
// replay feeds it the same events from the log; both end in the same state because an event carries
// all it needs.
//
// Confined to one thread. Assumes events that decide() made: it checks nothing but its own
// invariants.
#pragma once

#include <string_view>
#include <vector>

#include "ledger/row_book.h"
#include "ledger/state.h"
#include "model/event.h"

namespace holdfast::ledger {

class Applier {
 public:
  Applier(State* state, RowBook* rows) : state_(*state), rows_(*rows) {}

  /// It is `now`: what closed long enough before is forgotten. A hold of that id that still is in
  /// memory leaves it. Deciding calls it before it looks at anything.
  void be_at(Timestamp now, std::string_view hold_id);
  void begin_command(const CommandHead& head, Seq first_seq, Timestamp recorded_at);
  void apply(const Event& event);
  void end_command() { rows_.settle(); }

  /// Channels whose settings (or whose locations') changed since: availability is to be looked at.
  bool unsettled() const { return !unsettled_.empty(); }
  std::vector<ChannelId> take_unsettled() { return std::exchange(unsettled_, {}); }

  /// SKUs with a position that was below zero go to *skus from here on: a shortfall names what it
  /// endangers, and a desk may not have it.
  void watch_below_zero(std::vector<SkuId>* skus) { below_zero_ = skus; }

 private:
  Timestamp occurred(const Event& event) const {
    return event.occurred_at.has_value() ? event.occurred_at : state_.time;
  }

  // ---- identities, made on first mention ----
  SkuId ensure_sku(std::string_view name);
  LocationId ensure_location(std::string_view name);
  ChannelId ensure_channel(std::string_view name);
  SourceId ensure_source(std::string_view name);
  Position& ensure_position(SkuId sku, LocationId location);

  // ---- stock ----
  void move(const Event& event, SkuId sku);
  void shift(SkuId sku, LocationId location, Account account, int64_t quantity);
  void note_fact(const Event& event, SkuId sku, LocationId from, LocationId to);
  void anchor(const Event& event, SkuId sku);
  void apply_reference(const Event& event, SkuId sku);
  void apply_receipt(const Event& event, Reference* reference, SkuId sku);
  void apply_transfer(const Event& event, Reference* reference, SkuId sku);
  ReferenceLine& reference_line(Reference* reference, const Event& event, SkuId sku);
  ReferenceLine& open_line(Reference* reference, const Event& event, SkuId sku,
                           LocationId location);
  void apply_discrepancy(const Event& event);

  // ---- holds ----
  void apply_hold(const Event& event, SkuId sku);
  uint32_t ensure_hold(const Event& event);
  HoldLine& hold_line(uint32_t hold, const Event& event, SkuId sku, bool rehold);
  void change_remaining(uint32_t hold, uint16_t line, int64_t quantity);
  void commit_hold_line(uint32_t hold, const Event& event, SkuId sku);
  void close_hold(uint32_t hold);

  // ---- orders ----
  void apply_order(const Event& event, SkuId sku);
  Order& ensure_order(const Event& event, uint32_t* id);
  OrderSku& ensure_part(Order* order, SkuId sku);
  void told(const Event& event, Order* order, SkuId sku);
  void told_snapshot(const Event& event, OrderSku* part);
  void told_counter(const Event& event, Order* order, SkuId sku, Counter counter);
  void count_commit(const Event& event, OrderSku* part);
  void book(const Event& event, uint32_t order, SkuId sku);
  void commit_at(uint32_t order, SkuId sku, LocationId location, int64_t quantity);

  // ---- settings ----
  void apply_setting(const Event& event, SkuId sku);
  void merge_sku(SkuId alias, SkuId same_as);
  void merge_hold_line(const ChainRef& ref, SkuId same_as);
  void merge_reference(uint32_t id, Reference* reference, SkuId alias, SkuId same_as);
  void merge_orders(SkuId alias, SkuId same_as);
  void set_channel(const Event& event);
  void set_location(const Event& event);
  void set_level(const Event& event, SkuId sku);
  void restored();

  std::vector<SkuId>* below_zero_ = nullptr;
  State& state_;
  RowBook& rows_;
  std::vector<ChannelId> unsettled_;
};

}  // namespace holdfast::ledger
