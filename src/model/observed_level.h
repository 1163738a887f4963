// A number that a channel shows of our stock, as it was read there: an observation. It moves
// nothing; it is compared with what the ledger says. A plain value, made by connectors, http and
// the command line, used by feed.
#pragma once

#include <cstdint>
#include <string>

#include "base/time.h"

namespace holdfast {

struct ObservedLevel {
  std::string channel;
  std::string sku;
  std::string location;  ///< ours; empty = the channel's whole number
  /// The sender's id of the place: two of theirs may be one of ours, and are summed. Empty = one.
  std::string place;
  int64_t available = 0;  ///< below zero where the channel oversold
  Timestamp at;           ///< when it was true, by the sender's clock
};

}  // namespace holdfast
