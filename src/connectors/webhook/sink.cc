#include "connectors/webhook/sink.h"

#include <fmt/format.h>

#include "connectors/webhook/mapping.h"

namespace holdfast::connectors::webhook {

constexpr size_t kWindowMax = 256;

Result<std::unique_ptr<feed::Sink>> WebhookSink::make(const SinkConfig& config) {
  HF_TRY(check_url(config.url));
  if (config.window < 1 || config.window > kWindowMax) {
    return fail(ErrorCode::kConfigInvalid, fmt::format("window: must be 1 to {}", kWindowMax));
  }
  if (config.timeout < 100 * kMillisecond || config.timeout > 5 * kMinute) {
    return fail(ErrorCode::kConfigInvalid, "timeout: must be 0.1 to 300 seconds");
  }
  std::optional<WebhookSecrets> secrets;
  if (!config.secrets.empty()) {
    HF_ASSIGN(made, WebhookSecrets::make(config.secrets));
    secrets = std::move(made);
  }
  HttpClientOptions options;
  HF_ASSIGN(policy, NetworkPolicy::make(config.allow_private_networks));
  options.policy = std::move(policy);
  options.timeout = config.timeout;
  options.connections_max = config.window;
  options.ca_file = config.ca_file;
  return std::unique_ptr<feed::Sink>(
      new WebhookSink(config, std::move(options), std::move(secrets)));
}

WebhookSink::WebhookSink(const SinkConfig& config, HttpClientOptions options,
                         std::optional<WebhookSecrets> secrets)
    : url_(config.url),
      window_(config.window),
      secrets_(std::move(secrets)),
      client_(std::move(options)) {}

void WebhookSink::deliver(std::vector<feed::Item> items, Timestamp now) {
  last_now_ = now;
  for (feed::Item& item : items) {
    client_.start(request_of(std::move(item), url_, secrets_ ? &*secrets_ : nullptr, now));
  }
}

std::vector<feed::Report> WebhookSink::poll(Duration wait) {
  std::vector<feed::Report> reports;
  for (const HttpAnswer& answer : client_.poll(wait)) {
    reports.push_back(report_of(answer, last_now_));
  }
  return reports;
}

}  // namespace holdfast::connectors::webhook
