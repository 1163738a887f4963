#include "ledger/rows.h"

#include "base/bytes.h"
#include "base/invariant.h"
#include "ledger/chain.h"
#include "model/event_detail.h"

namespace holdfast::ledger {
namespace {

// One description of each row serves writing and reading: Writer appends fields, Reader fills them.
// A row is two dozen small numbers: Writer gathers them and appends what it has when it goes.
class Writer {
 public:
  /// With `skus`, SKUs stand by name.
  explicit Writer(std::string* out, const Names* skus = nullptr) : out_(out), skus_(skus) {}
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  ~Writer() { flush(); }
  static constexpr bool kReads = false;
  template <typename T>
  void number(T& value) {
    if constexpr (std::is_enum_v<T>) {
      varint(static_cast<uint64_t>(value));
    } else if constexpr (std::is_signed_v<T>) {
      varint(zigzag(value));
    } else {
      varint(value);
    }
  }
  void time(Timestamp& value) { varint(zigzag(value.us)); }
  bool by_name() const { return skus_ != nullptr; }
  void sku(SkuId& id) {
    if (!by_name()) return number(id);
    text(id == kNoId ? std::string_view() : skus_->text(id));
  }
  void text(std::string_view value) {
    varint(value.size());
    if (value.size() > room()) flush();
    if (value.size() > room()) {
      append_text(out_, value);
    } else {
      at_ = copy_to(at_, value);
    }
  }
  template <typename T, typename Each>
  void list(std::vector<T>& values, Each each) {
    varint(values.size());
    for (T& value : values) each(*this, value);
  }
  bool ok() const { return true; }

 private:
  size_t room() const { return static_cast<size_t>(buffer_ + sizeof buffer_ - at_); }
  void varint(uint64_t value) {
    if (room() < kVarintBytesMax) flush();
    at_ = put_varint(at_, value);
  }
  void flush() {
    append_text(out_, {buffer_, static_cast<size_t>(at_ - buffer_)});
    at_ = buffer_;
  }

  std::string* out_;
  const Names* skus_;
  char buffer_[256];
  char* at_ = buffer_;
};

class Reader {
 public:
  /// With `skus`, SKUs stand by name; those not among them go to *missing.
  explicit Reader(std::string_view bytes, const Names* skus = nullptr,
                  std::vector<std::string>* missing = nullptr)
      : in_(bytes), skus_(skus), missing_(missing) {}
  static constexpr bool kReads = true;
  bool by_name() const { return skus_ != nullptr; }
  void sku(SkuId& id) {
    if (!by_name()) return number(id);
    const std::string_view name = in_.text();
    id = name.empty() ? kNoId : skus_->find(name);
    if (id == kNoId && !name.empty()) missing_->emplace_back(name);
  }
  template <typename T>
  void number(T& value) {
    if constexpr (std::is_signed_v<T> && !std::is_enum_v<T>) {
      value = static_cast<T>(in_.svarint());
    } else {
      value = static_cast<T>(in_.varint());
    }
  }
  void time(Timestamp& value) { value.us = in_.svarint(); }
  void text(std::string& value) { value = in_.text(); }
  template <typename T, typename Each>
  void list(std::vector<T>& values, Each each) {
    const uint64_t size = in_.varint();
    if (size > in_.remaining()) ok_ = false;  // every element takes a byte at least
    for (uint64_t i = 0; i < size && ok(); ++i) each(*this, values.emplace_back());
  }
  bool ok() const { return ok_ && in_.ok(); }
  bool done() const { return ok() && in_.at_end(); }

 private:
  ByteReader in_;
  const Names* skus_;
  std::vector<std::string>* missing_;
  bool ok_ = true;
};

template <typename Codec>
void code(Codec& codec, Version& version) {
  codec.number(version.kind);
  codec.number(version.value);
}

template <typename Codec>
void code(Codec& codec, Position& position) {
  codec.number(position.location);
  codec.number(position.tracked);
  for (int64_t& balance : position.balances) codec.number(balance);
  codec.number(position.shortfall);
  for (Timestamp& newest : position.newest) codec.time(newest);
  bool counted = position.anchors != nullptr;
  codec.number(counted);
  if (!counted) return;
  if (Codec::kReads) position.anchors = std::make_unique<Position::Anchors>();
  for (auto& anchors : *position.anchors) {
    codec.list(anchors, [](Codec& c, Timestamp& anchor) { c.time(anchor); });
  }
}

template <typename Codec>
void code(Codec& codec, Sku& sku) {
  codec.number(sku.sku_seq);
  codec.number(sku.last_seq);
  codec.sku(sku.same_as);
  codec.number(sku.aliases);
  codec.number(sku.supplier);
  codec.number(sku.customer);
  codec.number(sku.adjustment);
  codec.list(sku.positions, [](Codec& c, Position& position) { code(c, position); });
  codec.list(sku.levels, [](Codec& c, Level& level) { c.number(level); });
  // A desk has not all the holds that it follows from.
  if (!codec.by_name()) return;
  codec.list(sku.held_by, [](Codec& c, HeldBy& held) {
    c.number(held.source);
    c.number(held.holds);
  });
}

template <typename Codec>
void code(Codec& codec, Hold& hold) {
  codec.text(hold.id);
  codec.number(hold.channel);
  codec.text(hold.reference);
  codec.number(hold.client_id);
  codec.number(hold.first_seq);
  codec.time(hold.placed_at);
  codec.time(hold.deadline);
  codec.time(hold.closed_at);
  codec.list(hold.lines, [](Codec& c, HoldLine& line) {
    c.sku(line.sku);
    c.number(line.location);
    c.text(line.line);
    c.number(line.quantity);
    c.number(line.remaining);
    c.number(line.committed);
    c.number(line.released);
    c.number(line.expired);
  });
  codec.list(hold.commits, [](Codec& c, std::pair<ChannelId, std::string>& commit) {
    c.number(commit.first);
    c.text(commit.second);
  });
  codec.number(hold.placed_by);
}

template <typename Codec>
void code(Codec& codec, SnapshotLine& line) {
  codec.number(line.source);
  codec.text(line.line);
  for (SnapshotLine::Field* field : {&line.ordered, &line.cancelled, &line.written_off}) {
    codec.number(field->told);
    code(codec, field->version);
    codec.number(field->value);
  }
  codec.number(line.fallen);
}

template <typename Codec>
void code(Codec& codec, OrderSku& part) {
  codec.sku(part.sku);
  codec.list(part.snapshots, [](Codec& c, SnapshotLine& line) { code(c, line); });
  codec.list(part.tallies, [](Codec& c, Tally& tally) {
    c.number(tally.source);
    c.number(tally.counter);
    c.number(tally.state);
    c.number(tally.location);
    c.number(tally.is_total);
    c.text(tally.line);
    c.number(tally.value);
  });
  codec.list(part.booked, [](Codec& c, Booked& booked) {
    c.number(booked.counter);
    c.number(booked.state);
    c.number(booked.location);
    c.number(booked.quantity);
  });
  codec.list(part.commitments, [](Codec& c, Commitment& commitment) {
    c.number(commitment.location);
    c.number(commitment.units);
  });
  codec.number(part.held_total);
  codec.time(part.last_commit);
  codec.number(part.surplus);
}

template <typename Codec>
void code(Codec& codec, Order& order) {
  codec.number(order.channel);
  codec.text(order.order);
  codec.number(order.first_seq);
  codec.number(order.cancelled);
  codec.number(order.no_restock);
  codec.time(order.closed_at);
  codec.list(order.skus, [](Codec& c, OrderSku& part) { code(c, part); });
  codec.list(order.documents, [](Codec& c, Document& document) {
    c.number(document.source);
    c.number(document.counter);
    c.text(document.id);
    c.number(document.voided);
    c.list(document.lines, [](Codec& d, Document::Line& line) {
      d.sku(line.sku);
      d.number(line.location);
      d.number(line.state);
      d.number(line.quantity);
    });
  });
}

template <typename Codec>
void code(Codec& codec, Reference& reference) {
  codec.number(reference.kind);
  codec.text(reference.reference);
  codec.number(reference.closed);
  codec.time(reference.last_at);
  codec.list(reference.lines, [](Codec& c, ReferenceLine& line) {
    c.text(line.line);
    c.sku(line.sku);
    c.number(line.location);
    for (int64_t* value : {&line.expected, &line.used, &line.open, &line.sent, &line.received,
                           &line.surplus}) {
      c.number(*value);
    }
  });
}

/// A row that is a number, a name and some settings.
template <typename Codec>
void code_named(Codec& codec, uint32_t& id, std::string& name) {
  codec.number(id);
  codec.text(name);
}

bool decode_named(RowKind kind, Reader& in, State* state) {
  uint32_t id = kNoId;
  std::string name, settings;
  code_named(in, id, name);
  constexpr uint32_t kIdMax = 1u << 30;  // a number out of a damaged row must not fill memory
  if (!in.ok() || id > kIdMax) return false;
  switch (kind) {
    case RowKind::kLocation: {
      in.text(settings);
      const auto decoded = decode_location_settings(settings);
      if (!decoded) return false;
      state->location_names.add_at(id, name);
      state->locations.add_at(id).settings = *decoded;
      return in.done();
    }
    case RowKind::kChannel: {
      state->channel_names.add_at(id, name);
      Channel& channel = state->channels.add_at(id);
      in.number(channel.exists);
      in.text(settings);
      const auto decoded = decode_channel_settings(settings);
      if (!decoded) return false;
      channel.settings = *decoded;
      return in.done();
    }
    case RowKind::kSource:
      state->source_names.add_at(id, name);
      in.number(state->sources.add_at(id).version_kind);
      return in.done();
    default:
      state->sku_names.add_at(id, name);
      code(in, state->skus.add_at(id));
      return in.done();
  }
}

bool decode_keys(Reader& in, State* state) {
  uint64_t count = 0;
  in.number(count);
  for (; count > 0 && in.ok(); --count) {
    SeenKey key;
    in.number(key.key.low);
    in.number(key.key.high);
    in.number(key.fingerprint);
    in.number(key.first_seq);
    in.time(key.at);
    if (in.ok()) state->keys.load(key);
  }
  return in.done();
}

template <typename Codec>
void code(Codec& codec, DiscrepancyView& view) {
  codec.number(view.seq);
  codec.time(view.recorded_at);
  for (std::string* text : {&view.sku, &view.location, &view.reason, &view.channel, &view.order,
                            &view.reference}) {
    codec.text(*text);
  }
  codec.number(view.account);
  codec.number(view.quantity);
}

template <typename Codec>
void code_meta(Codec& codec, State& state) {
  codec.number(state.sku_seq_base);
  codec.number(state.forgotten_holds);
}

}  // namespace

bool is_hashed(const State& state, RowKind kind, uint32_t id) {
  switch (kind) {
    case RowKind::kHold: return state.holds[id].open();
    case RowKind::kOrder: return state.orders[id].committed > 0;
    case RowKind::kReference: return state.references[id].open() > 0;
    default: return true;
  }
}

void encode_row(const State& const_state, RowKind kind, uint32_t id, std::string* out) {
  auto& state = const_cast<State&>(const_state);  // Writer reads only
  ByteWriter(out).u8(static_cast<uint8_t>(kind));
  Writer to(out);
  std::string name;
  switch (kind) {
    case RowKind::kLocation: {
      name = state.location_names.text(id);
      code_named(to, id, name);
      std::string settings = encode_detail(state.locations[id].settings);
      to.text(settings);
      break;
    }
    case RowKind::kChannel: {
      name = state.channel_names.text(id);
      code_named(to, id, name);
      to.number(state.channels[id].exists);
      std::string settings = encode_detail(state.channels[id].settings);
      to.text(settings);
      break;
    }
    case RowKind::kSource:
      name = state.source_names.text(id);
      code_named(to, id, name);
      to.number(state.sources[id].version_kind);
      break;
    case RowKind::kSku:
      name = state.sku_names.text(id);
      code_named(to, id, name);
      code(to, state.skus[id]);
      break;
    case RowKind::kHold: code(to, state.holds[id]); break;
    case RowKind::kOrder: code(to, state.orders[id]); break;
    case RowKind::kReference: code(to, state.references[id]); break;
    case RowKind::kDiscrepancy: code(to, state.discrepancies[id]); break;
    case RowKind::kMeta: code_meta(to, state); break;
    case RowKind::kKeys: break;  // written in runs: encode_keys
  }
}

void encode_keys(const State& state, uint64_t from, uint64_t to, std::string* out) {
  ByteWriter(out).u8(static_cast<uint8_t>(RowKind::kKeys));
  Writer writer(out);
  uint64_t count = to - from;
  writer.number(count);
  for (uint64_t number = from; number < to; ++number) {
    SeenKey key = state.keys.entry(number);
    writer.number(key.key.low);
    writer.number(key.key.high);
    writer.number(key.fingerprint);
    writer.number(key.first_seq);
    writer.time(key.at);
  }
}

void encode_shared_row(const State& const_state, RowKind kind, uint32_t id, std::string* out) {
  auto& state = const_cast<State&>(const_state);  // Writer reads only
  Writer to(out, &state.sku_names);
  switch (kind) {
    case RowKind::kSku: return code(to, state.skus[id]);
    case RowKind::kHold: return code(to, state.holds[id]);
    case RowKind::kOrder: return code(to, state.orders[id]);
    case RowKind::kReference: return code(to, state.references[id]);
    default: INVARIANT(false, "no row of its own kind: {}", static_cast<int>(kind));
  }
}

bool decode_shared_row(std::string_view bytes, RowKind kind, uint32_t id, State* state,
                       std::vector<std::string>* missing) {
  Reader in(bytes, &state->sku_names, missing);
  switch (kind) {
    case RowKind::kSku: code(in, state->skus[id]); return in.done();
    case RowKind::kHold: code(in, state->holds[state->holds.add()]); return in.done();
    case RowKind::kOrder: code(in, state->orders[state->orders.add()]); return in.done();
    case RowKind::kReference: code(in, state->references[state->references.add()]); return in.done();
    default: return false;
  }
}

bool decode_row(std::string_view bytes, State* state) {
  if (bytes.empty()) return false;
  const auto kind = static_cast<RowKind>(bytes.front());
  Reader in(bytes.substr(1));
  switch (kind) {
    case RowKind::kLocation:
    case RowKind::kChannel:
    case RowKind::kSource:
    case RowKind::kSku: return decode_named(kind, in, state);
    case RowKind::kHold: code(in, state->holds[state->holds.add()]); return in.done();
    case RowKind::kOrder: code(in, state->orders[state->orders.add()]); return in.done();
    case RowKind::kReference: code(in, state->references[state->references.add()]); return in.done();
    case RowKind::kKeys: return decode_keys(in, state);
    case RowKind::kDiscrepancy: code(in, state->discrepancies.emplace_back()); return in.done();
    case RowKind::kMeta: code_meta(in, *state); return in.done();
  }
  return false;
}

}  // namespace holdfast::ledger
