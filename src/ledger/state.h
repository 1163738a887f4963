// What the ledger knows: SKUs with their positions, holds, orders, references, channels, locations,
// keys.
//
// Read by deciding and by queries; changed only by Applier (apply.h), so that a replay ends in the
// same state. Confined to one thread. Everything is plain data; Row says what the state hash and a
// snapshot in progress need to know about one row.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "base/hash.h"
#include "base/time.h"
#include "ledger/deadlines.h"
#include "ledger/hold_index.h"
#include "ledger/idempotency.h"
#include "ledger/names.h"
#include "ledger/slab.h"
#include "model/account.h"
#include "model/command.h"
#include "model/event.h"
#include "model/outcome.h"

namespace holdfast::ledger {

using SkuId = uint32_t;
using LocationId = uint32_t;  ///< in order of birth
using ChannelId = uint32_t;
using SourceId = uint32_t;

/// Book-keeping of one row of the state.
struct Row {
  Hash128 hash;           ///< what the state hash contains for it
  bool dirty = false;     ///< in RowBook's list
  uint32_t snapshot = 0;  ///< number of the snapshot that has it (or need not have it)
};

/// A place in a chain: a line of a hold, or a commitment of an order.
struct ChainRef {
  uint32_t record = kNoId;  ///< hold or order
  uint16_t part = 0;        ///< hold line, or SKU of the order
  uint16_t piece = 0;       ///< commitment of that SKU
  bool operator==(const ChainRef&) const = default;
  bool none() const { return record == kNoId; }
};
struct ChainLinks {
  ChainRef older, newer;
};
/// Holds or orders with units at a position, oldest first.
struct Chain {
  ChainRef oldest, newest;
};

/// What a count counts.
enum class CountState : uint8_t { kSellable = 0, kDamaged = 1, kQualityControl = 2, kNone = 3 };
constexpr CountState count_state(Account account) {
  if (is_sellable(account)) return CountState::kSellable;
  if (account == Account::kDamaged) return CountState::kDamaged;
  if (account == Account::kQualityControl) return CountState::kQualityControl;
  return CountState::kNone;
}
/// The account a count's difference is booked on.
constexpr Account account_of(CountState state) {
  if (state == CountState::kDamaged) return Account::kDamaged;
  if (state == CountState::kQualityControl) return Account::kQualityControl;
  return Account::kAvailable;
}

/// One SKU at one location.
struct Position {
  LocationId location = kNoId;
  bool tracked = false;
  std::array<int64_t, 7> balances{};  ///< by Account − 1: available … in_transit
  int64_t shortfall = 0;              ///< as last announced
  std::array<Timestamp, 3> newest;  ///< by CountState: latest occurred_at of a fact that changed it
  using Anchors = std::array<std::vector<Timestamp>, 3>;
  std::unique_ptr<Anchors> anchors;  ///< by CountState, sorted; null = never counted
  Chain holds, orders;

  int64_t& balance(Account account) { return balances[static_cast<size_t>(account) - 1]; }
  int64_t balance(Account account) const { return balances[static_cast<size_t>(account) - 1]; }
  int64_t available() const { return balances[0]; }
  /// What a count of that state would find, by the books.
  int64_t counted(CountState state) const;
};

/// How a channel's available_to_sell of a SKU was last announced.
enum class Level : uint8_t { kUnknown = 0, kOut = 1, kLow = 2, kIn = 3 };

/// How many open holds a name has of a SKU.
struct HeldBy {
  SourceId source = kNoId;
  uint32_t holds = 0;
};

struct Sku {
  uint64_t sku_seq = 0;
  Seq last_seq = 0;       ///< of its last event
  SkuId same_as = kNoId;  ///< an alias of that one
  int64_t supplier = 0, customer = 0, adjustment = 0;
  std::vector<Position> positions;
  std::vector<Level> levels;    ///< by channel
  std::vector<HeldBy> held_by;  ///< by source, those that have any; see held_by.h
  uint32_t aliases = 0;         ///< how many SKUs are the same as this one
  Row row;

  const Position* at(LocationId location) const;
  Position* at(LocationId location);
};

struct HoldLine {
  SkuId sku = kNoId;
  LocationId location = kNoId;
  std::string line;
  int64_t quantity = 0, remaining = 0, committed = 0, released = 0, expired = 0;
  ChainLinks links;
};
struct Hold {
  std::string id;
  ChannelId channel = kNoId;
  std::string reference;
  bool client_id = false;
  Seq first_seq = 0;
  Timestamp placed_at, deadline;
  Timestamp closed_at;  ///< none = open
  int64_t remaining = 0;
  std::vector<HoldLine> lines;
  std::vector<std::pair<ChannelId, std::string>> commits;
  SourceId placed_by = kNoId;
  Row row;
  bool open() const { return remaining > 0; }
};

/// What an order counts, besides `ordered`.
enum class Counter : uint8_t { kFulfilled = 0, kCancelled = 1, kWrittenOff = 2, kReturned = 3 };

/// A number a source told: the sum of its deltas, or the newest total of one line.
struct Tally {
  SourceId source = kNoId;
  Counter counter = Counter::kFulfilled;
  Account state = Account::kNone;  ///< of returns
  LocationId location = kNoId;     ///< of fulfilments and returns
  bool is_total = false;
  std::string line;  ///< of totals
  int64_t value = 0;
};
/// The newest snapshot a source gave of one line; each field has the version that told it.
struct SnapshotLine {
  SourceId source = kNoId;
  std::string line;
  struct Field {
    bool told = false;
    Version version;
    int64_t value = 0;
  };
  Field ordered, cancelled, written_off;
  int64_t fallen = 0;  ///< units an edit removed without restocking
};
/// One fulfilment, return or cancellation, by its id.
struct Document {
  SourceId source = kNoId;
  Counter counter = Counter::kFulfilled;
  std::string id;
  bool voided = false;
  struct Line {
    SkuId sku = kNoId;
    LocationId location = kNoId;
    Account state = Account::kNone;
    int64_t quantity = 0;
  };
  std::vector<Line> lines;
};
/// What was moved for the order so far.
struct Booked {
  Counter counter = Counter::kFulfilled;
  Account state = Account::kNone;
  LocationId location = kNoId;
  int64_t quantity = 0;
};
struct Commitment {
  LocationId location = kNoId;
  int64_t units = 0;
  ChainLinks links;
};
struct OrderSku {
  SkuId sku = kNoId;
  std::vector<SnapshotLine> snapshots;
  std::vector<Tally> tallies;
  std::vector<Booked> booked;
  std::vector<Commitment> commitments;
  int64_t held_total = 0;  ///< what holds and order.accept committed
  Timestamp last_commit;
  int64_t surplus = 0;  ///< shipped beyond `ordered`, as last remarked
  int64_t committed() const;
};
struct Order {
  ChannelId channel = kNoId;
  std::string order;
  Seq first_seq = 0;
  bool cancelled = false;   ///< whole, for ever
  bool no_restock = false;  ///< of the whole cancel
  Timestamp closed_at;      ///< none = something is committed
  int64_t committed = 0;
  std::vector<OrderSku> skus;
  std::vector<Document> documents;
  Row row;

  const OrderSku* of(SkuId sku) const;
  OrderSku* of(SkuId sku);
};

enum class ReferenceKind : uint8_t { kReceipt = 0, kTransfer = 1, kReturn = 2 };
struct ReferenceLine {
  std::string line;
  SkuId sku = kNoId;
  LocationId location = kNoId;  ///< of what is open
  int64_t expected = 0;         ///< receipts
  int64_t used = 0;             ///< taken out of what was expected of this line
  int64_t open = 0;             ///< now incoming or in_transit
  int64_t sent = 0;             ///< dispatched
  int64_t received = 0;         ///< of this line, whatever it was taken from
  int64_t surplus = 0;          ///< transfers: received beyond what was sent
};
struct Reference {
  ReferenceKind kind = ReferenceKind::kReceipt;
  std::string reference;
  bool closed = false;  ///< final
  Timestamp last_at;
  std::vector<ReferenceLine> lines;
  Row row;
  int64_t open() const;
};

struct Channel {
  bool exists = false;  ///< false: only mentioned by facts
  ChannelSettings settings;
  std::vector<LocationId> locations;
  uint64_t open_holds = 0;
  Row row;
};
struct Location {
  LocationSettings settings;
  Row row;
};
struct Source {
  Version::Kind version_kind = Version::Kind::kNone;
  uint64_t open_holds = 0;
  Row row;
};

/// Key of an order or a reference in its map: a number and a text.
struct TaggedText {
  uint32_t tag;
  std::string_view text;
  bool operator==(const TaggedText&) const = default;
};
struct TaggedTextHash {
  using is_avalanching = void;
  uint64_t seed = 0;
  size_t operator()(const TaggedText& key) const { return hash64(key.text, seed + key.tag); }
};

/// Something closed, waiting for the end of kClosedKept.
struct Closed {
  Timestamp at;
  uint32_t id;
};

struct State {
  State(std::string_view ledger_id, Duration window, uint64_t keys_max);

  uint64_t seed;
  Seq last_seq = 0;
  Timestamp time;  ///< recorded_at of the last command
  /// What was last decided or applied, was at: the moment from which on closed holds are forgotten.
  /// No decision may see one that a replay of the events before it would not.
  Timestamp now;
  uint64_t sku_seq_base = 0;  ///< where a new SKU starts: raised with each restore

  Names sku_names, location_names, channel_names, source_names;
  Slab<Sku> skus;  ///< by the ids of sku_names
  Slab<Location> locations;
  Slab<Channel> channels;
  Slab<Source> sources;

  Slab<Hold> holds;
  HoldIndex hold_ids;
  Deadlines deadlines;
  uint64_t open_holds = 0;
  Seq forgotten_holds = 0;  ///< first_seq of the newest hold that left memory

  Slab<Order> orders;
  ShardedMap<TaggedText, uint32_t, TaggedTextHash> order_ids;
  uint64_t open_orders = 0;

  Slab<Reference> references;
  ShardedMap<TaggedText, uint32_t, TaggedTextHash> reference_ids;

  std::deque<Closed> closed_holds;            ///< oldest first
  std::deque<DiscrepancyView> discrepancies;  ///< the newest 10,000, oldest first
  IdempotencyTable keys;

  // ---- looking up; kNoId or null where there is none ----
  /// The SKU a name stands for: aliases followed.
  SkuId find_sku(std::string_view name) const;
  std::string_view sku_name(SkuId id) const { return sku_names.text(id); }
  std::string_view location_name(LocationId id) const { return location_names.text(id); }
  std::string_view channel_name(ChannelId id) const { return channel_names.text(id); }
  const Position* position(SkuId sku, LocationId location) const;
  /// A hold that closed kClosedKept ago is forgotten, whether or not it has left memory yet.
  uint32_t find_hold(std::string_view id) const;
  bool forgotten(const Hold& hold) const;
  uint32_t find_order(std::string_view channel, std::string_view order) const;
  uint32_t find_reference(ReferenceKind kind, std::string_view reference) const;

  HoldLine& hold_line(const ChainRef& ref) { return holds[ref.record].lines[ref.part]; }
  const HoldLine& hold_line(const ChainRef& ref) const { return holds[ref.record].lines[ref.part]; }
  Commitment& commitment(const ChainRef& ref) {
    return orders[ref.record].skus[ref.part].commitments[ref.piece];
  }
  const Commitment& commitment(const ChainRef& ref) const {
    return orders[ref.record].skus[ref.part].commitments[ref.piece];
  }
};

inline constexpr size_t kDiscrepanciesKept = 10'000;
inline constexpr size_t kAnchorsKept = 64;  // per (sku, location, state)
inline constexpr std::string_view kDefaultChannel = "default";
/// Commands of this source may change what the configuration file defines.
inline constexpr std::string_view kConfigSource = "config";

}  // namespace holdfast::ledger
