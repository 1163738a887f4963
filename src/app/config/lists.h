// The lists of a configuration: [[channels]], [[sources]], [[sinks]].
#pragma once

#include "app/config/config.h"
#include "app/config/table_reader.h"

namespace holdfast::app {

std::vector<ChannelConfig> read_channels(TableReader& root, ConfigProblems* problems);
std::vector<connectors::SourceConfig> read_sources(TableReader& root,
                                                   const Environment& environment,
                                                   ConfigProblems* problems);
std::vector<connectors::SinkConfig> read_sinks(TableReader& root, const Environment& environment,
                                               ConfigProblems* problems);

}  // namespace holdfast::app
