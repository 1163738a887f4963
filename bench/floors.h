// What the machine itself can do, measured in every round: no server that flushes, copies or
// answers can be faster than these.
#pragma once

#include <string>

#include "bench/histogram.h"

namespace holdfast::bench {

struct Floors {
  double flushes_per_s =
      0;            ///< pwrite of a preallocated 4 KiB block and fdatasync, one after the other
  Histogram flush;  ///< latency of each
  double copy_gib_per_s = 0;  ///< memcpy of 64 MiB
};

/// Takes about a second. `directory` must be on the device the servers write to.
Floors measure_floors(const std::string& directory);

}  // namespace holdfast::bench
