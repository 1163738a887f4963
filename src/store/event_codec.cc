#include "store/event_codec.h"

#include "base/invariant.h"
#include "store/compact_text.h"

namespace holdfast::store {
namespace {

enum HeadFlag : uint8_t {
  kHasType = 1,
  kHasSource = 2,
  kHasKey = 4,
  kKeyIsUuid = 8,
  kHasKey2 = 16,
  kHasFingerprint = 32,
  kFromSource = 64,
  kHasShortages = 128,
};

enum Field : uint32_t {
  kSku = 1u << 0,
  kMovement = 1u << 1,
  kLocation = 1u << 2,
  kChannel = 1u << 3,
  kHold = 1u << 4,
  kDeadline = 1u << 5,
  kReference = 1u << 6,
  kFlags = 1u << 7,
  kOrder = 1u << 8,
  kLine = 1u << 9,
  kOccurredAt = 1u << 10,
  kTotal = 1u << 11,
  kVersion = 1u << 12,
  kDocument = 1u << 13,
  kToLocation = 1u << 14,
  kReason = 1u << 15,
  kClaimedAt = 1u << 16,
  kCancelled = 1u << 17,
  kWrittenOff = 1u << 18,
  kDetail = 1u << 19,
  kBareQuantity = 1u << 20,
  kSource = 1u << 21,
  kBareTotal = 1u << 22,
  kSkips = 1u << 23,
  kCheckpointHere = 1u << 24,
  kCheckpointThere = 1u << 25,
  kAllFields = (1u << 26) - 1,
};

constexpr uint64_t kMicroseconds = 1'000'000;

// Differences wrap: any two times give one, and adding it back gives the time again.
void put_time(ByteWriter& out, Timestamp time, Timestamp base) {
  const auto difference =
      static_cast<int64_t>(static_cast<uint64_t>(time.us) - static_cast<uint64_t>(base.us));
  constexpr auto kUnit = static_cast<int64_t>(kMicroseconds);
  int64_t seconds = difference / kUnit;
  int64_t us = difference % kUnit;
  if (us < 0) {
    us += kUnit;
    --seconds;
  }
  const uint64_t zigzag =
      (static_cast<uint64_t>(seconds) << 1) ^ static_cast<uint64_t>(seconds >> 63);
  out.varint((zigzag << 1) | (us != 0 ? 1 : 0));
  if (us != 0) out.varint(static_cast<uint64_t>(us));
}

bool get_time(ByteReader& in, Timestamp base, Timestamp* time) {
  const uint64_t word = in.varint();
  const uint64_t zigzag = word >> 1;
  const uint64_t seconds = (zigzag >> 1) ^ (~(zigzag & 1) + 1);
  uint64_t us = 0;
  if ((word & 1) != 0) {
    us = in.varint();
    if (us == 0 || us >= kMicroseconds) return false;
  }
  time->us = static_cast<int64_t>(static_cast<uint64_t>(base.us) + seconds * kMicroseconds + us);
  return in.ok() && time->has_value();
}

void put_skips(ByteWriter& out, const SkipPointers& skips, Seq seq, const Timestamp* log_time) {
  out.varint(static_cast<uint64_t>(skips.levels));
  for (int level = 0; level < skips.levels; ++level) {
    const SkipTarget& skip = skips.by_level[static_cast<size_t>(level)];
    out.varint(skip.target == 0 ? 0 : seq - skip.target);
    if (log_time != nullptr) put_time(out, skip.min_occurred, *log_time);
  }
}

// A link back: a distance, or 0 for none. Never to itself, forward or before seq 1.
bool to_seq(uint64_t distance, Seq seq, Seq* target) {
  if (distance >= seq) return false;
  *target = distance == 0 ? 0 : seq - distance;
  return true;
}

bool get_link(ByteReader& in, Seq seq, Seq* target) { return to_seq(in.varint(), seq, target); }

bool get_skips(ByteReader& in, Seq seq, const Timestamp* log_time, SkipPointers* skips) {
  const uint64_t levels = in.varint();
  if (levels == 0 || levels > kSkipLevelsMax) return false;
  skips->levels = static_cast<int>(levels);
  for (uint64_t level = 0; level < levels; ++level) {
    SkipTarget& skip = skips->by_level[level];
    if (!get_link(in, seq, &skip.target)) return false;
    if (log_time != nullptr && !get_time(in, *log_time, &skip.min_occurred)) return false;
  }
  return in.ok();
}

void put_checkpoint(ByteWriter& out, const Checkpoint& checkpoint, Seq seq) {
  for (const int64_t balance : checkpoint.balances) out.svarint(balance);
  put_skips(out, checkpoint.skips, seq, nullptr);
}

bool get_checkpoint(ByteReader& in, Seq seq, Checkpoint* checkpoint) {
  checkpoint->present = true;
  for (int64_t& balance : checkpoint->balances) balance = in.svarint();
  return get_skips(in, seq, nullptr, &checkpoint->skips);
}

void put_hold(ByteWriter& out, std::string_view hold, Seq seq) {
  const std::optional<GeneratedId> id = parse_generated_id(hold);
  if (!id) {
    out.text(hold);
    return;
  }
  out.varint(0);
  out.varint(id->incarnation);
  out.svarint(static_cast<int64_t>(seq - id->number));
}

bool get_hold(ByteReader& in, Seq seq, TextArena* arena, std::string_view* hold) {
  *hold = in.text();
  if (!hold->empty() || !in.ok()) return in.ok();
  const uint64_t incarnation = in.varint();
  const uint64_t number = seq - static_cast<uint64_t>(in.svarint());
  if (!in.ok() || incarnation > UINT32_MAX || number > INT64_MAX) return false;
  *hold = hold_id({static_cast<uint32_t>(incarnation), number}, arena);
  return true;
}

void put_chain(ByteWriter& out, const Event& event, const ChainLinks& links) {
  const auto distance = [&](Seq target) { return target == 0 ? 0 : event.seq - target; };
  const bool differs = !event.location.empty() && links.previous_here != links.previous;
  out.varint((distance(links.previous) << 1) | (differs ? 1 : 0));
  if (differs) out.varint(distance(links.previous_here));
  if (!event.to_location.empty()) out.varint(distance(links.previous_there));
}

uint32_t fields_of(const Event& e, std::string_view head_source, const ChainLinks& links) {
  const auto bit = [](bool present, uint32_t field) { return present ? field : 0u; };
  const bool moves = e.from != Account::kNone || e.to != Account::kNone;
  return bit(!e.sku.empty() || e.sku_seq != 0, kSku) | bit(moves, kMovement) |
         bit(!e.location.empty(), kLocation) | bit(!e.channel.empty(), kChannel) |
         bit(!e.hold.empty(), kHold) | bit(e.deadline.has_value(), kDeadline) |
         bit(!e.reference.empty(), kReference) | bit(e.flags != 0, kFlags) |
         bit(!e.order.empty(), kOrder) | bit(!e.line.empty(), kLine) |
         bit(e.occurred_at.has_value(), kOccurredAt) | bit(e.has_total, kTotal) |
         bit(e.version.has_value(), kVersion) | bit(!e.document.empty(), kDocument) |
         bit(!e.to_location.empty(), kToLocation) | bit(!e.reason.empty(), kReason) |
         bit(e.claimed_at.has_value(), kClaimedAt) | bit(e.cancelled != 0, kCancelled) |
         bit(e.written_off != 0, kWrittenOff) | bit(!e.detail.empty(), kDetail) |
         bit(!moves && e.quantity != 0, kBareQuantity) |
         bit(!e.source.empty() && e.source != head_source, kSource) |
         bit(!e.has_total && e.total != 0, kBareTotal) | bit(links.skips.levels > 0, kSkips) |
         bit(links.here.present, kCheckpointHere) | bit(links.there.present, kCheckpointThere);
}

bool known_type(uint8_t type) {
  static const auto kKnown = [] {
    std::array<bool, 256> known{};
    for (size_t i = 1; i < known.size(); ++i) {
      const std::string_view name = name_of(static_cast<EventType>(i));
      known[i] = event_type_named(name) == static_cast<EventType>(i);
    }
    return known;
  }();
  return kKnown[type];
}

}  // namespace

// ---- writing -------------------------------------------------------------------------------------

void PayloadWriter::begin_command(const CommandHead& head) {
  head_.clear();
  events_.clear();
  event_count_ = 0;
  source_.assign(head.source);

  char uuid[16];
  const bool is_uuid = pack_uuid(head.idempotency_key, uuid);
  const bool has_shortages = head.shortages != nullptr && !head.shortages->empty();
  ByteWriter out(&head_);
  out.u8(static_cast<uint8_t>((head.type != CommandType::kNone ? kHasType : 0) |
                              (!head.source.empty() ? kHasSource : 0) |
                              (!head.idempotency_key.empty() ? kHasKey : 0) |
                              (is_uuid ? kKeyIsUuid : 0) |
                              (!head.idempotency_key_2.empty() ? kHasKey2 : 0) |
                              (head.fingerprint != 0 ? kHasFingerprint : 0) |
                              (head.from_source ? kFromSource : 0) |
                              (has_shortages ? kHasShortages : 0)));
  if (head.type != CommandType::kNone) out.u8(static_cast<uint8_t>(head.type));
  if (!head.source.empty()) out.text(head.source);
  if (is_uuid) {
    out.raw(uuid, sizeof uuid);
  } else if (!head.idempotency_key.empty()) {
    out.text(head.idempotency_key);
  }
  if (!head.idempotency_key_2.empty()) out.text(head.idempotency_key_2);
  if (head.fingerprint != 0) out.u64(head.fingerprint);
  if (!has_shortages) return;
  out.varint(head.shortages->size());
  for (const Shortage& shortage : *head.shortages) {
    out.text(shortage.line);
    out.text(shortage.sku);
    out.text(shortage.location);
    out.svarint(shortage.requested);
    out.svarint(shortage.available_to_sell);
    out.u8(shortage.untracked ? 1 : 0);
  }
}

void PayloadWriter::append(const Event& event, const ChainLinks& links) {
  ++event_count_;
  ByteWriter out(&events_);
  const uint32_t fields = fields_of(event, source_, links);
  const auto text = [&](Field field, std::string_view value) {
    if ((fields & field) != 0) out.text(value);
  };
  const auto time = [&](Field field, Timestamp value) {
    if ((fields & field) != 0) put_time(out, value, log_time_);
  };
  const auto number = [&](uint32_t field, int64_t value) {
    if ((fields & field) != 0) out.svarint(value);
  };
  out.u8(static_cast<uint8_t>(event.type));
  out.varint(fields);
  if ((fields & kSku) != 0) {
    out.text(event.sku);
    out.varint(event.sku_seq);
    put_chain(out, event, links);
  }
  if ((fields & kMovement) != 0) {
    out.u8(static_cast<uint8_t>(static_cast<int>(event.from) * 16 + static_cast<int>(event.to)));
    out.svarint(event.quantity);
  }
  text(kLocation, event.location);
  text(kChannel, event.channel);
  if ((fields & kHold) != 0) put_hold(out, event.hold, event.seq);
  time(kDeadline, event.deadline);
  text(kReference, event.reference);
  if ((fields & kFlags) != 0) out.varint(event.flags);
  text(kOrder, event.order);
  text(kLine, event.line);
  time(kOccurredAt, event.occurred_at);
  number(kTotal, event.total);
  if ((fields & kVersion) != 0) {
    out.u8(static_cast<uint8_t>(event.version.kind));
    out.svarint(event.version.value);
  }
  text(kDocument, event.document);
  text(kToLocation, event.to_location);
  text(kReason, event.reason);
  time(kClaimedAt, event.claimed_at);
  number(kCancelled, event.cancelled);
  number(kWrittenOff, event.written_off);
  text(kDetail, event.detail);
  number(kBareQuantity, event.quantity);
  text(kSource, event.source);
  number(kBareTotal, event.total);
  if ((fields & kSkips) != 0) put_skips(out, links.skips, event.seq, &log_time_);
  if ((fields & kCheckpointHere) != 0) put_checkpoint(out, links.here, event.seq);
  if ((fields & kCheckpointThere) != 0) put_checkpoint(out, links.there, event.seq);
}

void PayloadWriter::end_command() {
  INVARIANT(event_count_ > 0, "a command without events reached the log");
  std::string count;
  ByteWriter(&count).varint(event_count_);
  ByteWriter out(payload_);
  out.varint(count.size() + head_.size() + events_.size());
  payload_->append(count).append(head_).append(events_);
  head_.clear();
  events_.clear();
}

// ---- reading -------------------------------------------------------------------------------------

bool PayloadReader::open_command(ByteReader* body, uint64_t* event_count) {
  if (!ok() || reader_.at_end()) return false;
  *body = ByteReader(reader_.text());
  *event_count = body->varint();
  // an event takes at least two bytes, so a count beyond the body is malformed, not an allocation
  ok_ = reader_.ok() && body->ok() && *event_count > 0 && *event_count <= body->remaining() / 2;
  return ok_;
}

bool PayloadReader::skip() {
  ByteReader body({});
  uint64_t event_count = 0;
  if (!open_command(&body, &event_count)) return false;
  next_seq_ += event_count;
  return true;
}

bool PayloadReader::next(LoggedCommand* out, std::vector<ChainLinks>* links) {
  ByteReader body({});
  uint64_t event_count = 0;
  if (!open_command(&body, &event_count)) return false;
  out->head = CommandHead{};
  out->shortages.clear();
  out->events.clear();
  if (links != nullptr) links->clear();
  ok_ = decode_head(body, out);
  const Seq command_seq = next_seq_;
  ChainLinks unused;
  for (uint64_t i = 0; ok_ && i < event_count; ++i) {
    Event& event = out->events.emplace_back();
    event.seq = next_seq_++;
    event.command_seq = command_seq;
    event.recorded_at = log_time_;
    ok_ = decode_event(body, out->head, &event,
                       links != nullptr ? &links->emplace_back() : &unused);
  }
  ok_ = ok_ && body.ok() && body.at_end();
  return ok_;
}

bool PayloadReader::decode_head(ByteReader& body, LoggedCommand* out) {
  CommandHead& head = out->head;
  const uint8_t flags = body.u8();
  if ((flags & kHasType) != 0) head.type = static_cast<CommandType>(body.u8());
  if ((flags & kHasSource) != 0) head.source = body.text();
  if ((flags & kKeyIsUuid) != 0) {
    const std::string_view packed = body.bytes(16);
    if (!body.ok() || (flags & kHasKey) == 0) return false;
    head.idempotency_key = unpack_uuid(packed, arena_);
  } else if ((flags & kHasKey) != 0) {
    head.idempotency_key = body.text();
  }
  if ((flags & kHasKey2) != 0) head.idempotency_key_2 = body.text();
  if ((flags & kHasFingerprint) != 0) head.fingerprint = body.u64();
  head.from_source = (flags & kFromSource) != 0;
  if ((flags & kHasShortages) == 0) return body.ok();

  const uint64_t count = body.varint();
  if (count == 0 || count > body.remaining() / 6) return false;
  for (uint64_t i = 0; i < count; ++i) {
    Shortage& shortage = out->shortages.emplace_back();
    shortage.line = body.text();
    shortage.sku = body.text();
    shortage.location = body.text();
    shortage.requested = body.svarint();
    shortage.available_to_sell = body.svarint();
    const uint8_t untracked = body.u8();
    shortage.untracked = untracked != 0;
    if (!body.ok() || untracked > 1) return false;
  }
  head.shortages = &out->shortages;
  return true;
}

bool PayloadReader::decode_event(ByteReader& body, const CommandHead& head, Event* event,
                                 ChainLinks* links) {
  const uint8_t type = body.u8();
  const uint64_t fields = body.varint();
  if (!body.ok() || !known_type(type) || (fields & ~uint64_t{kAllFields}) != 0) return false;
  event->type = static_cast<EventType>(type);
  event->source = head.source;

  const auto text = [&](Field field, std::string_view* value) {
    if ((fields & field) != 0) *value = body.text();
  };
  const auto time = [&](Field field, Timestamp* value) {
    return (fields & field) == 0 || get_time(body, log_time_, value);
  };
  uint64_t chain = 0;
  uint64_t here = 0;
  uint64_t there = 0;
  if ((fields & kSku) != 0) {
    event->sku = body.text();
    event->sku_seq = body.varint();
    chain = body.varint();
    if ((chain & 1) != 0) here = body.varint();
    if ((fields & kToLocation) != 0) there = body.varint();
    if (!to_seq(chain >> 1, event->seq, &links->previous) ||
        !to_seq(there, event->seq, &links->previous_there)) {
      return false;
    }
    links->previous_here = (fields & kLocation) != 0 ? links->previous : 0;
    if ((chain & 1) != 0 && !to_seq(here, event->seq, &links->previous_here)) return false;
  }
  if ((fields & kMovement) != 0) {
    const uint8_t accounts = body.u8();
    if (accounts == 0 || accounts / 16 >= kAccountCount || accounts % 16 >= kAccountCount) return false;
    event->from = static_cast<Account>(accounts / 16);
    event->to = static_cast<Account>(accounts % 16);
    event->quantity = body.svarint();
  }
  text(kLocation, &event->location);
  text(kChannel, &event->channel);
  if ((fields & kHold) != 0 && !get_hold(body, event->seq, arena_, &event->hold)) return false;
  if (!time(kDeadline, &event->deadline)) return false;
  text(kReference, &event->reference);
  if ((fields & kFlags) != 0) {
    const uint64_t flags = body.varint();
    if (flags == 0 || flags > UINT32_MAX) return false;
    event->flags = static_cast<uint32_t>(flags);
  }
  text(kOrder, &event->order);
  text(kLine, &event->line);
  if (!time(kOccurredAt, &event->occurred_at)) return false;
  if ((fields & kTotal) != 0) {
    event->has_total = true;
    event->total = body.svarint();
  }
  if ((fields & kVersion) != 0) {
    const uint8_t kind = body.u8();
    if (kind == 0 || kind > static_cast<uint8_t>(Version::Kind::kInteger)) return false;
    event->version = {static_cast<Version::Kind>(kind), body.svarint()};
  }
  text(kDocument, &event->document);
  text(kToLocation, &event->to_location);
  text(kReason, &event->reason);
  if (!time(kClaimedAt, &event->claimed_at)) return false;
  if ((fields & kCancelled) != 0) event->cancelled = body.svarint();
  if ((fields & kWrittenOff) != 0) event->written_off = body.svarint();
  text(kDetail, &event->detail);
  if ((fields & kBareQuantity) != 0) {
    if ((fields & kMovement) != 0) return false;
    event->quantity = body.svarint();
  }
  text(kSource, &event->source);
  if ((fields & kBareTotal) != 0) {
    if ((fields & kTotal) != 0) return false;
    event->total = body.svarint();
  }
  if ((fields & kSkips) != 0 && !get_skips(body, event->seq, &log_time_, &links->skips)) return false;
  if ((fields & kCheckpointHere) != 0 && !get_checkpoint(body, event->seq, &links->here)) return false;
  if ((fields & kCheckpointThere) != 0 && !get_checkpoint(body, event->seq, &links->there)) {
    return false;
  }
  return body.ok();
}

}  // namespace holdfast::store
