// What a command comes to, and the views that answers and reads show. All own their text.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "model/command.h"
#include "model/event.h"
#include "model/explain.h"

namespace holdfast {

enum class OutcomeStatus : uint8_t {
  kRecorded,   // a fact is in the log
  kAccepted,   // a request was granted
  kDuplicate,  // it changes nothing: already so, or already told
  kRefused,    // understood, and does not hold against the state (409, 423)
  kRejected,   // malformed, unknown, or impossible (4xx, 503, 507)
  kParked,     // a source's delivery kept aside with a reason
};
std::string_view name_of(OutcomeStatus status);

struct HoldLineView {
  std::string line, sku, location;
  int64_t quantity = 0, remaining = 0, committed = 0, released = 0, expired = 0;
};
struct HoldView {
  std::string id;
  bool open = false;
  Timestamp expires_at;
  int64_t endangered = 0;
  std::string channel, reference;
  std::vector<HoldLineView> lines;
  struct Commit {
    std::string channel, order;
  };
  std::vector<Commit> commits;
};

/// An order's counters per SKU; `committed` per place.
struct OrderLineView {
  std::string sku;
  int64_t ordered = 0, fulfilled = 0, cancelled = 0, written_off = 0, returned = 0, committed = 0;
  std::map<std::string, int64_t> committed_at;
};
struct OrderView {
  std::string channel, order;
  bool open = false;       ///< something is still committed
  bool cancelled = false;  ///< whole
  std::vector<OrderLineView> lines;
};

/// Present number of a SKU after a command, in its answer.
struct StockEcho {
  std::string sku;
  uint64_t sku_seq = 0;
  std::optional<int64_t> available_to_sell;  ///< of the command's channel (or location); null = untracked
};

struct Outcome {
  OutcomeStatus status = OutcomeStatus::kRejected;
  bool replayed = false;       ///< `Idempotent-Replayed: true`
  Seq seq = 0;                 ///< of the command's last event; 0 where nothing was logged
  Seq first_seq = 0;           ///< replayed: the first event of the first answer; the engine re-reads the rest
  Error error;                 ///< code kNone where all is well
  std::vector<Shortage> shortages;
  std::optional<HoldView> hold;
  std::optional<OrderView> order;
  std::vector<StockEcho> stock;
  Seq depends_on = 0;          ///< the answer may be released once this seq is durable
};

// ---- reads ---------------------------------------------------------------------------------------

struct PositionView {
  std::string location;
  bool tracked = false;
  int64_t available = 0, held = 0, committed = 0, damaged = 0, quality_control = 0;
  int64_t incoming = 0, in_transit = 0;
  int64_t on_hand() const { return available + held + committed + damaged + quality_control; }
  bool operator==(const PositionView&) const = default;
};
struct ChannelAvailability {
  std::string channel;
  std::optional<int64_t> available_to_sell;  ///< null: none of its locations is tracked
  std::vector<std::pair<std::string, int64_t>> locations;  ///< dealt out, in fill order
};
struct StockView {
  std::string sku;
  uint64_t sku_seq = 0;
  Seq seq = 0;             ///< the feed position this view reflects
  std::vector<PositionView> locations;
  std::vector<ChannelAvailability> channels;
};

enum class QueryType : uint8_t {
  kStock,         // one SKU
  kStockPage,     // by (sku), after `cursor`
  kHold,          // by id
  kHolds,         // filtered by sku, reference, channel, open
  kOrder,         // by (channel, order)
  kOrders,        // filtered by sku, open
  kAvailability,  // channel + lines
  kChannels,
  kLocations,
  kDiscrepancies,
  kShortfalls,
  kExplain,       // one SKU; `channel`: of that channel only
};
struct Query {
  QueryType type = QueryType::kStock;
  std::string sku, location, channel, order, hold, reference;
  std::optional<bool> tracked;
  std::optional<bool> open;
  std::string cursor;      ///< opaque, from the page before
  size_t limit = 100;      ///< 1 … 1,000
  std::vector<CommandLine> lines;  ///< kAvailability: sku, quantity?
  BindingPtr binding;              ///< of the API key that asks; null = none
};

struct ChannelView {
  std::string id;
  ChannelSettings settings;
};
struct LocationView {
  std::string id;
  LocationSettings settings;
};
struct AvailabilityLineView {
  std::string sku;
  std::optional<int64_t> available_to_sell;
  std::optional<int64_t> requested;
  bool ok = false;
};
struct DiscrepancyView {
  Seq seq = 0;
  Timestamp recorded_at;
  std::string sku, location, reason, channel, order, reference;
  Account account = Account::kNone;
  int64_t quantity = 0;
};
struct ShortfallView {
  std::string sku, location;
  int64_t quantity = 0;
  std::vector<std::pair<std::string, int64_t>> holds;   ///< id, endangered units
  std::vector<std::pair<std::string, int64_t>> orders;  ///< "channel/order", endangered units
  uint64_t more = 0;                                    ///< not named
};

/// The answer to a Query; only the members its type names are filled.
struct QueryResult {
  Error error;  ///< kUnknownSku, kUnknownHold, kUnknownOrder, kUnknownChannel; kNone = found
  Seq seq = 0;  ///< the state it reflects
  std::vector<StockView> stock;
  std::vector<HoldView> holds;
  std::vector<OrderView> orders;
  std::vector<AvailabilityLineView> availability;
  bool all_ok = false;
  std::vector<ChannelView> channels;
  std::vector<LocationView> locations;
  std::vector<DiscrepancyView> discrepancies;
  std::vector<ShortfallView> shortfalls;
  std::optional<Explanation> explanation;
  std::string next_cursor;  ///< empty = the last page
};

}  // namespace holdfast
