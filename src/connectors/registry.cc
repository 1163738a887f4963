#include "connectors/registry.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "connectors/generic/source.h"
#include "connectors/noop/sink.h"
#include "connectors/shopify/source.h"
#include "connectors/stdout/sink.h"
#include "connectors/webhook/sink.h"

namespace holdfast::connectors {
namespace {

using MakeSink = Result<std::unique_ptr<feed::Sink>> (*)(const SinkConfig&);
using MakeSource = Result<std::unique_ptr<intake::PushSource>> (*)(const SourceConfig&);

template <typename S>
Result<std::unique_ptr<feed::Sink>> plain(const SinkConfig&) {
  return std::make_unique<S>();
}

struct SinkLine {
  std::string_view type;
  MakeSink make;
};
struct SourceLine {
  std::string_view type;
  MakeSource make;
};

// ---- every connector, one line each ----
constexpr std::array kSinks = {
    SinkLine{"webhook", webhook::WebhookSink::make},
    SinkLine{"noop", plain<noop::NoopSink>},
    SinkLine{"stdout", plain<standard_output::StdoutSink>},
};
constexpr std::array kSources = {
    SourceLine{"generic", generic::GenericSource::make},
    SourceLine{"shopify", shopify::ShopifySource::make},
};
// ---- planned, refused by name until they are built ----
constexpr std::array<std::string_view, 5> kPlannedSinks = {"kafka", "rabbitmq", "shopify", "amazon",
                                                           "square"};
constexpr std::array<std::string_view, 5> kPlannedSources = {"square", "3pl", "kafka", "rabbitmq",
                                                             "sqs"};

template <typename Lines>
std::vector<std::string_view> types_of(const Lines& lines) {
  std::vector<std::string_view> types;
  for (const auto& line : lines) types.push_back(line.type);
  return types;
}

std::unexpected<Error> refuse(std::string_view what, const std::string& type, bool planned,
                              const std::vector<std::string_view>& built) {
  return fail(ErrorCode::kConfigInvalid,
              fmt::format("type: {} \"{}\" {}; there is {}", what, type,
                          planned ? "is not built yet" : "does not exist", fmt::join(built, ", ")));
}

}  // namespace

std::vector<std::string_view> sink_types() { return types_of(kSinks); }
std::vector<std::string_view> source_types() { return types_of(kSources); }

Result<std::unique_ptr<feed::Sink>> make_sink(const SinkConfig& config) {
  for (const SinkLine& line : kSinks) {
    if (line.type == config.type) return line.make(config);
  }
  const bool planned = std::count(kPlannedSinks.begin(), kPlannedSinks.end(), config.type) > 0;
  return refuse("sink", config.type, planned, sink_types());
}

Result<std::unique_ptr<intake::PushSource>> make_source(const SourceConfig& config) {
  for (const SourceLine& line : kSources) {
    if (line.type == config.type) return line.make(config);
  }
  const bool planned =
      std::count(kPlannedSources.begin(), kPlannedSources.end(), config.type) > 0;
  return refuse("source", config.type, planned, source_types());
}

}  // namespace holdfast::connectors
