#include "connectors/shopify/source.h"

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
  return mapping_.map(head_of(delivery), value);
}

}  // namespace holdfast::connectors::shopify
