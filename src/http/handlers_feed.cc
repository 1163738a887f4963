// GET /v1/feed: the log from a cursor on, as NDJSON or as server-sent events.
#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "http/feed_pump.h"
#include "http/handlers.h"
#include "http/problem.h"
#include "http/worker.h"
#include "json/check.h"
#include "json/cursor.h"
#include "json/print.h"

namespace holdfast::http {
namespace {

constexpr size_t kNamesMax = 1'000;

Result<std::vector<std::string>> split_names(std::string_view what, std::string_view list) {
  std::vector<std::string> names;
  while (!list.empty()) {
    const size_t comma = list.find(',');
    const std::string_view name = list.substr(0, comma);
    HF_TRY(json::check_name(name, what));
    if (names.size() == kNamesMax)
      return fail(ErrorCode::kInvalidValue,
                  fmt::format("\"{}\" names more than {}", what, kNamesMax));
    names.emplace_back(name);
    list = comma == std::string_view::npos ? std::string_view{} : list.substr(comma + 1);
  }
  return names;
}

bool is_known_type(std::string_view type) {
  if (type.ends_with(".*")) return true;
  return event_type_named(type).has_value();
}

Result<FeedFilter> read_filter(QueryString& query) {
  FeedFilter filter;
  if (const auto types = query.take("types")) {
    HF_ASSIGN(names, split_names("types", *types));
    for (const std::string& name : names)
      if (!is_known_type(name))
        return fail(ErrorCode::kUnknownType, fmt::format("there is no event type \"{}\"", name));
    filter.types = std::move(names);
  }
  if (const auto skus = query.take("skus")) {
    HF_ASSIGN(names, split_names("skus", *skus));
    filter.skus = std::move(names);
  }
  if (const auto channel = query.take("channel")) {
    HF_TRY(json::check_name(*channel, "channel"));
    filter.channel = *channel;
  }
  return filter;
}

/// A cursor, an event's id, or a bare seq as answers show it. The log's beginning where none is
/// given.
Result<Seq> read_position(std::string_view text, const feed::FeedSource& source) {
  if (text.empty()) return Seq{0};
  json::FeedCursor cursor{.incarnation = source.incarnation(), .seq = 0, .ledger = {}};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), cursor.seq);
  if (error != std::errc{} || end != text.data() + text.size()) {
    const auto decoded = json::decode_cursor(text);
    if (!decoded) return fail(ErrorCode::kInvalidValue, "\"after\" is not a cursor of this feed");
    cursor = *decoded;
  }
  // Another ledger's numbers mean nothing here, however well they fit: going on would skip or
  // repeat.
  if (!cursor.ledger.empty() && cursor.ledger != source.ledger_id())
    return fail(ErrorCode::kCursorInvalid,
                "the cursor is of another ledger: read present state, then go on at resume_at");
  // What a restore kept is still what the reader has seen; what it gave up is not.
  if (cursor.incarnation != source.incarnation() &&
      cursor.seq > source.shared_with(cursor.incarnation).value_or(0))
    return fail(
        ErrorCode::kCursorInvalid,
        "the cursor is of a future that a restore has given up: read present state, then go on at "
        "resume_at");
  if (cursor.seq > source.durable_seq())
    return fail(ErrorCode::kCursorInvalid, "the cursor is beyond the log: go on at resume_at");
  return cursor.seq;
}

struct FeedRequest {
  FeedFilter filter;
  std::string after;
  bool follow = true;
};

Result<FeedRequest> read_request(Exchange& exchange) {
  FeedRequest request;
  HF_ASSIGN(filter, read_filter(exchange.query));
  request.filter = std::move(filter);
  request.after = exchange.query.take("after").value_or(std::string_view{});
  // A reconnecting EventSource repeats its first address: what it has seen since counts more.
  const std::string_view last_seen = exchange.head.field("last-event-id");
  if (!last_seen.empty()) request.after = last_seen;
  if (const auto follow = exchange.query.take("follow")) {
    HF_ASSIGN(wanted, read_bool("follow", *follow));
    request.follow = wanted;
  }
  HF_TRY(exchange.query.check_all_taken());
  return request;
}

}  // namespace

void get_feed(Api& api, Exchange& exchange) {
  auto request = read_request(exchange);
  if (!request) return refuse(exchange, request.error());
  const BindingPtr binding = exchange.principal.binding();
  if (binding && !binding->has_channel(request->filter.channel) && !request->filter.channel.empty())
    return refuse(exchange, Error{ErrorCode::kForbidden, "this key is bound to other channels", {}});
  request->filter.key = exchange.principal.key;
  const feed::FeedSource& source = api.ports().events;
  const auto after = read_position(request->after, source);
  if (!after) {
    const std::string resume_at = json::event_id(
        {source.ledger_id(), source.incarnation(), source.restores()}, source.durable_seq());
    return exchange.worker.answer(exchange.responder,
                                  problem_answer(after.error(), exchange.path, resume_at));
  }
  if (api.draining()) return refuse(exchange, api.not_taken());
  const bool events = exchange.head.field("accept").find(kEventStream) != std::string_view::npos;
  const Seq until = request->follow ? 0 : source.durable_seq();
  Answer head;
  head.content_type = events ? kEventStream : kNdjson;
  // HEAD wants the head alone: a stream nobody reads would only take the place of one.
  if (exchange.head.method == "HEAD" || (!request->follow && *after >= until))
    return exchange.worker.answer(exchange.responder, head);

  Worker& worker = exchange.worker;
  const auto stream =
      std::make_shared<FeedStream>(api.feed(), worker, exchange.responder,
                                   events ? FeedFormat::kServerSentEvents : FeedFormat::kLines,
                                   std::move(request->filter), *after, until);
  // Its first text comes by way of the mailbox: after the head below.
  if (!api.feed().add(stream))
    return refuse(exchange, Error{ErrorCode::kOverloaded, "too many feed streams are open", {}});
  worker.expect_stream(exchange.responder, stream);
  if (!worker.begin_stream(exchange.responder, std::move(head))) return stream->on_gone();
  if (events) worker.stream(exchange.responder, "retry: 2000\n\n");
}

}  // namespace holdfast::http
