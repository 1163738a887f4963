// A command: a fact that has happened, or a request that may be refused; what JSON is parsed into and what
// `decide` takes. Owns its text. One flat shape for all types: `type` says which fields mean something
// (the table in docs/http-api.md); the parser refuses fields a type does not have.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "model/account.h"
#include "model/binding.h"
#include "model/version.h"

namespace holdfast {

enum class CommandType : uint8_t {
  kNone = 0,
  // facts: recorded whatever the stock says
  kStockExpected = 1,
  kStockReceived = 2,
  kStockSold = 3,
  kOrderPlaced = 4,
  kOrderChanged = 5,
  kOrderReassigned = 6,
  kOrderFulfilled = 7,
  kOrderUnfulfilled = 8,
  kOrderCancelled = 9,
  kStockReturned = 10,
  kStockAdjusted = 11,
  kStockCounted = 12,
  kStockMoved = 13,
  kTransferDispatched = 14,
  kTransferReceived = 15,
  // requests: refused when the units are not there
  kHoldPlace = 32,
  kHoldChange = 33,
  kHoldCommit = 34,
  kHoldRelease = 35,
  kHoldExtend = 36,
  kOrderAccept = 37,
  // settings
  kChannelSet = 64,
  kChannelRemove = 65,
  kLocationSet = 66,
  kSkuMerge = 67,
};

constexpr bool is_fact(CommandType t) { return t >= CommandType::kStockExpected && t <= CommandType::kTransferReceived; }
constexpr bool is_request(CommandType t) { return t >= CommandType::kHoldPlace && t <= CommandType::kOrderAccept; }
constexpr bool is_setting(CommandType t) { return t >= CommandType::kChannelSet; }

/// "stock.received" for facts, "hold.place" for requests, "channel.set" for settings.
std::string_view name_of(CommandType type);
std::optional<CommandType> command_type_named(std::string_view name);

/// One line of a command. Which of the numbers is given depends on the type.
struct CommandLine {
  std::string sku;
  std::string location;             ///< overrides the command's
  std::string line;                 ///< the sender's line id
  std::optional<int64_t> quantity;  ///< a delta, 1 … 1e9
  std::optional<int64_t> total;     ///< cumulative, 0 … 1e9
  std::optional<int64_t> ordered;
  std::optional<int64_t> expected;  ///< stock.expected; stock.adjusted: what `set` replaces
  std::optional<int64_t> counted;
  std::optional<int64_t> delta;     ///< stock.adjusted, ± 1e9, not 0
  std::optional<int64_t> set;       ///< stock.adjusted, with `expected`
  std::optional<int64_t> cancelled;    ///< order.changed: cumulative
  std::optional<int64_t> written_off;  ///< order.changed: cumulative
  Account state = Account::kNone;   ///< available, damaged, quality_control; kNone = default
  bool state_sellable = false;      ///< stock.counted: `state: "sellable"` was spelled out
  Account from = Account::kNone;    ///< stock.moved
  Account to = Account::kNone;
};

/// A fulfilment inside an `order.changed` snapshot.
struct CommandFulfillment {
  std::string id;
  std::string location;
  bool voided = false;              ///< status "cancelled"; "success" otherwise
  Timestamp occurred_at;
  struct Line {
    std::string sku;                ///< resolved from `line` by the parser where absent
    std::string line;
    int64_t quantity = 0;
  };
  std::vector<Line> lines;
};

struct ChannelSettings {
  std::vector<std::string> locations;  ///< fill order
  int64_t buffer = 0;                  ///< 0 … 1e9
  int64_t oversell_limit = 0;          ///< 0 … 1e9
  int64_t low_at = 0;                  ///< 0 = never "low"
  bool managed_by_config = false;
  bool operator==(const ChannelSettings&) const = default;
};

struct LocationSettings {
  bool sellable = true;
  bool managed_by_config = false;
  bool operator==(const LocationSettings&) const = default;
};

/// Prepared by the engine for a count of the past: what the (sku, location, state) of each line held at
/// `occurred_at`, as known up to the SKU's event `sku_seq`. `decide` answers kBasisMoved when the SKU has
/// moved on or when a basis is needed and absent.
struct CountBasis {
  uint64_t sku_seq = 0;
  int64_t quantity = 0;
};

/// How many holds one name may have open; 0 = no quota.
struct HoldQuota {
  int64_t open_max = 0;
  int64_t open_per_sku_max = 0;  ///< of each SKU
};

struct Command {
  CommandType type = CommandType::kNone;

  // who says it, and how a repetition is recognised
  std::string source;            ///< the API key's name, the source's name, or "local"
  std::string idempotency_key;   ///< empty = none
  std::string idempotency_key_2; ///< sources: a second name of the same delivery; either seen = duplicate
  uint64_t fingerprint = 0;      ///< of method, path and body: same key, other fingerprint = reused
  bool from_source = false;      ///< webhooks: a seen key is a duplicate whatever the body; age is parked
  bool dry_run = false;
  BindingPtr binding;            ///< of the API key that says it; null = none
  HoldQuota hold_quota;          ///< hold.place and .change: of `source`

  Timestamp occurred_at;         ///< kNone = when recorded
  std::string channel;
  std::string order;
  std::string location;          ///< default for lines
  std::string to_location;       ///< transfers, order.reassigned
  std::string reference;         ///< receipts, transfers, holds
  std::string document;          ///< id of one fulfilment, return or cancellation: counts once
  std::string reason;
  Version version;
  bool final = false;            ///< closes the reference
  bool restock = true;           ///< false: what falls is written off
  std::vector<CommandLine> lines;
  std::vector<CommandFulfillment> fulfillments;

  // requests
  std::string hold;              ///< id: to act on, or client-chosen when placing
  std::optional<int64_t> ttl_s;
  bool allow_partial = false;
  bool release_rest = false;
  bool rehold = false;
  bool refuse_if_endangered = false;

  // settings: `channel`, `location`, or `sku_alias` → `sku_same_as`
  ChannelSettings channel_settings;
  LocationSettings location_settings;
  std::string sku_alias;
  std::string sku_same_as;

  std::vector<CountBasis> count_bases;  ///< by line; empty = not prepared
};

}  // namespace holdfast
