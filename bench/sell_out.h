// F1: fewer units than buyers, planned send times, retries and reused keys in between.
#pragma once

#include <string>
#include <vector>

#include "bench/load.h"
#include "bench/peers.h"

namespace holdfast::bench {

struct SellOut {
  uint64_t buyers = 0;
  int64_t stock = 0;
  double planned_rate = 0;
  LoadResult load;
  Usage used;                       ///< CPU and bytes of the sale alone; resident at its end
  double restart_s = 0;             ///< kill -9 to ready
  std::vector<std::string> broken;  ///< promises that were not kept; empty = all were
};

/// Sells `buyers` / 10 units at `rate` requests per second and holds the books against what was
/// answered: sold out exactly, no key granted twice, nothing pushed back or failed, all of it there
/// after kill -9.
SellOut sell_out(const std::string& binary, const std::string& directory, uint64_t buyers,
                 int connections, double rate);

}  // namespace holdfast::bench
