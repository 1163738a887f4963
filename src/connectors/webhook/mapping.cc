#include "connectors/webhook/mapping.h"

#include <fmt/format.h>

namespace holdfast::connectors::webhook {

HttpRequest request_of(feed::Item item, const std::string& url, const WebhookSecrets* secrets,
                       Timestamp now) {
  const int64_t unix_seconds = now.us / kSecond;
  HttpRequest request;
  request.token = item.token;
  request.url = url;
  request.headers = {{"Content-Type", "application/cloudevents+json; charset=utf-8"},
                     {"User-Agent", "Holdfast"},
                     {"webhook-id", item.id},
                     {"webhook-timestamp", std::to_string(unix_seconds)}};
  if (secrets != nullptr) {
    request.headers.emplace_back("webhook-signature",
                                 secrets->sign(item.id, unix_seconds, item.body));
  }
  request.body = std::move(item.body);
  return request;
}

feed::Report report_of(const HttpAnswer& answer, Timestamp now) {
  feed::Report report;
  report.token = answer.token;
  report.retry_after = parse_retry_after(answer.retry_after, now);
  if (answer.status == 0) {
    report.verdict = answer.connected ? feed::Verdict::kAmbiguous : feed::Verdict::kRetry;
    report.unreachable = !answer.connected;
    report.detail = answer.error;
    return report;
  }
  report.detail = fmt::format("HTTP {}", answer.status);
  switch (answer.status) {
    case 410: report.verdict = feed::Verdict::kGone; break;
    case 400:
    case 413:
    case 415:
    case 422: report.verdict = feed::Verdict::kRejected; break;
    case 429: report.throttled = true; break;
    case 503: report.throttled = report.retry_after > 0; break;
    default:
      report.verdict = answer.status >= 200 && answer.status < 300 ? feed::Verdict::kDelivered
                                                                    : feed::Verdict::kRetry;
  }
  return report;
}

}  // namespace holdfast::connectors::webhook
