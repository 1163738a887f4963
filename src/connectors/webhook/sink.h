// The webhook sink: each item is one signed POST. Events and stock numbers alike.
#pragma once

#include <memory>
#include <optional>

#include "connectors/config.h"
#include "connectors/shared/http_client.h"
#include "connectors/shared/standard_webhooks.h"
#include "feed/sink.h"

namespace holdfast::connectors::webhook {

class WebhookSink final : public feed::Sink {
 public:
  /// Checks url, secrets, networks and window: kConfigInvalid.
  static Result<std::unique_ptr<feed::Sink>> make(const SinkConfig& config);

  Status open() override { return {}; }
  void send_until(Duration boot) override { client_.send_until(boot); }
  size_t window() const override { return window_; }
  void deliver(std::vector<feed::Item> items, Timestamp now) override;
  std::vector<feed::Report> poll(Duration wait) override;
  void wake() override { client_.wake(); }

 private:
  WebhookSink(const SinkConfig& config, HttpClientOptions options,
              std::optional<WebhookSecrets> secrets);

  const std::string url_;
  const size_t window_;
  const std::optional<WebhookSecrets> secrets_;
  HttpClient client_;
  Timestamp last_now_;  ///< of the last deliver(), for dates in Retry-After
};

}  // namespace holdfast::connectors::webhook
