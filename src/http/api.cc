#include "http/api.h"

#include <string>

#include "http/feed_pump.h"
#include "http/handlers.h"
#include "http/problem.h"
#include "http/routes.h"
#include "http/worker.h"

namespace holdfast::http {
namespace {

constexpr int kReaderThreads = 2;

}  // namespace

HttpMetrics::HttpMetrics(telemetry::Metrics& metrics)
    : framing_refused(metrics.counter("holdfast_http_framing_refused_total",
                                      "Requests refused for their HTTP framing.")),
      connections_refused(metrics.counter("holdfast_http_connections_refused_total",
                                          "Connections closed at a connection cap.")),
      connections(metrics.gauge("holdfast_http_connections", "Open HTTP connections.")),
      feed_streams(metrics.gauge("holdfast_http_feed_streams", "Open feed streams.")) {
  for (size_t digit = 0; digit < answers_.size(); ++digit)
    answers_[digit] = &metrics.counter("holdfast_http_answers_total", "Answers by class of status.",
                                       {{"status", std::to_string(digit) + "xx"}});
}

void HttpMetrics::count_answer(int status) {
  const auto digit = static_cast<size_t>(status / 100);
  answers_[digit < answers_.size() ? digit : 5]->add();
}

Api::Api(const ServerOptions& options, const ServerPorts& ports)
    : options_(options), ports_(ports), metrics_(ports.metrics), background_(kReaderThreads),
      feed_(std::make_unique<FeedPump>(ports.events, ports.clock, options.feed_streams_max,
                                       metrics_.feed_streams)) {}

Api::~Api() {
  feed_->stop();
  background_.stop();
}

Error Api::not_taken() const {
  if (draining() || ports_.commands.draining())
    return {ErrorCode::kShuttingDown, "the server is stopping: try again in a few seconds", {}};
  return {ErrorCode::kOverloaded, "the queue is full: try again after Retry-After", {}};
}

size_t Api::body_bytes_max(const Head& head) const {
  if (!head.chunked && head.content_length <= options_.body_bytes_max) return options_.body_bytes_max;
  std::string allow;
  const auto match = find_route(head.method, head.path, &allow);
  if (match && match->route->body == BodyKind::kBatch) return options_.batch_body_bytes_max;
  return options_.body_bytes_max;
}

void Api::handle(Worker& worker, const Responder& responder, const Head& head,
                 std::string_view body) {
  std::string allow;
  auto match = find_route(head.method, head.path, &allow);
  if (!match) {
    Answer answer = problem_answer(match.error(), head.path);
    if (!allow.empty()) answer.add_header("Allow", allow);
    return worker.answer(responder, std::move(answer));
  }
  auto query = QueryString::parse(head.query);
  if (!query) return worker.answer(responder, problem_answer(query.error(), head.path));
  Principal principal;
  if (!match->route->scope.empty()) {
    auto resolved = resolve_principal(head);
    if (!resolved) return worker.answer(responder, problem_answer(resolved.error(), head.path));
    principal = std::move(*resolved);
  }
  Exchange exchange{worker,
                    head,
                    head.path,
                    body,
                    std::move(match->params),
                    std::move(*query),
                    std::move(principal),
                    responder};
  match->route->handler(*this, exchange);
}

}  // namespace holdfast::http
