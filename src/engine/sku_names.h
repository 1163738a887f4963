// Under which name the log keeps a SKU: its own, or after a merge the one it is the same as.
//
// Used by history and count bases. Reads durable bytes; stateless.
#pragma once

#include <string>

#include "base/result.h"
#include "store/event_log.h"

namespace holdfast::engine {

/// The name whose chain holds the SKU's events as of `seq` (0 = now). An alias has none of its own after
/// the `sku.merged` that made it one, so that event, if any, is the last of its chain.
Result<std::string> name_in_log(store::EventLog& store, const std::string& sku, Seq seq = 0);

}  // namespace holdfast::engine
