// Reads: what a Query comes to. Pure over State; bounded work per call, lists page by page.
#pragma once

#include "ledger/state.h"
#include "model/outcome.h"

namespace holdfast::ledger {

QueryResult answer_query(const State& state, const Query& query, Timestamp now);

/// One SKU as answers show it, under the name it was asked for.
StockView stock_view(const State& state, SkuId sku, std::string_view name);

}  // namespace holdfast::ledger
