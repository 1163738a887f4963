// The extras of the few event types that have more to say than an Event has fields, as they stand encoded
// in Event::detail: settings, the holds and orders a shortfall names, the level an availability crossed.
//
// Written by ledger (decide), read by ledger (apply) and by json (print). Decoders give nullopt for bytes
// they do not understand. Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/command.h"

namespace holdfast {

/// shortfall.opened / .changed / .closed: what is endangered, newest hold first, then the newest order.
struct ShortfallDetail {
  int64_t missing = 0;                                  ///< −available, 0 when closed
  std::vector<std::pair<std::string, int64_t>> holds;   ///< id, endangered units
  std::vector<std::pair<std::string, int64_t>> orders;  ///< "channel/order", endangered units
  uint64_t more = 0;                                    ///< not named
  bool operator==(const ShortfallDetail&) const = default;
};

/// availability.changed: a channel's available_to_sell crossed 0 or its low_at.
struct AvailabilityDetail {
  enum class Level : uint8_t { kOut = 0, kLow = 1, kIn = 2 };
  Level level = Level::kOut;
  std::optional<int64_t> available_to_sell;  ///< none = no location is tracked
  bool operator==(const AvailabilityDetail&) const = default;
};
std::string_view name_of(AvailabilityDetail::Level level);  ///< "out", "low", "in"

std::string encode_detail(const ChannelSettings& settings);
std::string encode_detail(const LocationSettings& settings);
std::string encode_detail(const ShortfallDetail& detail);
std::string encode_detail(const AvailabilityDetail& detail);

std::optional<ChannelSettings> decode_channel_settings(std::string_view bytes);
std::optional<LocationSettings> decode_location_settings(std::string_view bytes);
std::optional<ShortfallDetail> decode_shortfall_detail(std::string_view bytes);
std::optional<AvailabilityDetail> decode_availability_detail(std::string_view bytes);

}  // namespace holdfast
