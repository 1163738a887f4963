// JSON out: answers, problems and views, appended to a string the caller owns.
//
// Used by http, feed, connectors, app. Pure functions, thread-safe; they allocate only what the string
// grows by. Times are RFC 3339 in UTC. Text that is not valid UTF-8 comes out with U+FFFD in its place, so
// output is always valid JSON. Fields that are absent, empty or kNone are left out unless said otherwise.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "model/event.h"
#include "model/outcome.h"

namespace holdfast::json {

/// `"…"` with everything escaped that JSON requires.
void print_text(std::string* out, std::string_view text);
void print_integer(std::string* out, int64_t value);

// ---- answers to commands ----

/// One outcome: `{"status","seq"?,"code"?,"detail"?,"pointer"?,"shortages"?,"hold"?,"order"?,"stock"?}`.
void print_outcome(std::string* out, const Outcome& outcome);
/// `{"results":[…]}`, for arrays.
void print_results(std::string* out, std::span<const Outcome> outcomes);
/// The outcome of an item that never became a command.
Outcome rejected(Error error);

// ---- application/problem+json (RFC 9457) ----

struct Problem {
  int status = 500;
  Error error;
  std::string_view instance;  ///< the path asked for
  // members some problems have; empty = left out
  std::span<const Shortage> shortages;
  const HoldView* hold = nullptr;
  std::span<const StockEcho> stock;
  std::string_view resume_at;    ///< kCursorInvalid: the cursor to go on from
  int64_t retry_after_s = 0;     ///< what the Retry-After header says
};
void print_problem(std::string* out, const Problem& problem);
/// A refused or rejected outcome as a problem; its members are views into `outcome`.
Problem problem_of(const Outcome& outcome, int status, std::string_view instance);
/// "Insufficient stock" for kInsufficientStock: a problem's `title`.
std::string title_of(ErrorCode code);

// ---- reads ----

void print_shortages(std::string* out, std::span<const Shortage> shortages);
void print_hold(std::string* out, const HoldView& hold);
void print_order(std::string* out, const OrderView& order);
/// One SKU: `{"sku","sku_seq","seq","locations":[…],"channels":{…}}`.
void print_stock(std::string* out, const StockView& stock);
/// Pages: `{"seq",…:[…],"next_cursor"?}`, with "holds", "orders", "stock".
void print_holds(std::string* out, const QueryResult& result);
void print_orders(std::string* out, const QueryResult& result);
void print_stock_page(std::string* out, const QueryResult& result);
/// `{"seq","ok","lines":[{"sku","available_to_sell","requested"?,"ok"}]}`.
void print_availability(std::string* out, const QueryResult& result);
void print_channel(std::string* out, const ChannelView& channel);
void print_channels(std::string* out, const QueryResult& result);
void print_location(std::string* out, const LocationView& location);
void print_locations(std::string* out, const QueryResult& result);
void print_discrepancies(std::string* out, const QueryResult& result);
void print_shortfalls(std::string* out, const QueryResult& result);

/// Why a SKU's numbers are what they are. REQUIRES: `stock` has the places of `why`, in the same order.
void print_explanation(std::string* out, const StockView& stock, const Explanation& why,
                       const StockAccount& account);

// ---- events ----

/// Which ledger an event belongs to; a part of every event id and cursor.
struct LedgerName {
  std::string_view ledger;
  uint32_t incarnation = 0;
  std::span<const Restore> restores = {};  ///< rising
  /// The one that recorded the event: a restore does not rename what was told before it.
  uint32_t incarnation_at(Seq seq) const;
};
/// `{ledger}-{incarnation that recorded it}-{seq}`.
std::string event_id(const LedgerName& name, Seq seq);
/// CloudEvents 1.0, structured JSON, one line: `source` = "holdfast/{ledger}", `subject` and
/// `partitionkey` = the SKU, `sequence` = seq padded to 20 digits, `data` = the movement and what it
/// belongs to (docs/http-api.md).
void print_cloudevent(std::string* out, const Event& event, const LedgerName& name);
/// Only the `data` member of the above.
void print_event_data(std::string* out, const Event& event, const LedgerName& name);
/// History of a SKU: `{"sku","events":[CloudEvents, newest first],"next_before"?}`. next_before = the seq
/// to pass as `before` for the next page; 0 = this was the last.
void print_history(std::string* out, std::string_view sku, std::span<const OwnedEvent> events,
                   const LedgerName& name, Seq next_before);

/// A stock.changed push: CloudEvent whose `data` is print_stock's plus `incarnation` and `push_seq`. With
/// `channel` only that channel's numbers are told; empty = all. id = `{ledger}-{incarnation}-push-{push_seq}`.
struct StockPush {
  const StockView* stock = nullptr;
  std::string_view channel;
  uint64_t push_seq = 0;
  Timestamp time;
};
std::string push_id(const LedgerName& name, uint64_t push_seq);
void print_stock_changed(std::string* out, const StockPush& push, const LedgerName& name);

}  // namespace holdfast::json
