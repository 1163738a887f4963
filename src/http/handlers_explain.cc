// GET /v1/stock/{sku}/explain: the present from the ledger, then how it came from the log up to the
// same seq.
#include <algorithm>

#include "http/auth.h"
#include "http/handlers.h"
#include "http/problem.h"
#include "http/worker.h"
#include "json/check.h"
#include "json/print.h"
#include "model/limits.h"

namespace holdfast::http {
namespace {

AccountUnits units_of(const PositionView& at) {
  return {at.available,       at.held,     at.committed, at.damaged,
          at.quality_control, at.incoming, at.in_transit};
}

/// The account ends on the ledger's own numbers. A place that events only mention has none.
bool agrees(const StockView& stock, const StockAccount& account) {
  return std::all_of(account.places.begin(), account.places.end(), [&](const PlaceAccount& place) {
    const auto at =
        std::find_if(stock.locations.begin(), stock.locations.end(),
                     [&](const PositionView& known) { return known.location == place.location; });
    return place.now == (at == stock.locations.end() ? AccountUnits{} : units_of(*at));
  });
}

Result<std::string> explained(HistoryPort& history, const QueryResult& present) {
  const StockView& stock = present.stock.front();
  const Explanation& why = *present.explanation;
  HF_ASSIGN(account, history.stock_account(why.sku, stock.seq, limits::kExplainEventsMax));
  if (!agrees(stock, account))
    return fail(ErrorCode::kOverloaded, "the SKU was merged with another meanwhile: ask again");
  std::string body;
  json::print_explanation(&body, stock, why, account);
  return body;
}

Result<Query> read_query(Exchange& exchange) {
  Query query{.type = QueryType::kExplain, .sku = exchange.params.at(0)};
  HF_TRY(json::check_name(query.sku, "sku"));
  if (const auto channel = exchange.query.take("channel")) {
    HF_TRY(json::check_name(*channel, "channel"));
    query.channel = *channel;
  }
  HF_TRY(exchange.query.check_all_taken());
  return query;
}

}  // namespace

void explain_stock(Api& api, Exchange& exchange) {
  auto query = read_query(exchange);
  if (!query) return refuse(exchange, query.error());
  if (const auto may = Access::permit(exchange.principal, &*query); !may)
    return refuse(exchange, may.error());
  Worker& worker = exchange.worker;
  worker.flush_commands();
  const bool taken = api.ports().commands.query(
      std::move(*query), [&api, &worker, mailbox = worker.mailbox(), responder = exchange.responder,
                          path = std::string(exchange.path)](QueryResult result) mutable {
        mailbox->post([&api, &worker, responder, path = std::move(path),
                       result = std::move(result)]() mutable {
          if (result.error.code != ErrorCode::kNone)
            return worker.answer(responder, problem_answer(result.error, path));
          answer_in_background(api, worker, responder, std::move(path),
                               [&history = api.ports().history, result = std::move(result)] {
                                 return explained(history, result);
                               });
        });
      });
  if (!taken) refuse(exchange, api.not_taken());
}

}  // namespace holdfast::http
