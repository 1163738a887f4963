// Decider: one command against the state. A ladder of guards, one named refusal each; after the
// last guard it cannot fail, and every event goes to the sink and through Applier at once.
//
// Made for one call of Ledger::decide (or expire_due, settle). Confined to one thread. Its members
// are spread over decide_*.cc, one family of commands each.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ledger/allocation.h"
#include "ledger/apply.h"
#include "ledger/ledger.h"
#include "ledger/order_targets.h"
#include "ledger/state.h"

namespace holdfast::ledger {

class Decider {
 public:
  Decider(const LedgerOptions& options, const State& state, Applier& applier, EventSink& out,
          Timestamp now)
      : options_(options), state_(state), applier_(applier), out_(out), now_(now) {}

  Outcome decide(const Command& command, bool storage_full);
  /// Expires due holds, oldest deadline first, until `lines_max` lines or a bound of bytes is
  /// reached; the last hold may exceed them. Returns how many lines.
  size_t expire_due(size_t lines_max);
  /// The same for the due holds of the SKUs the command touches. False: some are still due.
  bool expire_for(const Command& command, size_t lines_max);
  /// Announces levels of SKUs from *next on for one channel. Returns how many events.
  size_t settle(ChannelId channel, SkuId* next, size_t max_events, size_t max_skus);

 private:
  // ---- the ladder (decide.cc) ----
  Outcome climb(const Command& command, bool storage_full);
  std::optional<Outcome> seen_before(const Command& command);
  std::optional<Outcome> malformed(const Command& command) const;
  std::optional<Outcome> unbookable(const Command& command) const;
  Outcome dispatch(const Command& command);

  // ---- expiry (expiry.cc) ----
  /// What one go of expiring has written, and where it ends.
  struct Bite {
    size_t lines_max, bytes_max;
    size_t lines = 0, bytes = 0;
    static Bite unbounded() { return {SIZE_MAX, SIZE_MAX}; }
    bool full() const { return lines >= lines_max || bytes >= bytes_max; }
  };
  bool due(const Deadline* deadline) const;
  bool any_due() const;
  bool expire_touched(const Command& command, Bite bite);
  bool expire_named(const Command& command, Bite* bite);
  bool expire_of_sku(SkuId sku, Bite* bite);
  void expire_hold(uint32_t hold, Bite* bite);

  // ---- emitting (emit.cc) ----
  /// An event of this command, with what all its events share.
  Event event_of(EventType type) const;
  /// Fills in what all its events share, and brings it into the world.
  void emit(Event& event);
  /// Emits a movement, and what an anchor after it makes of it.
  void emit_move(const Event& event);
  void correct(const Event& event, CountState state, LocationId location, int64_t change);
  void remark(const Event& cause, Account account, int64_t missing, std::string_view reason);
  /// Emits location.created where the name is new.
  void know_location(std::string_view name);
  void finish();
  void begin(const CommandHead& head);

  // ---- consequences (consequences.cc) ----
  void consequences();
  void announce_shortfall(SkuId sku, size_t position);
  bool announce_level(SkuId sku, ChannelId channel, const Market& market);

  // ---- answers (decide.cc) ----
  Outcome refused(ErrorCode code, std::string detail) const;
  Outcome rejected(ErrorCode code, std::string detail, std::string pointer = {}) const;
  Outcome done(OutcomeStatus status);
  void echo_stock(const Command& command, Outcome* outcome) const;

  // ---- where (places.cc) ----
  /// The place of a line that is no order's: its own, the command's, the only one there is.
  std::optional<std::string> place_of(const Command& command, const CommandLine& line) const;
  std::optional<Outcome> every_line_placed(const Command& command) const;
  std::optional<Outcome> overflows(const Command& command) const;

  // ---- stock facts (decide_stock.cc) ----
  Outcome stock_sold(const Command& command);
  Outcome stock_adjusted(const Command& command);
  Outcome stock_moved(const Command& command);
  Outcome stock_counted(const Command& command);
  Outcome stock_returned(const Command& command);
  int64_t take_at_most(Event event, int64_t quantity);

  // ---- receipts and transfers (decide_transfers.cc) ----
  Outcome stock_expected(const Command& command);
  void expect(const Command& command, const CommandLine& line);
  Outcome stock_received(const Command& command);
  void receive(const Command& command, const CommandLine& line, int64_t quantity);
  int64_t take_open(Event event, const Reference* reference, const std::string& place,
                    int64_t quantity);
  /// How what is open of a reference ends with `final`.
  struct Ending {
    ReferenceKind kind;
    EventType type;
    Account from, to;
    std::string_view reason;
  };
  void close_reference(const Command& command, const Ending& ending);
  /// Each line gives one of the two, and a `total` goes with a reference: `reference_required` says
  /// why.
  std::optional<Outcome> quantity_or_total(const Command& command,
                                           std::string_view reference_required) const;
  void close_receipt(const Command& command);
  Outcome transfer_dispatched(const Command& command);
  Outcome transfer_received(const Command& command);
  void arrive(const Command& command, const CommandLine& line, int64_t quantity);
  void close_transfer(const Command& command);
  const Reference* reference_of(ReferenceKind kind, const std::string& reference) const;
  int64_t still_to_book(const Reference* reference, const CommandLine& line,
                        int64_t ReferenceLine::* booked) const;

  // ---- orders (decide_orders.cc, reconcile.cc) ----
  /// A number a fact tells of an order.
  struct Telling {
    EventType type = EventType::kNone;
    Counter counter = Counter::kFulfilled;
    std::string_view sku, line, document;
    Account state = Account::kNone;  ///< of returns
    bool is_total = false;
    bool no_restock = false;
    int64_t number = 0;
  };
  Outcome order_fact(const Command& command);
  Outcome order_reassigned(const Command& command);
  std::optional<Outcome> bad_order_line(const Command& command) const;
  std::optional<Outcome> version_kind_changed(const Command& command) const;
  std::optional<Outcome> order_without_place(const Command& command) const;
  void tell_snapshot(const Command& command);
  void tell_snapshot_line(const Command& command, const CommandLine& line);
  void tell_fulfillments(const Command& command);
  void tell_fulfilled(const Command& command);
  void tell_unfulfilled(const Command& command);
  void tell_cancelled(const Command& command);
  void tell_returned(const Command& command);
  void tell_void(std::string_view document);
  void tell_shipments(const std::vector<CommandLine>& lines, std::string_view document,
                      std::string_view place);
  void tell_shipment(const Telling& what, std::string_view place);
  void tell(const Telling& what, std::string_view place);
  void tell_at(const Telling& what, std::string_view place, int64_t more);
  int64_t counted_so_far(const Telling& what) const;
  bool said_by_snapshot(const Telling& what) const;
  int64_t counted_here(const Telling& what, LocationId location) const;
  const Document* document_now(Counter counter, std::string_view id) const;
  Event told_event(EventType type, std::string_view sku) const;
  std::string_view order_channel() const;
  const Order* order_now() const;
  const OrderSku* part_now(std::string_view sku) const;
  SourceId source_now() const { return state_.source_names.find(command_->source); }

  /// Moves what is booked to what was told, SKU by SKU.
  void reconcile(const std::vector<std::string>& skus);
  void reconcile_committed(std::string_view channel);
  void reconcile_shipments(SkuId sku, const OrderTarget& target);
  void reconcile_written_off(SkuId sku, const OrderTarget& target);
  void reconcile_returns(SkuId sku, const OrderTarget& target);
  void make_up(SkuId sku, LocationId location, Account state, int64_t units);
  void commit_units(SkuId sku, int64_t units, LocationId preferred);
  void release_units(SkuId sku, int64_t units, LocationId preferred);
  void order_move(EventType type, SkuId sku, Account from, Account to, int64_t quantity,
                  LocationId location, uint32_t flags = 0);
  int64_t booked(SkuId sku, Counter counter, LocationId location, Account state) const;
  int64_t committed_at(SkuId sku, LocationId location) const;
  std::vector<LocationId> fill_order() const;

  // ---- holds and requests (decide_holds.cc, decide_requests.cc) ----
  Outcome hold_place(const Command& command);
  Outcome hold_change(const Command& command);
  Outcome hold_commit(const Command& command);
  Outcome hold_release(const Command& command);
  Outcome hold_extend(const Command& command);
  Outcome order_accept(const Command& command);
  struct Request {
    std::optional<Market> market;
    Few<Demand> lines;
  };
  /// Where a request may take its lines from, or why not.
  std::optional<Outcome> prepare_request(const Command& command, Request* request) const;
  Outcome insufficient(const Command& command, const Plan& plan) const;
  std::vector<Shortage> shortages_of(const Command& command, const Plan& plan) const;
  bool same_hold(const Hold& hold, const Command& command) const;
  bool quota_used_up(const Command& command) const;
  std::optional<Outcome> sku_quota_used_up(const Command& command, const Request& request,
                                           SourceId by, const Hold* changed) const;
  Outcome granted(std::string_view id, const std::vector<Shortage>& shortages);
  Event hold_event(EventType type, const Hold& hold, const HoldLine& line) const;
  struct Chosen {
    uint16_t line;
    int64_t units;
  };
  /// The hold's lines a command names (all with units left when it names none); nullopt: more than
  /// left.
  std::optional<std::vector<Chosen>> choose(const Hold& hold, const Command& command,
                                            int64_t HoldLine::* counter) const;
  Outcome commit_again(const Hold& hold, const Command& command, std::string_view channel);
  Outcome rehold(uint32_t hold, const Command& command, std::string_view channel);
  std::optional<Outcome> closed_hold(const Hold& hold) const;
  void show_hold(std::string_view id, Outcome* outcome) const;
  Outcome with_hold(Outcome outcome, std::string_view id) const;
  bool names_order(const Hold& hold, std::string_view channel, std::string_view order) const;

  // ---- settings (decide_settings.cc) ----
  Outcome channel_set(const Command& command);
  Outcome channel_remove(const Command& command);
  Outcome location_set(const Command& command);
  Outcome sku_merge(const Command& command);

  const LedgerOptions& options_;
  const State& state_;
  Applier& applier_;
  EventSink& out_;
  Timestamp now_;

  const Command* command_ = nullptr;
  CommandHead head_;
  bool begun_ = false;
  Seq first_seq_ = 0;
  Timestamp occurred_at_, claimed_at_;      ///< of the command, clamped
  EventType move_type_ = EventType::kNone;  ///< of commitments and releases of an order
  Few<SkuId> touched_;
  size_t bytes_emitted_ = 0;  ///< what the events may take in the log, roughly
  size_t names_left_ = 0;     ///< holds and orders the shortfalls of this command may still name
};

/// A hold as answers show it, with what is endangered of it now.
HoldView view_of(const State& state, uint32_t hold);
OrderView view_of_order(const State& state, const Order& order);

}  // namespace holdfast::ledger
