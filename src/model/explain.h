// Why a number is what it is: what lies in a SKU's balances, how they came, a channel's sum.
//
// The ledger fills Explanation (its present state), the history port StockAccount (the log); http
// and json read them. Plain values that own their text.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "model/account.h"
#include "model/event.h"

namespace holdfast {

// ---- what the present state says ------------------------------------------------------------------

/// Who the held and committed units of a place belong to, newest first, at most
/// limits::kExplainNamesMax of each. The units of those named and `…_by_others` are the balance.
struct PlaceClaims {
  struct HoldClaim {
    std::string hold, channel;
    int64_t units = 0;
    Timestamp expires_at;
    Seq seq = 0;  ///< of its hold.placed
  };
  struct OrderClaim {
    std::string channel, order;
    int64_t units = 0;
    Seq seq = 0;  ///< of the first event that told of it
  };
  std::string location;
  bool sellable = true;
  std::vector<HoldClaim> holds;
  std::vector<OrderClaim> orders;
  int64_t held_by_others = 0, committed_by_others = 0;
  int64_t shortfall = 0;  ///< −available where it is tracked and below 0
};

/// Why a place is in no sum of a channel.
enum class LeftOut : uint8_t { kNot = 0, kUntracked = 1, kNotSellable = 2, kNotInChannel = 3 };
std::string_view name_of(LeftOut why);  ///< "untracked", "not_sellable", "not_in_channel"

struct ChannelTerm {
  std::string location;
  LeftOut left_out = LeftOut::kNot;
  int64_t available = 0;  ///< 0 where it is left out
  int64_t dealt = 0;      ///< its part of available_to_sell
};
/// max(0, available − buffer + oversell_limit); null when nothing is tracked.
struct ChannelSum {
  std::string channel;
  std::vector<ChannelTerm> terms;    ///< in fill order, then the SKU's places outside it
  uint64_t more = 0;                 ///< terms not shown
  std::optional<int64_t> available;  ///< Σ over all terms not left out
  int64_t buffer = 0, oversell_limit = 0;
  std::optional<int64_t> available_to_sell;
};

struct Explanation {
  std::string sku;  ///< the name the books keep it under, aliases followed
  std::vector<PlaceClaims> places;  ///< as the stock view lists them
  uint64_t more_places = 0;
  std::vector<ChannelSum> channels;
  uint64_t more_channels = 0;
};

// ---- what the log says ----------------------------------------------------------------------------

/// Units per account inside the place, by Account − 1: available … in_transit.
using AccountUnits = std::array<int64_t, 7>;

/// All events of one type at a place since its basis.
struct Moved {
  EventType type = EventType::kNone;
  uint64_t events = 0;
  AccountUnits change{};
  std::vector<Seq> seqs;  ///< newest first, at most limits::kExplainSeqsMax
  Seq oldest_seq = 0;
};
/// opening + Σ moved.change = now.
struct PlaceAccount {
  enum class Basis : uint8_t {
    kNothing,  ///< the place's beginning: the opening is 0
    kCount,    ///< after its newest count of sellable units, `basis_seq`
    kEarlier,  ///< after `basis_seq`, beyond which was not looked
  };
  std::string location;
  Basis basis = Basis::kNothing;
  Seq basis_seq = 0;
  Timestamp counted_at;  ///< kCount: as of when it was counted
  AccountUnits opening{};
  std::vector<Moved> moved;  ///< by event type
  AccountUnits now{};
};
struct StockAccount {
  std::vector<PlaceAccount> places;  ///< by location name
  uint64_t events = 0;               ///< looked at
  bool more = false;                 ///< there are older ones that some place's numbers rest on
};

}  // namespace holdfast
