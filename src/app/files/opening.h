// The first day: what lies on the shelves and which orders still wait for it, as commands in the
// order in which no channel is ever told a wrong number.
//
// Used by `import --opening`. Orders go first: their SKUs are untracked then, so nothing is pushed.
// Then each SKU is counted at all its locations in one command: from that moment on it is tracked,
// with its right number.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "app/files/import_items.h"

namespace holdfast::app {

struct OpeningOptions {
  std::string location;    ///< of stock lines that name none
  std::string channel;     ///< of order lines that name none; empty: default
  std::string counted_at;  ///< when it lay there (RFC 3339); empty: now
  bool ignore_columns = false;
};

struct Opening {
  std::vector<ImportItem> orders;  ///< one order.placed each, and what of it lies elsewhere
  std::vector<ImportItem> counts;  ///< one stock.counted per SKU
  std::vector<BadLine> bad;
  std::vector<BadLine> warnings;
};

/// What a line says.
struct OpeningLine {
  std::string file;
  uint64_t line = 0;
  std::string sku, location;
  int64_t on_hand = 0, damaged = 0, quality_control = 0;  ///< of a stock line
  std::string channel, order;                             ///< of an order line
  int64_t quantity = 0;                                   ///< still owed
};

/// Both kinds of lines of all files, checked; what is wrong goes to *bad.
std::vector<OpeningLine> read_opening(const std::vector<InputFile>& files,
                                      const OpeningOptions& options, std::vector<BadLine>* bad);

/// The channels of order lines that name no location: their fill order is needed.
std::vector<std::string> channels_to_fill(const std::vector<OpeningLine>& lines);

/// Places by SKU.
using Strays = std::map<std::string, std::vector<std::string>>;

/// The commands. An order line without a location takes its units where the channel would: at the
/// first location of `fill_orders` that has them all, else split.
Opening plan_opening(const std::vector<OpeningLine>& lines,
                     const std::map<std::string, std::vector<std::string>>& fill_orders,
                     const Strays& strays, const std::string& id, const OpeningOptions& options);

/// Strays are where orders that were told before their SKU was counted were promised, for want of
/// stock anywhere: at the first location of their channel, of which the files may say nothing.
/// There is none of it there, so it is counted as 0, and what is owed there is in the sums.
/// plan_opening() does so right after the SKU's own count; this is for those that came meanwhile.
std::vector<ImportItem> count_strays(const std::vector<OpeningLine>& lines, const Strays& strays,
                                     const std::string& id, const OpeningOptions& options,
                                     std::vector<BadLine>* bad);

}  // namespace holdfast::app
