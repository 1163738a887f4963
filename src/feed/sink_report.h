// What the node that serves a sink says of it to the others, with each renewal of its lease.
// A report of another version is none.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "feed/sink_status.h"

namespace holdfast::feed {

struct SinkReport {
  SinkStatus status;  ///< without name and mode of delivery: those are configuration
  std::vector<Observation> observations;
};

std::string encode(const SinkReport& report);
std::optional<SinkReport> decode_sink_report(std::string_view bytes);

}  // namespace holdfast::feed
