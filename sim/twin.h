// The naive twin of the ledger: the laws of product.md in maps and vectors, with no thought of
// speed.
//
// Written from the specification alone, so that where twin and ledger agree two readings agree.
// Used by tests, the simulator and `demo` (books compared at the end). Confined to one thread.
//
// What it does not keep: a log. It answers what a command comes to and what the books then say.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "base/time.h"
#include "model/command.h"
#include "model/outcome.h"
#include "sim/books.h"

namespace holdfast::sim {

class Twin final : public Books {
 public:
  explicit Twin(Duration idempotency_window = 7 * kDay) : window_(idempotency_window) {}

  Outcome decide(const Command& command, Timestamp now) override;
  void expire_due(Timestamp now) override;

  // ---- what the books say ----
  std::vector<PositionView> positions(const std::string& sku) const override;
  ChannelAvailability availability(const std::string& sku,
                                   const std::string& channel) const override;
  int64_t outside(const std::string& sku, Account account) const override;
  std::optional<HoldView> hold(const std::string& id) const override;
  std::optional<OrderView> order(const std::string& channel,
                                 const std::string& order) const override;
  std::vector<ShortfallView> shortfalls() const override;
  size_t discrepancies() const override { return discrepancies_; }
  std::string check() const override;
  std::vector<std::string> skus() const;
  std::vector<std::string> channels() const;
  std::vector<std::string> hold_ids() const;
  std::vector<std::pair<std::string, std::string>> order_keys() const;

  /// A knob for tests of the tests: this much is added to every ATS, so that a property can be seen
  /// to fail.
  int64_t ats_error_for_tests = 0;

 private:
  using Place = std::pair<std::string, std::string>;  // sku, location
  struct Position {
    bool tracked = false;
    int64_t balance[6] = {};  // by Account, kAvailable … kQualityControl
  };
  struct Movement {  // of one (sku, location, what a count counts), for counts of the past
    Timestamp when;
    int64_t quantity;
  };
  struct HoldLine {
    std::string line, sku, location;
    int64_t quantity = 0, remaining = 0, committed = 0, released = 0, expired = 0;
  };
  struct Hold {
    uint64_t number = 0;  // younger is larger
    std::string id, channel, reference;
    Timestamp created, deadline;
    std::vector<HoldLine> lines;
    std::vector<std::pair<std::string, std::string>> commits;  // channel, order
    bool open() const;
    bool expired() const;
  };

  // ---- what was told about an order, by whom ----
  struct Field {  // one number of a snapshot's line
    bool told = false;
    Version version;
    int64_t value = 0;
    /// True where this says more than what is known: newer, or larger under the same version.
    bool tell(const Version& version, const std::optional<int64_t>& value);
  };
  struct SnapshotLine {
    Field ordered, cancelled, written_off;
    int64_t fallen = 0;  // by edits without restock: still ordered, and written off
    void add_to(SnapshotLine& other) const {
      for (auto field :
           {&SnapshotLine::ordered, &SnapshotLine::cancelled, &SnapshotLine::written_off}) {
        Field& sum = other.*field;
        if ((this->*field).told)
          sum = {true, (this->*field).version, sum.value + (this->*field).value};
      }
      other.fallen += fallen;
    }
  };
  using Units = std::map<std::string, int64_t>;  // by location, or by line
  struct Document {                              // one fulfilment, return or cancellation
    bool voided = false;
    std::map<std::tuple<std::string, std::string, Account>, int64_t> told;  // sku, location, state
  };
  struct Counter {  // the larger of the sum of deltas and the newest totals
    int64_t deltas = 0;
    Units totals;  // by line
    int64_t value() const;
    /// True where that is more than was told before.
    bool raise(const std::string& line, int64_t total);
    void add_to(Counter& other) const;
  };
  enum class What { kFulfilled, kReturned, kCancelled, kWrittenOff };
  using Told = std::tuple<What, std::string, std::string, Account>;  // sku, location, state
  struct Source {                                                    // all that one of them told
    std::map<Place, SnapshotLine> lines;                             // (sku, line)
    std::map<std::pair<What, std::string>, Document> documents;
    std::map<Told, Counter> counters;
  };
  struct OrderSku {  // what the ledger made of it
    int64_t by_holds = 0;
    Timestamp last_commit;
    Units fulfilled, written_off, committed;
    std::map<std::pair<std::string, Account>, int64_t> returned;  // location, state
  };
  struct Order {
    uint64_t number = 0;
    std::map<std::string, Source> told;
    std::map<std::string, OrderSku> skus;
    bool cancelled = false;
    bool no_restock = false;
  };
  struct Target {  // what all that was told comes to
    int64_t ordered = 0, fulfilled = 0, cancelled = 0, written_off = 0, owed = 0;
    bool known = false;  // how many were ordered
    Units fulfilled_at;
  };
  struct ExpectedLine {
    int64_t expected = 0, used = 0;
    Units open;  // by location
  };
  struct Reference {  // expected receipts
    bool closed = false;
    std::map<Place, ExpectedLine> lines;  // (sku, line)
    std::map<Place, int64_t> received;
  };
  struct Transfer {
    bool closed = false;
    std::map<Place, int64_t> on_the_way;            // (sku, to)
    std::map<std::string, int64_t> surplus;         // came before it was said to be sent, by sku
    std::map<Place, int64_t> dispatched, received;  // (sku, line)
  };
  struct Key {
    uint64_t fingerprint = 0;
    Timestamp time;
    OutcomeStatus status = OutcomeStatus::kRecorded;
    std::vector<Shortage> shortages;
  };
  struct Take {
    std::string location;
    int64_t quantity;
  };
  struct Demand {
    std::string sku, location, line;
    int64_t quantity = 0;
    int64_t granted = 0;
    std::vector<Take> takes;
  };

  // twin.cc
  Outcome dispatch(const Command& command);
  Outcome settings(const Command& command);
  Outcome merge_sku(const Command& command);
  void rename_in_orders(const std::string& alias, const std::string& target);
  std::string resolve(const std::string& sku) const;
  std::string place_of(const Command& command, const std::string& line_location) const;
  std::optional<Outcome> missing_place(const Command& command) const;
  void know_location(const std::string& name);
  Position& at(const std::string& sku, const std::string& location);
  void track(const std::string& sku, const std::string& location) {
    at(sku, location).tracked = true;
  }
  int64_t& balance(const std::string& sku, const std::string& location, Account account);
  /// Moves and, behind a count, corrects. `when` kNone = now.
  void move(const std::string& sku, Account from, const std::string& from_location, Account to,
            const std::string& to_location, int64_t quantity, Timestamp when);
  void book(const std::string& sku, const std::string& location, Account account, int64_t quantity,
            Timestamp when);
  /// Takes from an account that may not go below zero; what is missing comes from adjustment.
  void take(const std::string& sku, Account from, const std::string& location, Account to,
            int64_t quantity, Timestamp when);
  Timestamp clamp(Timestamp claimed) const;

  // twin_stock.cc
  Outcome expected(const Command& command);
  Outcome received(const Command& command);
  int64_t take_expected(Reference& reference, const CommandLine& arrived,
                        const std::string& location, int64_t quantity);
  Outcome sold(const Command& command);
  Outcome adjusted(const Command& command);
  Outcome counted(const Command& command);
  Outcome moved(const Command& command);
  Outcome dispatched(const Command& command);
  Outcome transfer_received(const Command& command);

  // twin_available.cc
  std::vector<std::string> fill_order(const std::string& channel) const;
  bool is_tracked(const std::string& sku, const std::string& location) const;
  bool is_sellable(const std::string& location) const;
  int64_t free_at(const std::string& sku, const std::string& location) const;
  std::optional<int64_t> available_to_sell(const std::string& sku,
                                           const std::string& channel) const;
  std::map<std::string, int64_t> deal(const std::string& sku, const std::string& channel,
                                      bool own_stock_only) const;
  std::vector<Demand> demands_of(const Command& command,
                                 const std::vector<CommandLine>& lines) const;
  std::vector<Shortage> grant(const std::string& channel, std::vector<Demand>& demands) const;
  void fill(const std::string& channel, std::vector<Demand>& demands, bool fact) const;
  std::optional<Outcome> nowhere(const Command& command, const std::string& channel,
                                 const std::vector<CommandLine>& lines) const;
  ChannelSettings settings_of(const std::string& channel) const;

  // twin_holds.cc
  bool is_same(const Hold& hold, const Command& command) const;
  Outcome place_hold(const Command& command);
  Outcome change_hold(const Command& command);
  std::optional<std::vector<int64_t>> choose(const Hold& hold, const Command& command,
                                             int64_t HoldLine::* counter) const;
  Outcome release_hold(const Command& command);
  Outcome extend_hold(const Command& command);
  void take_into(Hold& hold, const std::vector<Demand>& demands);
  std::map<std::string, int64_t> endangered_holds(const std::string& sku,
                                                  const std::string& location, int64_t* rest) const;
  HoldView view(const Hold& hold) const;

  // twin_commits.cc
  Outcome commit_hold(const Command& command);
  Outcome commit_again(Hold& hold, const Command& command,
                       const std::pair<std::string, std::string>& key);
  int64_t still_missing(const Order& order, const std::string& sku, int64_t quantity) const;

  // twin_orders.cc
  Order& order_of(const Command& command);
  Outcome accept_order(const Command& command);
  Outcome order_snapshot(const Command& command);
  Outcome order_fulfilled(const Command& command);
  Outcome order_unfulfilled(const Command& command);
  Outcome order_cancelled(const Command& command);
  Outcome order_reassigned(const Command& command);
  Outcome stock_returned(const Command& command);
  bool tell_line(Source& source, What what, const Command& command, const CommandLine& line,
                 const std::string& location, Account state);
  bool tell_document(Source& source, What what, const std::string& id,
                     const std::map<std::tuple<std::string, std::string, Account>, int64_t>& told);
  int64_t told_by(const Source& source, What what, const std::string& sku,
                  const std::string& location, Account state) const;
  int64_t largest(const Order& order, What what, const std::string& sku,
                  const std::string& location = {}, Account state = Account::kNone) const;
  bool is_replaced(const Order& order, const std::string& sku) const;
  int64_t snapshot_ordered(const Order& order, const std::string& sku) const;
  Target target_of(const Order& order, const std::string& sku) const;
  void commit_by_hold(Order& order, const std::string& sku, int64_t quantity);
  std::string home_of(const std::string& channel) const;
  void settle_shipments(Order& order, Timestamp when);
  void settle_written_off(Order& order, const std::string& channel, Timestamp when);
  void settle_owed(Order& order, const Command& command, Timestamp when);
  void settle_returns(Order& order, Timestamp when);
  void settle(Order& order, const Command& command, Timestamp when);
  void settle_committed(Order& order, const std::pair<std::string, std::string>& key);

  Duration window_;
  Timestamp now_;
  uint64_t numbers_ = 0;
  size_t discrepancies_ = 0;
  std::vector<std::string> location_names_;  // in the order they came into being
  std::map<std::string, LocationSettings> location_settings_;
  std::map<std::string, ChannelSettings> channels_;
  std::map<std::string, std::string> aliases_;
  std::map<Place, Position> positions_;
  std::map<std::pair<std::string, Account>, int64_t> outside_;
  std::map<std::tuple<std::string, std::string, Account>, std::vector<Movement>> history_;
  std::map<std::tuple<std::string, std::string, Account>, std::set<Timestamp>> anchors_;
  std::map<std::string, Hold> holds_;
  std::map<std::pair<std::string, std::string>, Order> orders_;
  std::map<std::string, Reference> references_;
  std::map<std::string, Transfer> transfers_;
  std::map<std::pair<std::string, std::string>, Key> keys_;  // (source, key)
};

/// The outcome of a refusal or rejection.
Outcome refused(ErrorCode code, std::string detail = {});
Outcome rejected(ErrorCode code, std::string detail = {});
Outcome recorded(bool anything);

}  // namespace holdfast::sim
