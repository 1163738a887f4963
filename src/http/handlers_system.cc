// Health, metrics, the contract, and a page for whoever opens the address in a browser.
#include "http/handlers.h"
#include "http/problem.h"
#include "http/worker.h"

namespace holdfast::http {

extern const std::string_view kOpenApiText;  // docs/reference/openapi.json, embedded by the build

namespace {

constexpr std::string_view kHtml = "text/html; charset=utf-8";
constexpr std::string_view kPrometheusText = "text/plain; version=0.0.4; charset=utf-8";

constexpr std::string_view kStartPage = R"(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Holdfast</title></head>
<body>
<h1>Holdfast</h1>
<p>An omnichannel inventory ledger. This address speaks HTTP and JSON:</p>
<ul>
<li><a href="/openapi.json">/openapi.json</a>: the contract (OpenAPI 3.1)</li>
<li><a href="/v1/stock">/v1/stock</a>: what there is, place by place</li>
<li><a href="/v1/feed?follow=false">/v1/feed</a>: everything that happened, as it happens</li>
<li><a href="/v1/sinks">/v1/sinks</a> and <a href="/v1/sources">/v1/sources</a>: who hears and who tells</li>
<li><a href="/metrics">/metrics</a>, <a href="/readyz">/readyz</a>, <a href="/livez">/livez</a></li>
</ul>
</body></html>
)";

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
  answer_text(exchange, kPlainText, "ready\n");
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
  Answer answer;
  answer.content_type = kHtml;
  answer.body = kStartPage;
  answer.headers =
      "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'; base-uri 'none'\r\n"
      "X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n";
  exchange.worker.answer(exchange.responder, std::move(answer));
}

}  // namespace holdfast::http
