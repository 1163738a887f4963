#include "feed/feed.h"

#include <algorithm>

#include <fmt/format.h>

#include "feed/local_feed.h"
#include "model/limits.h"

namespace holdfast::feed {

Result<std::unique_ptr<Feed>> Feed::open(FeedServices services, const std::string& path) {
  HF_ASSIGN(feed, LocalFeed::open(services, path));
  return std::unique_ptr<Feed>(std::move(feed));
}

Status Feed::add_sink(SinkSettings settings, std::unique_ptr<Sink> sink) {
  const auto made = std::make_shared<std::unique_ptr<Sink>>(std::move(sink));
  return add_sink(std::move(settings), [made]() -> Result<std::unique_ptr<Sink>> {
    if (*made == nullptr) return fail(ErrorCode::kInternal, "this sink is made once");
    return std::move(*made);
  });
}

std::unexpected<Error> no_such_sink(const std::string& sink) {
  return fail(ErrorCode::kNotFound, fmt::format("there is no sink {}; see GET /v1/sinks", sink));
}

Error compares_nothing(const std::string& sink) {
  return {ErrorCode::kInvalidValue,
          fmt::format("sink {} compares nothing: only a sink of deliver = \"stock\" with a "
                      "channel does",
                      sink),
          {}};
}

Status check_replay(Seq from, Seq to) {
  if (to == 0 || from <= to) return {};
  return fail(ErrorCode::kInvalidValue, "`from` is later than `to`: exchange them", "/from");
}

Status check_activate(const SinkSettings& settings) {
  if (settings.deliver == DeliverMode::kStock) return {};
  return fail(ErrorCode::kInvalidValue,
              fmt::format("sink {} carries events, and is active: only sinks of deliver = "
                          "\"stock\" observe",
                          settings.name));
}

std::vector<ObservedLevel> clamped(std::vector<ObservedLevel> levels, Timestamp now) {
  for (ObservedLevel& level : levels) {
    if (level.at > now + limits::kFutureTolerance) level.at = now;
  }
  return levels;
}

std::vector<ObservedLevel> of_channel(const std::vector<ObservedLevel>& levels,
                                      const std::string& channel) {
  std::vector<ObservedLevel> own;
  std::copy_if(levels.begin(), levels.end(), std::back_inserter(own),
               [&](const ObservedLevel& level) { return level.channel == channel; });
  return own;
}

}  // namespace holdfast::feed
