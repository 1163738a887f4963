#include "engine/questions.h"

#include <memory>
#include <utility>

namespace holdfast::engine {

Submission asking(std::vector<Query> queries,
                  std::move_only_function<void(std::vector<QueryResult>)> done) {
  Submission submission;
  submission.weight = queries.size();
  submission.reads = std::make_unique<Submission::Reads>();
  submission.reads->queries = std::move(queries);
  submission.reads->done = std::move(done);
  return submission;
}

Submission asking(Query query, CommandPort::QueryDone done) {
  std::vector<Query> queries;
  queries.push_back(std::move(query));
  return asking(std::move(queries),
                [done = std::move(done)](std::vector<QueryResult> results) mutable {
                  done(std::move(results.front()));
                });
}

std::vector<Query> stock_queries(const std::vector<std::string>& skus) {
  std::vector<Query> queries;
  for (const std::string& sku : skus) {
    Query& query = queries.emplace_back();
    query.type = QueryType::kStock;
    query.sku = sku;
  }
  return queries;
}

std::vector<StockView> stock_views(const std::vector<std::string>& skus,
                                   std::vector<QueryResult> results) {
  std::vector<StockView> views;
  for (size_t i = 0; i < results.size(); ++i) {
    StockView& view = views.emplace_back();
    if (!results[i].stock.empty()) view = std::move(results[i].stock.front());
    view.sku = skus[i];
    view.seq = results[i].seq;
  }
  return views;
}

}  // namespace holdfast::engine
