#include "feed/sink_report.h"

#include "base/bytes.h"

namespace holdfast::feed {
namespace {

constexpr uint8_t kVersion = 1;

void encode_counts(ByteWriter& out, const std::optional<ComparisonCounts>& counts) {
  out.u8(counts ? 1 : 0);
  if (!counts) return;
  for (const uint64_t count : counts->rows) out.varint(count);
  for (const uint64_t count : counts->results) out.varint(count);
  out.varint(counts->left_out);
}

std::optional<ComparisonCounts> decode_counts(ByteReader& in) {
  if (in.u8() == 0) return std::nullopt;
  ComparisonCounts counts;
  for (uint64_t& count : counts.rows) count = in.varint();
  for (uint64_t& count : counts.results) count = in.varint();
  counts.left_out = in.varint();
  return counts;
}

}  // namespace

std::string encode(const SinkReport& report) {
  std::string bytes;
  ByteWriter out(&bytes);
  const SinkStatus& status = report.status;
  out.u8(kVersion);
  out.u8(static_cast<uint8_t>(status.state));
  out.u8(static_cast<uint8_t>(status.circuit));
  out.varint(status.cursor);
  out.varint(status.lag_events);
  out.svarint(status.lag);
  out.varint(status.in_flight);
  out.varint(status.waiting);
  out.varint(status.parked);
  out.varint(status.dead_letters);
  out.u8(status.observing ? 1 : 0);
  out.varint(status.observed);
  encode_counts(out, status.comparison);
  out.varint(status.delivered);
  out.varint(status.failed);
  out.text(status.last_error);
  out.varint(report.observations.size());
  for (const Observation& observation : report.observations) {
    out.text(observation.sku);
    out.varint(observation.seq);
    out.svarint(observation.available_to_sell);
    out.svarint(observation.at.us);
  }
  return bytes;
}

std::optional<SinkReport> decode_sink_report(std::string_view bytes) {
  ByteReader in(bytes);
  if (in.u8() != kVersion) return std::nullopt;
  SinkReport report;
  SinkStatus& status = report.status;
  status.state = static_cast<SinkState>(in.u8());
  status.circuit = static_cast<CircuitState>(in.u8());
  status.cursor = in.varint();
  status.lag_events = in.varint();
  status.lag = in.svarint();
  status.in_flight = in.varint();
  status.waiting = in.varint();
  status.parked = in.varint();
  status.dead_letters = in.varint();
  status.observing = in.u8() != 0;
  status.observed = in.varint();
  status.comparison = decode_counts(in);
  status.delivered = in.varint();
  status.failed = in.varint();
  status.last_error = in.text();
  for (uint64_t left = in.varint(); left > 0 && in.ok(); --left) {
    Observation observation;
    observation.sku = in.text();
    observation.seq = in.varint();
    observation.available_to_sell = in.svarint();
    observation.at = {in.svarint()};
    report.observations.push_back(std::move(observation));
  }
  if (!in.ok() || !in.at_end()) return std::nullopt;
  return report;
}

}  // namespace holdfast::feed
