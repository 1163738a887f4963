// What operators, and the channels' own books, ask of a sink, as a value: it can be written where
// the node that serves the sink finds it. Encoded as `u8 kind, fields`.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "feed/courier.h"
#include "model/observed_level.h"

namespace holdfast::feed {

struct PauseSink {
  std::string reason;
};
/// `only_reason`: only if it is paused for this one; empty = whatever it is.
struct ResumeSink {
  std::string only_reason;
};
struct ReplaySink {
  Seq from = 0;
  Seq to = 0;  ///< 0 = the end
};
struct ActivateSink {};
struct RedeliverSink {
  std::vector<Seq> seqs;  ///< empty = all dead letters
};
struct ObserveLevels {
  std::vector<ObservedLevel> levels;
};
using SinkOperation =
    std::variant<PauseSink, ResumeSink, ReplaySink, ActivateSink, RedeliverSink, ObserveLevels>;

std::string encode(const SinkOperation& operation);
/// kWrongVersion: a newer node asked for something this one does not know.
Result<SinkOperation> decode_sink_operation(std::string_view bytes);

/// Idempotent: what was done and could not be noted as done is done again.
void apply(const SinkOperation& operation, Courier& courier, const std::string& paused_for);

}  // namespace holdfast::feed
