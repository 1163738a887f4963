// Facts, requests and settings: a body becomes commands, outcomes become answers.
#include "http/handlers.h"
#include "http/ndjson_stream.h"
#include "http/problem.h"
#include "http/worker.h"
#include "json/check.h"
#include "json/parse.h"

namespace holdfast::http {
namespace {

/// The key's header, empty where there is none; an empty one or a second one would quietly mean "no
/// key" or "another".
Result<std::string_view> key_header(const Head& head) {
  const HeadField* found = nullptr;
  for (size_t i = 0; i < head.field_count; ++i) {
    if (!equals_ignoring_case(head.fields[i].name, "idempotency-key")) continue;
    if (found != nullptr) {
      return fail(ErrorCode::kInvalidValue, "`Idempotency-Key` is there twice: send one");
    }
    found = &head.fields[i];
  }
  if (found == nullptr) return std::string_view();
  if (found->value.empty()) {
    return fail(ErrorCode::kInvalidValue,
                "`Idempotency-Key` is empty: give it a value, or leave it out");
  }
  return found->value;
}

/// What the request says beside its body; kUnknownField for a query parameter there is not.
Result<json::ParseContext> context_of(Exchange& exchange) {
  HF_ASSIGN(key, key_header(exchange.head));
  json::ParseContext context;
  context.source = exchange.principal.name;
  context.idempotency_header = key;
  context.method = exchange.head.method;
  context.path = exchange.path;
  if (const auto dry_run = exchange.query.take("dry_run")) {
    HF_ASSIGN(wanted, read_bool("dry_run", *dry_run));
    context.dry_run = wanted;
  }
  HF_TRY(exchange.query.check_all_taken());
  return context;
}

void submit(Exchange& exchange, Result<Command>&& command) {
  if (!command) return refuse(exchange, command.error());
  if (const auto may = Access::permit(exchange.principal, &*command); !may)
    return refuse(exchange, may.error());
  exchange.worker.submit_command(std::move(*command), exchange.responder, exchange.path);
}

/// One command from a JSON object: `parse(body, context)`.
template <typename Parse>
void submit_object(Exchange& exchange, Parse parse) {
  auto context = context_of(exchange);
  if (!context) return refuse(exchange, context.error());
  if (!json::is_json(exchange.head.field("content-type")))
    return refuse(exchange, Error{ErrorCode::kUnsupportedMediaType,
                                  "send the body as application/json", {}});
  submit(exchange, parse(exchange.body, *context));
}

void submit_array(Api& api, Exchange& exchange, const json::ParseContext& context,
                  json::Accept accept) {
  auto items = json::parse_array(exchange.body, context, accept);
  if (!items) return refuse(exchange, items.error());
  auto results = std::make_shared<ItemOutcomes>(std::move(*items), exchange.principal);
  Worker& worker = exchange.worker;
  const Responder responder = exchange.responder;
  const auto answer = [results, responder, &worker] {
    Answer out;
    json::print_results(&out.body, results->all());
    worker.answer(responder, std::move(out));
  };
  std::vector<Command> commands = results->take_commands();
  if (commands.empty()) return answer();
  worker.flush_commands();
  const bool taken = api.ports().commands.submit(
      std::move(commands),
      [results, answer, mailbox = worker.mailbox()](std::vector<Outcome> outcomes) mutable {
        mailbox->post([results, answer, outcomes = std::move(outcomes)]() mutable {
          results->fill(std::move(outcomes));
          answer();
        });
      });
  if (!taken) refuse(exchange, api.not_taken());
}

/// An object, an array or NDJSON, by media type and first character.
template <typename ParseOne>
void submit_any(Api& api, Exchange& exchange, json::Accept accept, ParseOne parse_one) {
  auto context = context_of(exchange);
  if (!context) return refuse(exchange, context.error());
  const std::string_view type = exchange.head.field("content-type");
  if (json::is_ndjson(type))
    return std::make_shared<NdjsonStream>(api, exchange, *context, accept)->start();
  if (!json::is_json(type))
    return refuse(exchange, Error{ErrorCode::kUnsupportedMediaType,
                                  "send application/json or application/x-ndjson", {}});
  if (json::is_array(exchange.body)) return submit_array(api, exchange, *context, accept);
  submit(exchange, parse_one(exchange.body, *context));
}

/// As submit_object(), with the id in the path.
template <typename Parse>
void submit_named(Exchange& exchange, Parse parse) {
  submit_object(exchange, [&](std::string_view body, const json::ParseContext& context) {
    return parse(body, exchange.params.at(0), context);
  });
}

}  // namespace

void post_events(Api& api, Exchange& exchange) {
  submit_any(api, exchange, json::Accept::kFacts, json::parse_event);
}

void post_batch(Api& api, Exchange& exchange) {
  submit_any(api, exchange, json::Accept::kFactsAndRequests, json::parse_item);
}

void post_hold(Api&, Exchange& exchange) { submit_object(exchange, json::parse_hold_place); }
void put_hold(Api&, Exchange& exchange) { submit_named(exchange, json::parse_hold_change); }
void commit_hold(Api&, Exchange& exchange) { submit_named(exchange, json::parse_hold_commit); }
void release_hold(Api&, Exchange& exchange) { submit_named(exchange, json::parse_hold_release); }
void extend_hold(Api&, Exchange& exchange) { submit_named(exchange, json::parse_hold_extend); }
void post_order(Api&, Exchange& exchange) { submit_object(exchange, json::parse_order_accept); }
void put_channel(Api&, Exchange& exchange) { submit_named(exchange, json::parse_channel_settings); }
void put_location(Api&, Exchange& exchange) { submit_named(exchange, json::parse_location_settings); }
void put_sku(Api&, Exchange& exchange) { submit_named(exchange, json::parse_sku_alias); }

void delete_channel(Api&, Exchange& exchange) {
  const auto context = context_of(exchange);
  if (!context) return refuse(exchange, context.error());
  submit(exchange, json::channel_removal(exchange.params.at(0), *context));
}

}  // namespace holdfast::http
