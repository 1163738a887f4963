// Every connector there is, one line each. The only header of this room that app needs.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "connectors/config.h"
#include "feed/sink.h"
#include "intake/source.h"

namespace holdfast::connectors {

/// Makes the sink `config.type` names. kConfigInvalid names the setting and the remedy; a type that is
/// planned but not built is refused by name. Checks everything that needs no network.
Result<std::unique_ptr<feed::Sink>> make_sink(const SinkConfig& config);

/// Likewise for a push source (`POST /v1/sources/{name}`).
Result<std::unique_ptr<intake::PushSource>> make_source(const SourceConfig& config);

/// Types that can be made, for messages and `config check`.
std::vector<std::string_view> sink_types();
std::vector<std::string_view> source_types();

}  // namespace holdfast::connectors
