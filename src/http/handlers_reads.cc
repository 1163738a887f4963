// Present state through the command port, the past through the history port.
#include <charconv>
#include <functional>

#include "http/handlers.h"
#include "http/problem.h"
#include "http/worker.h"
#include "json/check.h"
#include "json/cursor.h"
#include "json/parse.h"
#include "json/print.h"

namespace holdfast::http {
namespace {

constexpr size_t kPageDefault = 100;
constexpr size_t kPageMax = 1'000;

/// Parameters a list understands, by their place in Query.
struct ListParameters {
  bool sku = false, location = false, channel = false, reference = false, tracked = false,
       open = false;
};

Status take_name(QueryString& query, std::string_view name, std::string* into) {
  const auto value = query.take(name);
  if (!value) return {};
  HF_TRY(json::check_name(*value, name));
  *into = *value;
  return {};
}

Result<Query> list_query(Exchange& exchange, QueryType type, const ListParameters& takes) {
  Query query{.type = type};
  QueryString& parameters = exchange.query;
  if (takes.sku) HF_TRY(take_name(parameters, "sku", &query.sku));
  if (takes.location) HF_TRY(take_name(parameters, "location", &query.location));
  if (takes.channel) HF_TRY(take_name(parameters, "channel", &query.channel));
  if (takes.reference) HF_TRY(take_name(parameters, "reference", &query.reference));
  if (takes.tracked) {
    if (const auto tracked = parameters.take("tracked")) {
      HF_ASSIGN(wanted, read_bool("tracked", *tracked));
      query.tracked = wanted;
    }
  }
  if (takes.open) {
    if (const auto status = parameters.take("status")) {
      if (*status != "open" && *status != "closed")
        return fail(ErrorCode::kInvalidValue, "query parameter \"status\" must be open or closed");
      query.open = *status == "open";
    }
  }
  query.limit = kPageDefault;
  if (const auto limit = parameters.take("limit")) {
    HF_ASSIGN(wanted, read_number("limit", *limit, 1, kPageMax));
    query.limit = wanted;
  }
  if (const auto cursor = parameters.take("cursor")) {
    auto key = json::decode_page_cursor(*cursor);
    if (!key)
      return fail(ErrorCode::kCursorInvalid, "query parameter \"cursor\" is not one of ours: start again");
    query.cursor = std::move(*key);
  }
  HF_TRY(parameters.check_all_taken());
  return query;
}

using Print = std::function<void(std::string*, const QueryResult&)>;

/// Asks the engine and answers with `print(result)`, or with the result's error.
void answer_query(Api& api, Exchange& exchange, Result<Query> query, Print print) {
  if (!query) return refuse(exchange, query.error());
  if (const auto may = Access::permit(exchange.principal, &*query); !may)
    return refuse(exchange, may.error());
  Worker& worker = exchange.worker;
  worker.flush_commands();
  const bool taken = api.ports().commands.query(
      std::move(*query),
      [&worker, mailbox = worker.mailbox(), responder = exchange.responder,
       path = std::string(exchange.path), print = std::move(print)](QueryResult result) mutable {
        mailbox->post([&worker, responder, path = std::move(path), print = std::move(print),
                       result = std::move(result)] {
          if (result.error.code != ErrorCode::kNone)
            return worker.answer(responder, problem_answer(result.error, path));
          Answer answer;
          print(&answer.body, result);
          if (answer.body.empty())  // one thing was asked for by name, and it is not there
            answer = problem_answer(Error{ErrorCode::kNotFound, "there is none of this name", {}}, path);
          worker.answer(responder, std::move(answer));
        });
      });
  if (!taken) refuse(exchange, api.not_taken());
}

void print_first_hold(std::string* out, const QueryResult& result) {
  if (!result.holds.empty()) json::print_hold(out, result.holds.front());
}
void print_first_order(std::string* out, const QueryResult& result) {
  if (!result.orders.empty()) json::print_order(out, result.orders.front());
}
void print_first_stock(std::string* out, const QueryResult& result) {
  if (!result.stock.empty()) json::print_stock(out, result.stock.front());
}
/// `as_of`: a position in the log or a time; `as_of_basis`: whether the time is that of recording.
struct AsOf {
  Seq seq = 0;
  Timestamp time;
  bool by_occurred = false;
};

Result<AsOf> read_as_of(std::string_view text, std::optional<std::string_view> basis) {
  AsOf as_of;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), as_of.seq);
  const bool is_seq = error == std::errc{} && end == text.data() + text.size();
  if (!is_seq) {
    as_of.seq = 0;
    const auto time = parse_rfc3339(text);
    if (!time)
      return fail(ErrorCode::kInvalidTime,
                  "query parameter \"as_of\" must be a seq or an RFC 3339 time with an offset");
    as_of.time = *time;
  }
  if (!basis || *basis == "recorded") return as_of;
  if (*basis != "occurred")
    return fail(ErrorCode::kInvalidValue,
                "query parameter \"as_of_basis\" must be recorded or occurred");
  if (is_seq)
    return fail(ErrorCode::kInvalidValue,
                "query parameter \"as_of_basis\" goes with a time, not with a seq");
  as_of.by_occurred = true;
  return as_of;
}

void get_stock_as_of(Api& api, Exchange& exchange, const AsOf& as_of) {
  answer_in_background(
      api, exchange,
      [&history = api.ports().history, sku = exchange.params.at(0), as_of,
       binding = exchange.principal.binding()]() -> Result<std::string> {
        HF_ASSIGN(view, as_of.time.has_value()
                            ? history.stock_as_of_time(sku, as_of.time, as_of.by_occurred)
                            : history.stock_as_of_seq(sku, as_of.seq));
        if (binding) HF_TRY(narrow_past(*binding, &view));
        std::string body;
        json::print_stock(&body, view);
        return body;
      });
}

void narrow_history(const Binding& binding, std::vector<OwnedEvent>* events) {
  std::erase_if(*events, [&](const OwnedEvent& event) { return !shows(binding, event.get()); });
  for (OwnedEvent& event : *events) {
    if (auto nameless = without_names(event.get())) event = std::move(*nameless);
  }
}

}  // namespace

void get_stock(Api& api, Exchange& exchange) {
  const auto as_of_text = exchange.query.take("as_of");
  const auto basis = exchange.query.take("as_of_basis");
  if (!check_parameters(exchange)) return;
  if (auto named = json::check_name(exchange.params.at(0), "sku"); !named)
    return refuse(exchange, named.error());
  if (as_of_text) {
    const auto as_of = read_as_of(*as_of_text, basis);
    if (!as_of) return refuse(exchange, as_of.error());
    return get_stock_as_of(api, exchange, *as_of);
  }
  if (basis)
    return refuse(exchange, Error{ErrorCode::kMissingField,
                                  "query parameter \"as_of_basis\" needs \"as_of\"", {}});
  answer_query(api, exchange, Query{.type = QueryType::kStock, .sku = exchange.params.at(0)},
               print_first_stock);
}

void list_stock(Api& api, Exchange& exchange) {
  answer_query(api, exchange,
               list_query(exchange, QueryType::kStockPage, {.location = true, .tracked = true}),
               json::print_stock_page);
}

void get_stock_events(Api& api, Exchange& exchange) {
  Seq before = 0;
  size_t limit = kPageDefault;
  const auto read = [&]() -> Status {
    HF_TRY(json::check_name(exchange.params.at(0), "sku"));
    if (const auto text = exchange.query.take("before")) {
      HF_ASSIGN(seq, read_number("before", *text, 1, INT64_MAX));
      before = seq;
    }
    if (const auto text = exchange.query.take("limit")) {
      HF_ASSIGN(wanted, read_number("limit", *text, 1, kPageMax));
      limit = wanted;
    }
    return exchange.query.check_all_taken();
  };
  if (auto status = read(); !status) return refuse(exchange, status.error());
  answer_in_background(
      api, exchange,
      [&api, sku = exchange.params.at(0), before, limit,
       binding = exchange.principal.binding()]() -> Result<std::string> {
        HF_ASSIGN(events, api.ports().history.sku_history(sku, before, limit + 1));
        Seq next_before = 0;
        if (events.size() > limit) {
          events.pop_back();
          next_before = events.back()->seq;
        }
        if (binding) narrow_history(*binding, &events);
        std::string body;
        json::print_history(&body, sku, events, api.ledger_name(), next_before);
        return body;
      });
}

void get_hold(Api& api, Exchange& exchange) {
  if (!check_parameters(exchange)) return;
  answer_query(api, exchange, Query{.type = QueryType::kHold, .hold = exchange.params.at(0)},
               print_first_hold);
}

void list_holds(Api& api, Exchange& exchange) {
  answer_query(
      api, exchange,
      list_query(exchange, QueryType::kHolds,
                 {.sku = true, .channel = true, .reference = true, .open = true}),
      json::print_holds);
}

void get_order(Api& api, Exchange& exchange) {
  if (!check_parameters(exchange)) return;
  answer_query(api, exchange,
               Query{.type = QueryType::kOrder,
                     .channel = exchange.params.at(0),
                     .order = exchange.params.at(1)},
               print_first_order);
}

void list_orders(Api& api, Exchange& exchange) {
  answer_query(api, exchange,
               list_query(exchange, QueryType::kOrders, {.sku = true, .channel = true, .open = true}),
               json::print_orders);
}

void post_availability(Api& api, Exchange& exchange) {
  if (!check_parameters(exchange)) return;
  if (!json::is_json(exchange.head.field("content-type")))
    return refuse(exchange, Error{ErrorCode::kUnsupportedMediaType,
                                  "send the body as application/json", {}});
  answer_query(api, exchange, json::parse_availability(exchange.body), json::print_availability);
}

void get_channel(Api& api, Exchange& exchange) {
  if (!check_parameters(exchange)) return;
  if (auto named = json::check_name(exchange.params.at(0), "id"); !named)
    return refuse(exchange, named.error());
  answer_query(api, exchange,
               Query{.type = QueryType::kChannels, .channel = exchange.params.at(0)},
               [](std::string* out, const QueryResult& result) {
                 if (!result.channels.empty()) json::print_channel(out, result.channels.front());
               });
}

void list_channels(Api& api, Exchange& exchange) {
  answer_query(api, exchange, list_query(exchange, QueryType::kChannels, {}), json::print_channels);
}

void list_locations(Api& api, Exchange& exchange) {
  answer_query(api, exchange, list_query(exchange, QueryType::kLocations, {}), json::print_locations);
}

void list_discrepancies(Api& api, Exchange& exchange) {
  answer_query(api, exchange,
               list_query(exchange, QueryType::kDiscrepancies, {.sku = true, .location = true}),
               json::print_discrepancies);
}

void list_shortfalls(Api& api, Exchange& exchange) {
  answer_query(api, exchange,
               list_query(exchange, QueryType::kShortfalls, {.sku = true, .location = true}),
               json::print_shortfalls);
}

}  // namespace holdfast::http
