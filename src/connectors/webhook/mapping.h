// An item as a signed HTTP request, and an HTTP answer as a verdict. Pure.
#pragma once

#include "connectors/shared/http_client.h"
#include "connectors/shared/standard_webhooks.h"
#include "feed/sink.h"

namespace holdfast::connectors::webhook {

/// CloudEvents structured body with Standard Webhooks headers; `webhook-id` is the CloudEvent's id, the
/// timestamp is the attempt's.
HttpRequest request_of(feed::Item item, const std::string& url, const WebhookSecrets* secrets,
                       Timestamp now);

/// 2xx delivered; 410 gone; 400, 413, 415, 422 rejected for good; everything else is tried again, and is
/// ambiguous where the request may have been acted on without an answer.
feed::Report report_of(const HttpAnswer& answer, Timestamp now);

}  // namespace holdfast::connectors::webhook
