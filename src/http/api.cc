#include "http/api.h"

#include <string>

#include "http/dashboard.h"
#include "http/feed_pump.h"
#include "http/handlers.h"
#include "http/problem.h"
#include "http/routes.h"
#include "http/worker.h"

namespace holdfast::http {
namespace {

constexpr int kReaderThreads = 2;
constexpr uint64_t kBodyTakenFromAnyone = 64 << 10;

/// A refusal for want of a key says how to come with one (RFC 6750 section 3).
Answer denial(const Error& error, std::string_view path) {
  Answer answer = problem_answer(error, path);
  if (error.code == ErrorCode::kUnauthorized) answer.add_header("WWW-Authenticate", "Bearer");
  return answer;
}

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
    : options_(options), ports_(ports), metrics_(ports.metrics),
      access_(ports.keys, is_loopback_address(options.address), options.hold_quota, ports.clock,
              ports.log, ports.metrics),
      background_(kReaderThreads),
      feed_(std::make_unique<FeedPump>(ports.events, access_, ports.clock, options.feed_streams_max,
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

std::optional<Answer> Api::refused_before_body(Worker& worker, const Head& head) {
  if (!head.chunked && head.content_length <= kBodyTakenFromAnyone) return std::nullopt;
  std::string allow;
  const auto match = find_route(head.method, head.path, &allow);
  SeenCredential& seen = worker.seen_credential();
  if (!match || access_.knows(match->route->scope, head, &seen)) return std::nullopt;
  const auto principal = access_.admit(match->route->scope, head, &seen);
  if (principal) return std::nullopt;
  return denial(principal.error(), head.path);
}

/// When a key was last used is written down now and then, and not on the way of a request.
void Api::save_key_use(const Principal& principal) {
  if (!principal.key || !ports_.keys->save_is_due()) return;
  background_.run([keys = ports_.keys, &log = ports_.log] {
    if (const auto saved = keys->save_last_used(); !saved)
      log.warning("when keys were last used could not be written", {{"error", saved.error().detail}});
  });
}

void Api::handle(Worker& worker, const Responder& responder, const Head& head,
                 std::string_view body) {
  std::string allow;
  auto match = find_route(head.method, head.path, &allow);
  if (!match) {
    // what the dashboard's page loads: files of the binary, the same for everyone, and no part of the API
    if (const DashboardFile* file = find_dashboard_file(head.path))
      return worker.answer(responder, dashboard_answer(*file, head));
    Answer answer = problem_answer(match.error(), head.path);
    if (!allow.empty()) answer.add_header("Allow", allow);
    return worker.answer(responder, std::move(answer));
  }
  auto query = QueryString::parse(head.query);
  if (!query) return worker.answer(responder, problem_answer(query.error(), head.path));
  auto principal = access_.admit(match->route->scope, head, &worker.seen_credential());
  if (!principal) return worker.answer(responder, denial(principal.error(), head.path));
  save_key_use(*principal);
  Exchange exchange{worker,
                    head,
                    head.path,
                    body,
                    std::move(match->params),
                    std::move(*query),
                    std::move(*principal),
                    responder};
  match->route->handler(*this, exchange);
}

}  // namespace holdfast::http
