// The engine's second port: present numbers for whoever pushes them (stock sinks), read at send time.
//
// Used by feed. Thread-safe; blocks the caller (a courier) until the sequencer has answered with what is
// durable.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "model/outcome.h"

namespace holdfast {

class StockReader {
 public:
  virtual ~StockReader() = default;
  /// One view per SKU, in order; aliases answer under the name asked for. An unknown SKU gives a view
  /// without locations. kShuttingDown once the engine drains.
  virtual Result<std::vector<StockView>> read(const std::vector<std::string>& skus) = 0;
  /// Names of all SKUs with at least one tracked position, page by page after `after` (empty = first).
  virtual Result<std::vector<std::string>> list_skus(const std::string& after, size_t limit) = 0;
};

}  // namespace holdfast
