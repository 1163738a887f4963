// An event: one movement of one SKU between two accounts, and/or something to remember. Immutable.
//
// Event is a *view*: its text lies in the command, the ledger's names, or the log bytes it was decoded
// from, and lives no longer than they do. Trivially copyable; OwnedEvent keeps its own text.
//
// The events of a command are consecutive in the log, preceded by its CommandHead; the ledger's state is
// a function of heads and events alone (replay = state).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "model/account.h"
#include "model/command.h"
#include "model/version.h"

namespace holdfast {

using Seq = uint64_t;  ///< position in the log, from 1, no gaps; 0 = before everything

enum class EventType : uint8_t {
  kNone = 0,
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
  kStockCountCorrected = 13,
  kStockMoved = 14,
  kTransferDispatched = 15,
  kTransferReceived = 16,
  kHoldPlaced = 32,
  kHoldChanged = 33,
  kHoldExtended = 34,
  kHoldCommitted = 35,
  kHoldReleased = 36,
  kHoldExpired = 37,
  kOrderAccepted = 38,
  kShortfallOpened = 48,
  kShortfallChanged = 49,
  kShortfallClosed = 50,
  kAvailabilityChanged = 51,
  kDiscrepancy = 52,        // a fact took more than an account held; the ledger's remark
  kChannelSet = 64,
  kChannelRemoved = 65,
  kLocationCreated = 66,
  kLocationSet = 67,
  kSkuMerged = 68,
  kLedgerRestored = 69,
};

/// "stock.received", "hold.placed" … as in CloudEvents `type` and in filters.
std::string_view name_of(EventType type);
std::optional<EventType> event_type_named(std::string_view name);

/// One event. Fields that mean nothing for its type are empty, 0 or kNone and take no room in the log.
struct Event {
  EventType type = EventType::kNone;
  Seq seq = 0;
  uint64_t sku_seq = 0;              ///< per SKU, from 1, no gaps; 0 = not about a SKU
  std::string_view sku;

  // the movement; from = kNone: nothing moves
  Account from = Account::kNone;
  Account to = Account::kNone;
  int64_t quantity = 0;              ///< ≥ 1 where something moves
  std::string_view location;         ///< place of `from` and `to`
  std::string_view to_location;      ///< place of `to`, where it differs

  // what it belongs to
  std::string_view channel;
  std::string_view order;
  std::string_view line;
  std::string_view reference;
  std::string_view document;         ///< fulfilment, return or cancellation id
  std::string_view hold;
  std::string_view reason;
  std::string_view source;           ///< the head's `source`, repeated so that an event stands alone
  Timestamp occurred_at;             ///< kNone = recorded_at
  Timestamp claimed_at;              ///< what the sender claimed, where that was the future

  // what to remember
  Timestamp deadline;                ///< holds
  Version version;
  bool has_total = false;
  int64_t total = 0;                 ///< the told number: ordered, counted, expected, cumulative total …
  int64_t cancelled = 0;             ///< order snapshots: cumulative
  int64_t written_off = 0;           ///< order snapshots: cumulative
  uint32_t flags = 0;                ///< Event::Flag
  std::string_view detail;           ///< encoded extras of one type: see model/event_detail.h

  // set when decoded from the log, never encoded per event (they are the group's and the head's)
  Timestamp recorded_at;
  Seq command_seq = 0;               ///< seq of the first event of its command: `command_id`

  enum Flag : uint32_t {
    kTold = 1,            ///< carries counters of an order or reference to remember
    kVoided = 2,          ///< the fulfilment `document` is void, for ever
    kWhole = 4,           ///< a whole-order cancel
    kNoRestock = 8,
    kFinal = 16,          ///< closes the reference
    kTracked = 32,        ///< the position is tracked from here on
    kAnchor = 64,         ///< a count: `occurred_at` anchors (sku, location, state)
    kClientId = 128,      ///< the hold's id was chosen by the client
    kSnapshotLine = 256,  ///< `total`, `cancelled`, `written_off` are one line of a versioned snapshot
    kDelta = 512,         ///< told as a keyed delta (`quantity`), not as a total
    kClosed = 1024,       ///< the hold, order or reference is closed by this event
    kSellable = 2048,     ///< counts: the state is the sum available + held + committed
    kReturn = 4096,       ///< customer → here is a return, not a void
    kHasCancelled = 8192,   ///< order snapshots: `cancelled` was told
    kHasWrittenOff = 16384, ///< order snapshots: `written_off` was told
  };
  bool has(Flag flag) const { return (flags & flag) != 0; }
};
static_assert(std::is_trivially_copyable_v<Event>);

/// A line that could not be met, as in a refusal or in a partial hold.
struct Shortage {
  std::string line;
  std::string sku;
  std::string location;
  int64_t requested = 0;
  int64_t available_to_sell = 0;
  bool untracked = false;            ///< answers `available_to_sell: null`
  bool operator==(const Shortage&) const = default;
};

/// What the log keeps of a command besides its events.
struct CommandHead {
  CommandType type = CommandType::kNone;  ///< kNone: the ledger itself (expiry, availability …)
  std::string_view source;
  std::string_view idempotency_key;
  std::string_view idempotency_key_2;
  uint64_t fingerprint = 0;
  bool from_source = false;
  const std::vector<Shortage>* shortages = nullptr;  ///< of a partial hold, else null
};

/// A `ledger.restored` event: from `seq` on the log is of this incarnation.
struct Restore {
  Seq seq = 0;
  uint32_t incarnation = 0;
  bool operator==(const Restore&) const = default;
};

/// Where `decide` puts what it decided: begin, one or more events, end. Each call encodes or copies
/// before it returns; the views need not live longer.
class EventSink {
 public:
  virtual ~EventSink() = default;
  virtual void begin_command(const CommandHead& head) = 0;
  virtual void append(const Event& event) = 0;
  virtual void end_command() = 0;
};

/// An event with its own text, for tests, history pages and whatever outlives the log bytes.
class OwnedEvent {
 public:
  explicit OwnedEvent(const Event& event);
  OwnedEvent(const OwnedEvent& other) : OwnedEvent(other.event_) {}
  OwnedEvent(OwnedEvent&& other) noexcept = default;
  OwnedEvent& operator=(OwnedEvent other) noexcept;
  const Event& get() const { return event_; }
  const Event* operator->() const { return &event_; }

 private:
  std::unique_ptr<char[]> text_;
  Event event_;
};

}  // namespace holdfast
