#include "model/event_detail.h"

#include "base/bytes.h"

namespace holdfast {
namespace {

using NamedUnits = std::vector<std::pair<std::string, int64_t>>;

void write_named(ByteWriter& out, const NamedUnits& list) {
  out.varint(list.size());
  for (const auto& [name, units] : list) {
    out.text(name);
    out.svarint(units);
  }
}

NamedUnits read_named(ByteReader& in) {
  NamedUnits list;
  const uint64_t count = in.varint();
  for (uint64_t i = 0; i < count && in.ok(); ++i) {
    std::string name(in.text());
    list.emplace_back(std::move(name), in.svarint());
  }
  return list;
}

template <typename T>
std::optional<T> whole(const ByteReader& in, T value) {
  if (!in.ok() || !in.at_end()) return std::nullopt;
  return value;
}

}  // namespace

std::string_view name_of(AvailabilityDetail::Level level) {
  switch (level) {
    case AvailabilityDetail::Level::kOut: return "out";
    case AvailabilityDetail::Level::kLow: return "low";
    case AvailabilityDetail::Level::kIn: return "in";
  }
  return "out";
}

std::string encode_detail(const ChannelSettings& settings) {
  std::string bytes;
  ByteWriter out(&bytes);
  out.varint(settings.locations.size());
  for (const std::string& location : settings.locations) out.text(location);
  out.svarint(settings.buffer);
  out.svarint(settings.oversell_limit);
  out.svarint(settings.low_at);
  out.u8(settings.managed_by_config ? 1 : 0);
  return bytes;
}

std::string encode_detail(const LocationSettings& settings) {
  std::string bytes;
  ByteWriter out(&bytes);
  out.u8(settings.sellable ? 1 : 0);
  out.u8(settings.managed_by_config ? 1 : 0);
  return bytes;
}

std::string encode_detail(const ShortfallDetail& detail) {
  std::string bytes;
  ByteWriter out(&bytes);
  out.svarint(detail.missing);
  write_named(out, detail.holds);
  write_named(out, detail.orders);
  out.varint(detail.more);
  return bytes;
}

std::string encode_detail(const AvailabilityDetail& detail) {
  std::string bytes;
  ByteWriter out(&bytes);
  out.u8(static_cast<uint8_t>(detail.level));
  out.u8(detail.available_to_sell.has_value() ? 1 : 0);
  if (detail.available_to_sell) out.svarint(*detail.available_to_sell);
  return bytes;
}

std::optional<ChannelSettings> decode_channel_settings(std::string_view bytes) {
  ByteReader in(bytes);
  ChannelSettings settings;
  const uint64_t count = in.varint();
  for (uint64_t i = 0; i < count && in.ok(); ++i) settings.locations.emplace_back(in.text());
  settings.buffer = in.svarint();
  settings.oversell_limit = in.svarint();
  settings.low_at = in.svarint();
  settings.managed_by_config = in.u8() != 0;
  return whole(in, std::move(settings));
}

std::optional<LocationSettings> decode_location_settings(std::string_view bytes) {
  ByteReader in(bytes);
  LocationSettings settings;
  settings.sellable = in.u8() != 0;
  settings.managed_by_config = in.u8() != 0;
  return whole(in, settings);
}

std::optional<ShortfallDetail> decode_shortfall_detail(std::string_view bytes) {
  ByteReader in(bytes);
  ShortfallDetail detail;
  detail.missing = in.svarint();
  detail.holds = read_named(in);
  detail.orders = read_named(in);
  detail.more = in.varint();
  return whole(in, std::move(detail));
}

std::optional<AvailabilityDetail> decode_availability_detail(std::string_view bytes) {
  ByteReader in(bytes);
  AvailabilityDetail detail;
  const uint8_t level = in.u8();
  if (level > 2) return std::nullopt;
  detail.level = static_cast<AvailabilityDetail::Level>(level);
  if (in.u8() != 0) detail.available_to_sell = in.svarint();
  return whole(in, detail);
}

}  // namespace holdfast
