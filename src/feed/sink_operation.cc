#include "feed/sink_operation.h"

#include "base/bytes.h"

namespace holdfast::feed {
namespace {

/// In the order of the variant.
enum class Kind : uint8_t { kPause, kResume, kReplay, kActivate, kRedeliver, kObserve };

struct Encoder {
  ByteWriter& out;

  void operator()(const PauseSink& pause) const { out.text(pause.reason); }
  void operator()(const ResumeSink& resume) const { out.text(resume.only_reason); }
  void operator()(const ReplaySink& replay) const {
    out.varint(replay.from);
    out.varint(replay.to);
  }
  void operator()(const ActivateSink&) const {}
  void operator()(const RedeliverSink& redeliver) const {
    out.varint(redeliver.seqs.size());
    for (const Seq seq : redeliver.seqs) out.varint(seq);
  }
  void operator()(const ObserveLevels& observe) const {
    out.varint(observe.levels.size());
    for (const ObservedLevel& level : observe.levels) {
      out.text(level.channel);
      out.text(level.sku);
      out.text(level.location);
      out.text(level.place);
      out.svarint(level.available);
      out.svarint(level.at.us);
    }
  }
};

ObservedLevel decode_level(ByteReader& in) {
  ObservedLevel level;
  level.channel = in.text();
  level.sku = in.text();
  level.location = in.text();
  level.place = in.text();
  level.available = in.svarint();
  level.at = {in.svarint()};
  return level;
}

SinkOperation decode_fields(Kind kind, ByteReader& in) {
  switch (kind) {
    case Kind::kPause:
      return PauseSink{std::string(in.text())};
    case Kind::kResume:
      return ResumeSink{std::string(in.text())};
    case Kind::kReplay: {
      ReplaySink replay;
      replay.from = in.varint();
      replay.to = in.varint();
      return replay;
    }
    case Kind::kActivate:
      return ActivateSink{};
    case Kind::kRedeliver: {
      RedeliverSink redeliver;
      for (uint64_t left = in.varint(); left > 0 && in.ok(); --left)
        redeliver.seqs.push_back(in.varint());
      return redeliver;
    }
    case Kind::kObserve: {
      ObserveLevels observe;
      for (uint64_t left = in.varint(); left > 0 && in.ok(); --left)
        observe.levels.push_back(decode_level(in));
      return observe;
    }
  }
  in.bytes(in.remaining() + 1);
  return ActivateSink{};
}

struct Applier {
  Courier& courier;
  const std::string& paused_for;

  void operator()(const PauseSink& pause) const {
    courier.set_state(SinkState::kPaused, pause.reason);
  }
  void operator()(const ResumeSink& resume) const {
    if (!resume.only_reason.empty() && resume.only_reason != paused_for) return;
    courier.set_state(SinkState::kActive, "");
  }
  void operator()(const ReplaySink& replay) const {
    courier.replay(replay.from, replay.to == 0 ? UINT64_MAX : replay.to);
  }
  void operator()(const ActivateSink&) const { courier.activate(); }
  void operator()(const RedeliverSink& redeliver) const { courier.redeliver(redeliver.seqs); }
  void operator()(const ObserveLevels& observe) const { courier.observe(observe.levels); }
};

}  // namespace

std::string encode(const SinkOperation& operation) {
  std::string bytes;
  ByteWriter out(&bytes);
  out.u8(static_cast<uint8_t>(operation.index()));
  std::visit(Encoder{out}, operation);
  return bytes;
}

Result<SinkOperation> decode_sink_operation(std::string_view bytes) {
  ByteReader in(bytes);
  const auto kind = static_cast<Kind>(in.u8());
  SinkOperation operation = decode_fields(kind, in);
  if (!in.ok() || !in.at_end()) {
    return fail(ErrorCode::kWrongVersion, "something was asked of a sink by a newer version");
  }
  return operation;
}

void apply(const SinkOperation& operation, Courier& courier, const std::string& paused_for) {
  std::visit(Applier{courier, paused_for}, operation);
}

}  // namespace holdfast::feed
