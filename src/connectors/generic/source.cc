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
  const std::string delivery_id = signature_.delivery_id(delivery);
  intake::Mapped mapped = mapping_.map(value, delivery_id);
  mapped.kept.append(delivery_id).append("\n").append(delivery.body);
  return mapped;
}

/// The delivery id (a header's value, so without an end of line), then the body as it came.
Result<intake::Mapped> GenericSource::map_kept(std::string_view kept) {
  const size_t end = kept.find('\n');
  if (end == std::string_view::npos) return fail(ErrorCode::kCorrupt, "a kept delivery is cut off");
  HF_ASSIGN(value, json::parse_value(kept.substr(end + 1)));
  return mapping_.map_again(value, std::string(kept.substr(0, end)));
}

}  // namespace holdfast::connectors::generic
