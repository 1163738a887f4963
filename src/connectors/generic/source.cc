#include "connectors/generic/source.h"

namespace holdfast::connectors::generic {

Result<std::unique_ptr<intake::PushSource>> GenericSource::make(const SourceConfig& config) {
  HF_ASSIGN(signature, Signature::make(config));
  // With a signed time a captured delivery is refused after five minutes; without one it must carry
  // a time of its own, so that it is parked once its keys are forgotten.
  HF_ASSIGN(mapping, Mapping::make(config, !signature.signs_time()));
  if (!signature.signs_id() && config.mapping.id.empty()) {
    return fail(
        ErrorCode::kConfigInvalid,
        "mapping.id: without it, or an id_header that signed_content covers as {id}, a delivery "
        "that is sent again could not be told from a new one");
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
