// What both executors make of a question: the submission that asks it, and the stock it asks for.
//
// Used by LocalExecutor and SharedExecutor. Pure functions.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/submission.h"
#include "model/outcome.h"

namespace holdfast::engine {

/// A submission of these queries; weighs one each.
Submission asking(std::vector<Query> queries,
                  std::move_only_function<void(std::vector<QueryResult>)> done);
Submission asking(Query query, CommandPort::QueryDone done);

/// StockReader::read() as queries, one per SKU, and what it gives of their answers.
std::vector<Query> stock_queries(const std::vector<std::string>& skus);
std::vector<StockView> stock_views(const std::vector<std::string>& skus,
                                   std::vector<QueryResult> results);

}  // namespace holdfast::engine
