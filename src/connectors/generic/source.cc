#include "connectors/generic/source.h"

namespace holdfast::connectors::generic {

Result<std::unique_ptr<intake::PushSource>> GenericSource::make(const SourceConfig& config) {
  HF_ASSIGN(signature, Signature::make(config));
  HF_ASSIGN(mapping, Mapping::make(config));
  if (!signature.has_delivery_id() && config.mapping.id.empty()) {
    return fail(ErrorCode::kConfigInvalid,
                "mapping.id: without it or an id_header a repeated delivery could not be told from "
                "a new one");
  }
  return std::unique_ptr<intake::PushSource>(
      new GenericSource(config.name, std::move(signature), std::move(mapping)));
}

Result<intake::Mapped> GenericSource::receive(const intake::Delivery& delivery) {
  if (!signature_.verifies(delivery)) return fail(ErrorCode::kUnauthorized, "");
  HF_ASSIGN(value, json::parse_value(delivery.body));
  return mapping_.map(value, signature_.delivery_id(delivery));
}

}  // namespace holdfast::connectors::generic
