#include "connectors/shopify/source.h"

#include "connectors/shopify/payload.h"

namespace holdfast::connectors::shopify {

Result<std::unique_ptr<intake::PushSource>> ShopifySource::make(const SourceConfig& config) {
  HF_ASSIGN(signature, Signature::make(config.secrets));
  HF_ASSIGN(mapping, Mapping::make(config));
  return std::unique_ptr<intake::PushSource>(
      new ShopifySource(config.name, std::move(signature), std::move(mapping)));
}

Result<intake::Mapped> ShopifySource::receive(const intake::Delivery& delivery) {
  if (!signature_.verifies(delivery)) return fail(ErrorCode::kUnauthorized, "");
  HF_ASSIGN(value, json::parse_value(delivery.body));
  const Head head = head_of(delivery);
  intake::Mapped mapped = mapping_.map(head, value);
  if (mapped.commands.empty() && mapped.parked.empty()) return mapped;  // nothing to come back to
  for (const std::string* line : {&head.topic, &head.shop, &head.delivery_id, &head.event_id}) {
    mapped.kept.append(*line).append("\n");
  }
  mapped.kept.append(without_people(value));
  return mapped;
}

/// What the head says, a line each (headers have no ends of line), then the body without people.
/// Every fact of Shopify's counts once by an id in the body, so all of them may be told with more
/// in them.
Result<intake::Mapped> ShopifySource::map_kept(std::string_view kept) {
  Head head;
  for (std::string* line : {&head.topic, &head.shop, &head.delivery_id, &head.event_id}) {
    const size_t end = kept.find('\n');
    if (end == std::string_view::npos)
      return fail(ErrorCode::kCorrupt, "a kept delivery is cut off");
    *line = kept.substr(0, end);
    kept.remove_prefix(end + 1);
  }
  HF_ASSIGN(value, json::parse_value(kept));
  intake::Mapped mapped = mapping_.map(head, value);
  for (Command& command : mapped.commands) intake::rekey_by_content(&command);
  return mapped;
}

}  // namespace holdfast::connectors::shopify
