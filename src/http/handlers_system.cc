// Health, metrics, the contract, and the dashboard for whoever opens the address in a browser.
#include "http/dashboard.h"
#include "http/handlers.h"
#include "http/problem.h"
#include "http/worker.h"

namespace holdfast::http {

extern const std::string_view kOpenApiText;  // docs/reference/openapi.json, embedded by the build

namespace {

constexpr std::string_view kPrometheusText = "text/plain; version=0.0.4; charset=utf-8";

void answer_text(Exchange& exchange, std::string_view content_type, std::string body) {
  Answer answer;
  answer.content_type = content_type;
  answer.body = std::move(body);
  exchange.worker.answer(exchange.responder, std::move(answer));
}

}  // namespace

void get_livez(Api&, Exchange& exchange) {
  if (!check_parameters(exchange)) return;
  answer_text(exchange, kPlainText, "ok\n");
}

void get_readyz(Api& api, Exchange& exchange) {
  if (!check_parameters(exchange)) return;
  if (api.draining() || api.ports().commands.draining())
    return refuse(exchange, {ErrorCode::kShuttingDown, "draining", {}});
  const std::string missing = api.ports().not_ready ? api.ports().not_ready() : std::string();
  if (!missing.empty()) return refuse(exchange, {ErrorCode::kOverloaded, missing, {}});
  const std::string& durability = api.ports().durability;
  answer_text(exchange, kPlainText, durability.empty() ? "ready\n" : "ready\n" + durability + "\n");
}

void get_metrics(Api& api, Exchange& exchange) {
  if (!check_parameters(exchange)) return;
  answer_text(exchange, kPrometheusText, api.ports().metrics.text());
}

void get_openapi(Api&, Exchange& exchange) {
  if (!check_parameters(exchange)) return;
  answer_text(exchange, kJson, std::string(kOpenApiText));
}

void get_root(Api&, Exchange& exchange) {
  exchange.worker.answer(exchange.responder,
                         dashboard_answer(kDashboardFiles.front(), exchange.head));
}

}  // namespace holdfast::http
