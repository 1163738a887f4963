// How many units a request may have, and where from: available_to_sell, its dealing out, and the plan of a
// request's lines.
//
// Used by deciding and by queries. Reads State; pure otherwise.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "ledger/few.h"
#include "ledger/state.h"

namespace holdfast::ledger {

/// Where a channel sells from: its sellable locations in fill order, and its limits.
struct Market {
  Few<LocationId> locations;
  int64_t buffer = 0;
  int64_t oversell_limit = 0;
  int64_t low_at = 0;
};

/// The market of a channel; `default` without settings of its own is every sellable location in order of
/// birth. nullopt for any other channel without settings.
std::optional<Market> market_of(const State& state, std::string_view channel);
/// Every sellable location in order of birth.
Market everywhere(const State& state);

/// Σ available over the market's tracked locations, before buffer and limit; nullopt when none is.
std::optional<int64_t> available_in(const State& state, const Market& market, SkuId sku);
/// Exactly the largest one-line request that would now be granted; nullopt when nothing is tracked.
std::optional<int64_t> available_to_sell(const State& state, const Market& market, SkuId sku);
/// At one place alone: max(0, available); nullopt when untracked.
std::optional<int64_t> available_to_sell_at(const State& state, SkuId sku, LocationId location);

/// A market's available_to_sell dealt over its tracked locations in fill order. `own` is the part that is
/// the location's own stock, without what the oversell limit adds.
struct Dealt {
  LocationId location;
  int64_t units;
  int64_t own;
};
std::vector<Dealt> deal(const State& state, const Market& market, SkuId sku);

/// One line of a request. `sku` or `location` kNoId: unknown, or any.
struct Demand {
  SkuId sku = kNoId;
  bool placed = false;  ///< the line names a location
  LocationId location = kNoId;
  int64_t quantity = 0;
};
struct Part {
  size_t line;
  LocationId location;
  int64_t quantity;
};
struct ShortLine {
  size_t line;
  std::optional<int64_t> available_to_sell;  ///< nullopt: untracked
};
struct Plan {
  Few<Part> parts;
  Few<ShortLine> short_lines;
};

/// Plans a request. Without a market every line must name its place.
class Allocation {
 public:
  Allocation(const State& state, const Market* market) : state_(state), market_(market) {}

  /// Counts units as available that the request itself gives back (a hold's own).
  void give_back(SkuId sku, LocationId location, int64_t units);
  /// Parts for what can be granted of each line, and every line that is short of its quantity.
  Plan plan(std::span<const Demand> lines);

 private:
  struct Taken {
    SkuId sku;
    LocationId location;
    int64_t units;  ///< below 0: given back
  };
  struct Room {
    SkuId sku;
    std::optional<int64_t> left;
  };

  int64_t taken(SkuId sku, LocationId location) const;
  void take(SkuId sku, LocationId location, int64_t units);
  int64_t free_at(SkuId sku, LocationId location) const;
  bool tracked(SkuId sku, LocationId location) const;
  Room& room_of(SkuId sku);
  std::optional<int64_t> room_for(const Demand& line);
  bool in_market(LocationId location) const;
  int64_t own_room(SkuId sku, LocationId location) const;

  void place(std::span<const Demand> lines, std::span<const int64_t> granted, Plan* plan);
  bool holds_all(LocationId location, std::span<const Demand> lines,
                 std::span<const int64_t> granted) const;
  void split(const Demand& line, size_t index, int64_t quantity, Plan* plan);

  const State& state_;
  const Market* market_;
  Few<Taken> taken_;
  Few<Taken> named_;  ///< demand of lines that name a place of the market
  Few<Room> rooms_;
};

}  // namespace holdfast::ledger
