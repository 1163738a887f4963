#include "store/postgres/rows_write.h"

#include <string_view>

namespace holdfast::store::postgres {
namespace {

#define HF_SKU_UPSERT                                                                             \
  "INSERT INTO sku AS old (sku, epoch, owner, number, sku_seq, last_seq, same_as, supplier,"      \
  " customer, adjustment, settled, row)"                                                          \
  " SELECT * FROM unnest($1::text[], $2::int8[], $3::int8[], $4::int8[], $5::int8[], $6::int8[]," \
  " $7::text[], $8::int8[], $9::int8[], $10::int8[], $11::int8[], $12::bytea[])"                  \
  " ON CONFLICT (sku) DO UPDATE SET epoch = excluded.epoch, owner = excluded.owner,"              \
  " sku_seq = excluded.sku_seq, last_seq = excluded.last_seq, same_as = excluded.same_as,"        \
  " supplier = excluded.supplier, customer = excluded.customer,"                                  \
  " adjustment = excluded.adjustment, settled = excluded.settled, row = excluded.row"
// The row that was read is the row that is written over: else the statement fails, and with it the
// group, whose COMMIT is already on its way behind it.
constexpr Statement kSkus{"write_skus",
                          "WITH written AS (" HF_SKU_UPSERT
                          " WHERE old.epoch = excluded.epoch - 1 RETURNING 1)"
                          " SELECT 1 / (count(*) = cardinality($1::text[]))::int FROM written"};
constexpr Statement kSkusUnchecked{"write_skus_unchecked", HF_SKU_UPSERT};
#undef HF_SKU_UPSERT

constexpr Statement kStock{
    "write_stock",
    "INSERT INTO stock SELECT * FROM unnest($1::text[], $2::text[], $3::bool[], $4::int8[],"
    " $5::int8[], $6::int8[], $7::int8[], $8::int8[], $9::int8[], $10::int8[], $11::int8[])"
    " ON CONFLICT (sku, location) DO UPDATE SET tracked = excluded.tracked,"
    " available = excluded.available, held = excluded.held, committed = excluded.committed,"
    " damaged = excluded.damaged, quality_control = excluded.quality_control,"
    " incoming = excluded.incoming, in_transit = excluded.in_transit,"
    " shortfall = excluded.shortfall"};
constexpr Statement kHolds{
    "write_holds",
    "INSERT INTO hold (id, channel, reference, placed_by, first_seq, placed_at, deadline,"
    " closed_at, remaining, row)"
    " SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::int8[],"
    " $6::timestamptz[], $7::timestamptz[], $8::timestamptz[], $9::int8[], $10::bytea[])"
    " ON CONFLICT (id) DO UPDATE SET channel = excluded.channel, reference = excluded.reference,"
    " placed_by = excluded.placed_by, first_seq = excluded.first_seq,"
    " placed_at = excluded.placed_at, deadline = excluded.deadline,"
    " closed_at = excluded.closed_at, remaining = excluded.remaining, row = excluded.row"};
constexpr Statement kHoldLines{
    "write_hold_lines",
    "INSERT INTO hold_line SELECT * FROM unnest($1::text[], $2::int8[], $3::text[], $4::text[],"
    " $5::text[], $6::int8[], $7::int8[], $8::int8[], $9::int8[], $10::int8[], $11::timestamptz[])"
    " ON CONFLICT (hold, part) DO UPDATE SET sku = excluded.sku, location = excluded.location,"
    " line = excluded.line, quantity = excluded.quantity, remaining = excluded.remaining,"
    " committed = excluded.committed, released = excluded.released, expired = excluded.expired,"
    " deadline = excluded.deadline"};
// An id that was forgotten may come again with fewer lines.
constexpr Statement kHoldLinesGone{
    "write_hold_lines_gone",
    "DELETE FROM hold_line l USING unnest($1::text[], $2::int8[]) AS n(hold, parts)"
    " WHERE l.hold = n.hold AND l.part >= n.parts"};
constexpr Statement kHoldsGone{"write_holds_gone", "DELETE FROM hold WHERE id = ANY($1)"};
constexpr Statement kOrders{
    "write_orders",
    "INSERT INTO orders SELECT * FROM unnest($1::text[], $2::text[], $3::int8[], $4::int8[],"
    " $5::bool[], $6::timestamptz[], $7::bytea[])"
    " ON CONFLICT (\"order\", channel) DO UPDATE SET committed = excluded.committed,"
    " cancelled = excluded.cancelled, closed_at = excluded.closed_at, row = excluded.row"};
constexpr Statement kOrderSkus{
    "write_order_skus",
    "INSERT INTO order_sku SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::int8[])"
    " ON CONFLICT (\"order\", channel, sku) DO UPDATE SET committed = excluded.committed"};
constexpr Statement kReferences{
    "write_references",
    "INSERT INTO reference SELECT * FROM unnest($1::text[], $2::int2[], $3::bool[],"
    " $4::timestamptz[], $5::int8[], $6::bytea[])"
    " ON CONFLICT (reference, kind) DO UPDATE SET closed = excluded.closed,"
    " last_at = excluded.last_at, open = excluded.open, row = excluded.row"};
constexpr Statement kReferenceSkus{
    "write_reference_skus",
    "INSERT INTO reference_sku SELECT * FROM unnest($1::text[], $2::int2[], $3::text[], $4::int8[])"
    " ON CONFLICT (reference, kind, sku) DO UPDATE SET open = excluded.open"};
#define HF_NAMED_UPSERT(table)                                 \
  "INSERT INTO " table                                         \
  " (number, name, row)"                                       \
  " SELECT * FROM unnest($1::int8[], $2::text[], $3::bytea[])" \
  " ON CONFLICT (number) DO UPDATE SET name = excluded.name, row = excluded.row"
constexpr Statement kLocations{"write_locations", HF_NAMED_UPSERT("location")};
constexpr Statement kChannels{"write_channels", HF_NAMED_UPSERT("channel")};
constexpr Statement kSources{"write_sources", HF_NAMED_UPSERT("source")};
#undef HF_NAMED_UPSERT
#define HF_HOLDS_UPDATE(table)                  \
  "UPDATE " table                               \
  " t SET open_holds = t.open_holds + n.change" \
  " FROM unnest($1::int8[], $2::int8[]) AS n(number, change) WHERE t.number = n.number"
constexpr Statement kChannelHolds{"write_channel_holds", HF_HOLDS_UPDATE("channel")};
constexpr Statement kSourceHolds{"write_source_holds", HF_HOLDS_UPDATE("source")};
#undef HF_HOLDS_UPDATE
constexpr Statement kKeys{
    "write_keys",
    "INSERT INTO idempotency SELECT * FROM unnest($1::uuid[], $2::int8[], $3::int8[],"
    " $4::timestamptz[])"
    " ON CONFLICT (key) DO UPDATE SET fingerprint = excluded.fingerprint,"
    " first_seq = excluded.first_seq, at = excluded.at"};
constexpr Statement kEvents{
    "write_events",
    "INSERT INTO event (seq, command_seq, recorded_at, occurred_at, type, sku, sku_seq, moved_from,"
    " moved_to, quantity, location, to_location, channel, \"order\", hold, reference, source, "
    "record)"
    " SELECT * FROM unnest($1::int8[], $2::int8[], $3::timestamptz[], $4::timestamptz[], "
    "$5::text[],"
    " $6::text[], $7::int8[], $8::text[], $9::text[], $10::int8[], $11::text[], $12::text[],"
    " $13::text[], $14::text[], $15::text[], $16::text[], $17::text[], $18::bytea[])"};
constexpr Statement kNode{
    "write_node",
    "INSERT INTO node (nonce, last_group) VALUES ($1, $2)"
    " ON CONFLICT (nonce) DO UPDATE SET last_group = excluded.last_group, seen_at = now()"};
constexpr Statement kLedger{
    "write_ledger",
    "UPDATE ledger SET last_seq = $1, last_time = $2, settings = $3, settle = $4, sku_seq_base = "
    "$5,"
    " skus_born = $6, forgotten_holds = $7, open_holds = $8, open_orders = $9, keys = $10"};

using Text = std::optional<std::string_view>;

/// Adds statements and notes what they have to change; none for no rows.
class Writes {
 public:
  explicit Writes(Connection* connection) : connection_(connection) {}

  void add(const Statement& statement, size_t rows, Parameters parameters) {
    if (rows == 0) return;
    connection_->add(statement, std::move(parameters));
    expected_.push_back({statement.name, rows});
  }
  /// One that may change any number of rows, or counts them itself.
  void add_any(const Statement& statement, size_t rows, Parameters parameters) {
    add(statement, rows, std::move(parameters));
    if (rows > 0) expected_.back().rows = Expected::kAny;
  }
  std::vector<Expected> take() { return std::move(expected_); }

 private:
  Connection* connection_;
  std::vector<Expected> expected_;
};

template <typename T>
auto bytes_of(T member) {
  return [member](const auto& row) { return Bytes{row.*member}; };
}
template <typename T>
auto text_of(T member) {
  return [member](const auto& row) { return or_null(row.*member); };
}

void write_skus(Writes* writes, const std::vector<StoredSku>& skus, const SharedGuards& guards) {
  writes->add_any(guards.row_counts ? kSkus : kSkusUnchecked, skus.size(),
                  Parameters()
                      .column(skus, &StoredSku::sku)
                      .column(skus, [](const StoredSku& s) { return s.token.epoch; })
                      .column(skus, [](const StoredSku& s) { return s.token.owner; })
                      .column(skus, &StoredSku::number)
                      .column(skus, &StoredSku::sku_seq)
                      .column(skus, &StoredSku::last_seq)
                      .column(skus, text_of(&StoredSku::same_as))
                      .column(skus, &StoredSku::supplier)
                      .column(skus, &StoredSku::customer)
                      .column(skus, &StoredSku::adjustment)
                      .column(skus, &StoredSku::settled)
                      .column(skus, bytes_of(&StoredSku::row)));
  struct At {
    const std::string* sku;
    const StoredPlace* place;
  };
  std::vector<At> places;
  for (const StoredSku& sku : skus) {
    for (const StoredPlace& place : sku.places) places.push_back({&sku.sku, &place});
  }
  Parameters parameters;
  parameters.column(places, [](const At& at) { return std::string_view(*at.sku); })
      .column(places, [](const At& at) { return std::string_view(at.place->location); })
      .column(places, [](const At& at) { return at.place->tracked; });
  for (size_t account = 0; account < 7; ++account) {
    parameters.column(places, [account](const At& at) { return at.place->balances[account]; });
  }
  parameters.column(places, [](const At& at) { return at.place->shortfall; });
  writes->add(kStock, places.size(), std::move(parameters));
}

void write_holds(Writes* writes, const StoredChanges& changes) {
  const auto& gone = changes.forgotten_holds;
  writes->add(kHoldsGone, gone.size(), Parameters().array(gone));
  struct Parts {
    std::string_view hold;
    int64_t parts;
  };
  std::vector<Parts> parts;
  for (const std::string& id : gone) parts.push_back({id, 0});
  const auto& holds = changes.holds;
  for (const StoredHold& hold : holds) {
    parts.push_back({hold.id, static_cast<int64_t>(hold.lines.size())});
  }
  writes->add_any(kHoldLinesGone, parts.size(),
                  Parameters().column(parts, &Parts::hold).column(parts, &Parts::parts));
  writes->add(kHolds, holds.size(),
              Parameters()
                  .column(holds, &StoredHold::id)
                  .column(holds, text_of(&StoredHold::channel))
                  .column(holds, text_of(&StoredHold::reference))
                  .column(holds, text_of(&StoredHold::placed_by))
                  .column(holds, &StoredHold::first_seq)
                  .column(holds, &StoredHold::placed_at)
                  .column(holds, &StoredHold::deadline)
                  .column(holds, &StoredHold::closed_at)
                  .column(holds, &StoredHold::remaining)
                  .column(holds, bytes_of(&StoredHold::row)));
  struct Line {
    const StoredHold* hold;
    int64_t part;
    const StoredHoldLine* line;
  };
  std::vector<Line> lines;
  for (const StoredHold& hold : holds) {
    for (const StoredHoldLine& line : hold.lines) {
      lines.push_back({&hold, &line - hold.lines.data(), &line});
    }
  }
  const auto number = [](int64_t StoredHoldLine::* member) {
    return [member](const Line& at) { return at.line->*member; };
  };
  writes->add(kHoldLines, lines.size(),
              Parameters()
                  .column(lines, [](const Line& at) { return std::string_view(at.hold->id); })
                  .column(lines, &Line::part)
                  .column(lines, [](const Line& at) { return std::string_view(at.line->sku); })
                  .column(lines, [](const Line& at) { return std::string_view(at.line->location); })
                  .column(lines, [](const Line& at) { return or_null(at.line->line); })
                  .column(lines, number(&StoredHoldLine::quantity))
                  .column(lines, number(&StoredHoldLine::remaining))
                  .column(lines, number(&StoredHoldLine::committed))
                  .column(lines, number(&StoredHoldLine::released))
                  .column(lines, number(&StoredHoldLine::expired))
                  .column(lines, [](const Line& at) { return at.hold->deadline; }));
}

void write_orders(Writes* writes, const std::vector<StoredOrder>& orders) {
  writes->add(kOrders, orders.size(),
              Parameters()
                  .column(orders, &StoredOrder::order)
                  .column(orders, &StoredOrder::channel)
                  .column(orders, &StoredOrder::first_seq)
                  .column(orders, &StoredOrder::committed)
                  .column(orders, &StoredOrder::cancelled)
                  .column(orders, &StoredOrder::closed_at)
                  .column(orders, bytes_of(&StoredOrder::row)));
  struct At {
    const StoredOrder* order;
    const StoredPart* part;
  };
  std::vector<At> parts;
  for (const StoredOrder& order : orders) {
    for (const StoredPart& part : order.skus) parts.push_back({&order, &part});
  }
  writes->add(kOrderSkus, parts.size(),
              Parameters()
                  .column(parts, [](const At& at) { return std::string_view(at.order->order); })
                  .column(parts, [](const At& at) { return std::string_view(at.order->channel); })
                  .column(parts, [](const At& at) { return std::string_view(at.part->sku); })
                  .column(parts, [](const At& at) { return at.part->units; }));
}

void write_references(Writes* writes, const std::vector<StoredReference>& references) {
  const auto kind = [](const StoredReference& r) { return static_cast<int16_t>(r.kind); };
  writes->add(kReferences, references.size(),
              Parameters()
                  .column(references, &StoredReference::reference)
                  .column(references, kind)
                  .column(references, &StoredReference::closed)
                  .column(references, &StoredReference::last_at)
                  .column(references, &StoredReference::open)
                  .column(references, bytes_of(&StoredReference::row)));
  struct At {
    const StoredReference* reference;
    const StoredPart* part;
  };
  std::vector<At> parts;
  for (const StoredReference& reference : references) {
    for (const StoredPart& part : reference.skus) parts.push_back({&reference, &part});
  }
  writes->add(
      kReferenceSkus, parts.size(),
      Parameters()
          .column(parts, [](const At& at) { return std::string_view(at.reference->reference); })
          .column(parts, [kind](const At& at) { return kind(*at.reference); })
          .column(parts, [](const At& at) { return std::string_view(at.part->sku); })
          .column(parts, [](const At& at) { return at.part->units; }));
}

void write_settings(Writes* writes, const StoredChanges& changes) {
  const auto named = [writes](const Statement& statement, const std::vector<StoredNamed>& rows) {
    writes->add(statement, rows.size(),
                Parameters()
                    .column(rows, &StoredNamed::number)
                    .column(rows, &StoredNamed::name)
                    .column(rows, bytes_of(&StoredNamed::row)));
  };
  named(kLocations, changes.locations);
  named(kChannels, changes.channels);
  named(kSources, changes.sources);
  const auto counted = [writes](const Statement& statement, const auto& counts) {
    writes->add(statement, counts.size(),
                Parameters()
                    .column(counts, [](const auto& count) { return count.first; })
                    .column(counts, [](const auto& count) { return count.second; }));
  };
  counted(kChannelHolds, changes.channel_holds);
  counted(kSourceHolds, changes.source_holds);
}

void write_events(Writes* writes, const std::vector<StoredEvent>& events) {
  const auto text = [](std::string_view Event::* member) {
    return [member](const StoredEvent& at) { return or_null(at.event.get().*member); };
  };
  const auto plain = [](auto Event::* member) {
    return [member](const StoredEvent& at) { return at.event.get().*member; };
  };
  const auto account = [](Account Event::* member) {
    return [member](const StoredEvent& at) -> Text {
      const Event& event = at.event.get();
      if (event.from == Account::kNone) return std::nullopt;
      return name_of(event.*member);
    };
  };
  writes->add(kEvents, events.size(),
              Parameters()
                  .column(events, plain(&Event::seq))
                  .column(events, plain(&Event::command_seq))
                  .column(events, plain(&Event::recorded_at))
                  .column(events, plain(&Event::occurred_at))
                  .column(events, [](const StoredEvent& at) { return name_of(at.event->type); })
                  .column(events, text(&Event::sku))
                  .column(events, plain(&Event::sku_seq))
                  .column(events, account(&Event::from))
                  .column(events, account(&Event::to))
                  .column(events, plain(&Event::quantity))
                  .column(events, text(&Event::location))
                  .column(events, text(&Event::to_location))
                  .column(events, text(&Event::channel))
                  .column(events, text(&Event::order))
                  .column(events, text(&Event::hold))
                  .column(events, text(&Event::reference))
                  .column(events, text(&Event::source))
                  .column(events, [](const StoredEvent& at) -> std::optional<Bytes> {
                    if (at.record.empty()) return std::nullopt;
                    return Bytes{at.record};
                  }));
}

}  // namespace

std::vector<Expected> add_writes(Connection* connection, const GroupWrite& write,
                                 const SharedGuards& guards) {
  const StoredChanges& changes = write.changes;
  Writes writes(connection);
  write_settings(&writes, changes);
  write_skus(&writes, changes.skus, guards);
  write_holds(&writes, changes);
  write_orders(&writes, changes.orders);
  write_references(&writes, changes.references);
  const auto& keys = changes.keys;
  writes.add(kKeys, keys.size(),
             Parameters()
                 .column(keys, &StoredKey::key)
                 .column(keys, &StoredKey::fingerprint)
                 .column(keys, &StoredKey::first_seq)
                 .column(keys, &StoredKey::at));
  write_events(&writes, write.events);
  writes.add(kNode, 1, Parameters().add(write.owner).add(write.group));
  const StoredLedger& ledger = changes.ledger;
  writes.add(kLedger, 1,
             Parameters()
                 .add(ledger.last_seq)
                 .add(ledger.last_time)
                 .add(ledger.settings)
                 .add(ledger.settle)
                 .add(ledger.sku_seq_base)
                 .add(ledger.skus_born)
                 .add(ledger.forgotten_holds)
                 .add(ledger.open_holds)
                 .add(ledger.open_orders)
                 .add(ledger.keys));
  return writes.take();
}

}  // namespace holdfast::store::postgres
