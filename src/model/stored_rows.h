// Rows of the ledger as a shared store keeps them, and which of them a group of commands wants.
//
// Used by ledger (which writes them from its state and lays a desk out of them), store (which knows
// their columns and nothing of what they mean) and engine. Plain data; owns its text.
//
// Columns are for people and for lookup; `row` is what a node loads: canonical bytes in which SKUs
// stand by name, and locations, channels and sources by number, their order of birth. Both come
// from the same state at the same moment (docs/internals/many-nodes.md, "Tables").
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/hash.h"
#include "base/time.h"
#include "model/event.h"
#include "model/outcome.h"

namespace holdfast {

/// Which writing of a SKU's row this is: raised and signed with every write.
struct RowToken {
  uint64_t epoch = 0;  ///< 0 = never written
  uint64_t owner = 0;  ///< random, of the process that wrote it: two timelines may count alike
  bool operator==(const RowToken&) const = default;
};

/// The one row that orders all groups, with what counts over all.
struct StoredLedger {
  std::string id;
  uint32_t incarnation = 0;
  Seq last_seq = 0;
  Timestamp last_time;    ///< of the last group; none = no group yet
  uint64_t settings = 0;  ///< raised where a location, channel or source changes or is born
  uint64_t settle = 0;    ///< raised where availability follows from a setting
  uint64_t sku_seq_base = 0;
  uint64_t skus_born = 0;  ///< the next SKU's number
  uint64_t forgotten_holds = 0;
  uint64_t open_holds = 0;
  uint64_t open_orders = 0;
  uint64_t keys = 0;
};

/// A SKU at one location, readable: table `stock`.
struct StoredPlace {
  std::string location;
  bool tracked = false;
  std::array<int64_t, 7> balances{};  ///< available, held, committed, damaged, quality_control,
                                      ///< incoming, in_transit
  int64_t shortfall = 0;
};
struct StoredSku {
  std::string sku;
  RowToken token;
  uint64_t number = 0;  ///< in order of birth
  uint64_t sku_seq = 0;
  Seq last_seq = 0;
  std::string same_as;  ///< empty = stands for itself
  int64_t supplier = 0, customer = 0, adjustment = 0;
  uint64_t settled = 0;             ///< the `settle` up to which its levels were announced
  std::string row;                  ///< empty in a load = the token asked with is still the row's
  std::vector<StoredPlace> places;  ///< written, never loaded
};

struct StoredHoldLine {
  std::string sku, location, line;
  int64_t quantity = 0, remaining = 0, committed = 0, released = 0, expired = 0;
};
struct StoredHold {
  std::string id;
  std::string channel, reference, placed_by;
  Seq first_seq = 0;
  Timestamp placed_at, deadline;
  Timestamp closed_at;  ///< none = open
  int64_t remaining = 0;
  std::string row;
  std::vector<StoredHoldLine> lines;  ///< written, never loaded
};

/// A SKU of an order (its committed units) or of a reference (its open units).
struct StoredPart {
  std::string sku;
  int64_t units = 0;
};
struct StoredOrder {
  std::string order, channel;
  Seq first_seq = 0;
  int64_t committed = 0;
  bool cancelled = false;
  Timestamp closed_at;
  std::string row;
  std::vector<StoredPart> skus;  ///< written, never loaded
};
struct StoredReference {
  std::string reference;
  uint8_t kind = 0;  ///< 0 receipt, 1 transfer, 2 return
  bool closed = false;
  Timestamp last_at;
  int64_t open = 0;
  std::string row;
  std::vector<StoredPart> skus;  ///< written, never loaded
};

/// A location, channel or source.
struct StoredNamed {
  uint32_t number = 0;
  std::string name;
  std::string row;
  int64_t open_holds = 0;  ///< channels and sources
};
/// All of them, by number, without gaps.
struct StoredSettings {
  uint64_t version = 0;  ///< `ledger.settings` they were read at
  std::vector<StoredNamed> locations, channels, sources;
};

struct StoredKey {
  Hash128 key;
  uint64_t fingerprint = 0;
  Seq first_seq = 0;
  Timestamp at;
};

/// What a group wants, by name. Lists may repeat themselves.
struct RowNames {
  std::vector<Hash128> keys;
  std::vector<std::string> skus;        ///< with their holds that are due
  std::vector<std::string> bare_skus;   ///< the row alone
  std::vector<std::string> whole_skus;  ///< with every open hold, order and reference
  std::vector<std::string>
      merged_skus;                  ///< with every open hold, and closed orders and references too
  std::vector<std::string> holds;   ///< their SKUs come as `skus`
  std::vector<std::string> orders;  ///< of any channel; their SKUs come as `bare_skus`
  std::vector<std::string> references;  ///< of any kind; their SKUs come as `bare_skus`
  bool settings = false;                ///< all locations, channels and sources
  bool open_holds = false;              ///< the counters of channels and sources
  bool empty() const {
    return keys.empty() && skus.empty() && bare_skus.empty() && whole_skus.empty() &&
           merged_skus.empty() && holds.empty() && orders.empty() && references.empty() &&
           !settings && !open_holds;
  }
};

/// What was found of them. A name that is in no list is not in the store.
struct StoredRows {
  std::vector<StoredKey> keys;
  std::vector<StoredSku> skus;
  std::vector<StoredHold> holds;
  std::vector<StoredOrder> orders;
  std::vector<StoredReference> references;
  std::optional<StoredSettings> settings;
  std::vector<std::pair<uint32_t, int64_t>> channel_holds, source_holds;  ///< number, open holds
  std::vector<DiscrepancyView> discrepancies;  ///< for a question about them, oldest first
};

/// What a group leaves behind. Rows are whole: written over what is there.
struct StoredChanges {
  StoredLedger ledger;  ///< as it is afterwards
  std::vector<StoredSku> skus;
  std::vector<StoredHold> holds;
  std::vector<std::string> forgotten_holds;  ///< rows to remove
  std::vector<StoredOrder> orders;
  std::vector<StoredReference> references;
  std::vector<StoredNamed> locations, channels,
      sources;  ///< changed or born; open_holds: left alone
  std::vector<std::pair<uint32_t, int64_t>> channel_holds, source_holds;  ///< number, difference
  std::vector<StoredKey> keys;
};

/// One event of a group with the columns the log's table has; `record` in the first of its command:
/// head and events as store/event_codec encodes them, times relative to the group's time.
struct StoredEvent {
  OwnedEvent event;
  std::string record;
};

}  // namespace holdfast
