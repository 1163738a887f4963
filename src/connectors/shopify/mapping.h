// A delivery of Shopify's as facts. Pure and without memory: the same bytes give the same commands,
// whatever came before.
//
// Every full order is one `order.changed` with the whole snapshot; refunds and fulfilments only
// tell parts of it sooner, under ids that count once. What is not a matter of stock is skipped by
// rule, what cannot be booked is parked with a reason; a location that is told and not in the map
// is never guessed.
#pragma once

#include <map>
#include <string>

#include "base/result.h"
#include "connectors/config.h"
#include "connectors/shopify/signature.h"
#include "intake/source.h"
#include "json/value.h"

namespace holdfast::connectors::shopify {

class Mapping {
 public:
  /// kConfigInvalid names the setting.
  static Result<Mapping> make(const SourceConfig& config);

  intake::Mapped map(const Head& head, const json::Value& delivery) const;

 private:
  SourceConfig config_;  ///< locations by bare id
};

}  // namespace holdfast::connectors::shopify
