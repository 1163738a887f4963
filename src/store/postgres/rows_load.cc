#include "store/postgres/rows_load.h"

#include <string>

namespace holdfast::store::postgres {
namespace {

constexpr Statement kKeys{"load_keys",
                          "SELECT key, fingerprint, first_seq, at FROM idempotency"
                          " WHERE key = ANY($1)"};

// $1 SKUs named, $2 holds named, $3 how many due first of any SKU, $4 SKUs wanted whole. The clock
// is read after the group's time was, so that nothing due at that time is missed.
constexpr Statement kHolds{
    "load_holds",
    "WITH moment AS MATERIALIZED (SELECT greatest(clock_timestamp(), last_time) AS now FROM "
    "ledger),"
    " told AS (SELECT unnest($1::text[]) AS sku UNION SELECT sku FROM hold_line WHERE hold = "
    "ANY($2)),"
    " named AS (SELECT sku FROM told UNION"
    "  SELECT s.same_as FROM told JOIN sku s USING (sku) WHERE s.same_as IS NOT NULL),"
    " wholes AS (SELECT unnest($4::text[]) AS sku UNION"
    "  SELECT same_as FROM sku WHERE sku = ANY($4) AND same_as IS NOT NULL),"
    " wanted AS (SELECT unnest($2::text[]) AS id"
    "  UNION (SELECT l.hold FROM named JOIN hold_line l USING (sku)"
    "   WHERE l.remaining > 0 AND l.deadline <= (SELECT now FROM moment)"
    "   ORDER BY l.deadline LIMIT 8192)"
    "  UNION (SELECT id FROM hold WHERE remaining > 0 AND deadline <= (SELECT now FROM moment)"
    "   ORDER BY deadline, first_seq LIMIT $3)"
    "  UNION SELECT l.hold FROM wholes JOIN hold_line l USING (sku) WHERE l.remaining > 0)"
    " SELECT h.id, h.row FROM wanted JOIN hold h USING (id)"};

// $1 orders named, $2 SKUs wanted whole, $3 SKUs wanted with what is closed too.
constexpr Statement kOrders{
    "load_orders",
    "WITH wholes AS (SELECT unnest($2::text[]) AS sku UNION"
    "  SELECT same_as FROM sku WHERE sku = ANY($2) AND same_as IS NOT NULL),"
    " wanted AS (SELECT \"order\", channel FROM orders WHERE \"order\" = ANY($1)"
    "  UNION SELECT p.\"order\", p.channel FROM wholes JOIN order_sku p USING (sku)"
    "   WHERE p.committed > 0"
    "  UNION SELECT \"order\", channel FROM order_sku WHERE sku = ANY($3))"
    " SELECT o.\"order\", o.channel, o.row FROM wanted JOIN orders o USING (\"order\", channel)"};

constexpr Statement kReferences{
    "load_references",
    "WITH wanted AS (SELECT reference, kind FROM reference WHERE reference = ANY($1)"
    "  UNION SELECT reference, kind FROM reference_sku WHERE sku = ANY($2) AND open > 0"
    "  UNION SELECT reference, kind FROM reference_sku WHERE sku = ANY($3))"
    " SELECT r.reference, r.kind, r.row FROM wanted JOIN reference r USING (reference, kind)"};

// $1 SKUs named, those of the holds $2, the orders $3 and the references $4, and what any of them
// is an alias of; $5, $6, $7 the tokens the node has. The row comes where its token is another.
#define HF_SKUS_FROM                                                                             \
  "told AS (SELECT unnest($1::text[]) AS sku"                                                    \
  "  UNION SELECT sku FROM hold_line WHERE hold = ANY($2)"                                       \
  "  UNION SELECT sku FROM order_sku WHERE \"order\" = ANY($3)"                                  \
  "  UNION SELECT sku FROM reference_sku WHERE reference = ANY($4)),"                            \
  " named AS (SELECT sku FROM told UNION"                                                        \
  "  SELECT s.same_as FROM told JOIN sku s USING (sku) WHERE s.same_as IS NOT NULL)"             \
  " SELECT s.sku, s.epoch, s.owner, s.number, s.settled, CASE WHEN k.sku IS NULL THEN s.row END" \
  " FROM named JOIN sku s USING (sku)"                                                           \
  " LEFT JOIN unnest($5::text[], $6::int8[], $7::int8[]) AS k(sku, epoch, owner)"                \
  " ON k.sku = s.sku"
#define HF_SAME_EPOCH " AND k.epoch = s.epoch"
#define HF_SAME_OWNER " AND k.owner = s.owner"

constexpr Statement kSkus{"load_skus", "WITH " HF_SKUS_FROM HF_SAME_EPOCH HF_SAME_OWNER};
// Each of these lacks a guard: see SharedGuards.
constexpr Statement kSkusAnyOwner{"load_skus_any_owner", "WITH " HF_SKUS_FROM HF_SAME_EPOCH};
constexpr Statement kSkusAnyToken{"load_skus_any_token", "WITH " HF_SKUS_FROM};
constexpr Statement kLockThatReads{
    "lock_that_reads",
    "WITH locked AS MATERIALIZED (SELECT 1 FROM ledger FOR UPDATE), " HF_SKUS_FROM
        HF_SAME_EPOCH HF_SAME_OWNER " CROSS JOIN locked"};
#undef HF_SKUS_FROM
#undef HF_SAME_EPOCH
#undef HF_SAME_OWNER

constexpr Statement kLocations{"load_locations",
                               "SELECT number, name, row, 0::int8 FROM location ORDER BY number"};
constexpr Statement kChannels{"load_channels",
                              "SELECT number, name, row, open_holds FROM channel ORDER BY number"};
constexpr Statement kSources{"load_sources",
                             "SELECT number, name, row, open_holds FROM source ORDER BY number"};
constexpr Statement kChannelHolds{"load_channel_holds",
                                  "SELECT number, open_holds FROM channel WHERE open_holds <> 0"};
constexpr Statement kSourceHolds{"load_source_holds",
                                 "SELECT number, open_holds FROM source WHERE open_holds <> 0"};

std::vector<std::string> together(std::initializer_list<const std::vector<std::string>*> lists) {
  std::vector<std::string> all;
  for (const auto* list : lists) all.insert(all.end(), list->begin(), list->end());
  return all;
}

Parameters sku_parameters(const RowNames& names, const std::vector<KnownRow>& known) {
  return Parameters()
      .array(together({&names.skus, &names.bare_skus, &names.whole_skus, &names.merged_skus}))
      .array(names.holds)
      .array(names.orders)
      .array(names.references)
      .column(known, &KnownRow::sku)
      .column(known, [](const KnownRow& row) { return row.token.epoch; })
      .column(known, [](const KnownRow& row) { return row.token.owner; });
}

std::vector<StoredNamed> take_named(const Rows& rows) {
  std::vector<StoredNamed> named;
  for (const Row row : rows) {
    StoredNamed& one = named.emplace_back();
    row.read(one.number, one.name, one.row, one.open_holds);
  }
  return named;
}

std::vector<std::pair<uint32_t, int64_t>> take_counts(const Rows& rows) {
  std::vector<std::pair<uint32_t, int64_t>> counts;
  for (const Row row : rows) {
    auto& [number, holds] = counts.emplace_back();
    row.read(number, holds);
  }
  return counts;
}

}  // namespace

void add_loads(Connection* connection, const RowNames& names, const std::vector<KnownRow>& known,
               size_t due_max, const SharedGuards& guards) {
  const auto whole = together({&names.whole_skus, &names.merged_skus});
  const std::vector<Hash128> keys = guards.key_step ? names.keys : std::vector<Hash128>();
  connection->add(kKeys, Parameters().array(keys));
  connection->add(kHolds, Parameters()
                              .array(names.skus)
                              .array(names.holds)
                              .add(static_cast<int64_t>(due_max))
                              .array(whole));
  connection->add(kOrders, Parameters().array(names.orders).array(whole).array(names.merged_skus));
  connection->add(kReferences,
                  Parameters().array(names.references).array(whole).array(names.merged_skus));
  const Statement& skus = !guards.token_check   ? kSkusAnyToken
                          : !guards.owner_nonce ? kSkusAnyOwner
                                                : kSkus;
  connection->add(skus, sku_parameters(names, known));
  if (names.open_holds) {
    connection->add(kChannelHolds);
    connection->add(kSourceHolds);
  }
  if (names.settings) {
    connection->add(kLocations);
    connection->add(kChannels);
    connection->add(kSources);
  }
}

StoredRows take_rows(const std::vector<Rows>& answers, size_t first, const RowNames& names) {
  StoredRows rows;
  size_t next = first;
  for (const Row row : answers[next++]) {
    StoredKey& key = rows.keys.emplace_back();
    row.read(key.key, key.fingerprint, key.first_seq, key.at);
  }
  for (const Row row : answers[next++]) {
    StoredHold& hold = rows.holds.emplace_back();
    row.read(hold.id, hold.row);
  }
  for (const Row row : answers[next++]) {
    StoredOrder& order = rows.orders.emplace_back();
    row.read(order.order, order.channel, order.row);
  }
  for (const Row row : answers[next++]) {
    StoredReference& reference = rows.references.emplace_back();
    row.read(reference.reference, reference.kind, reference.row);
  }
  rows.skus = take_skus(answers[next++]);
  if (names.open_holds) {
    rows.channel_holds = take_counts(answers[next++]);
    rows.source_holds = take_counts(answers[next++]);
  }
  if (names.settings) {
    StoredSettings& settings = rows.settings.emplace();
    settings.locations = take_named(answers[next++]);
    settings.channels = take_named(answers[next++]);
    settings.sources = take_named(answers[next++]);
  }
  return rows;
}

void add_lock_that_reads(Connection* connection, const RowNames& names,
                         const std::vector<KnownRow>& known, const SharedGuards&) {
  connection->add(kLockThatReads, sku_parameters(names, known));
}

std::vector<StoredSku> take_skus(const Rows& rows) {
  std::vector<StoredSku> skus;
  for (const Row row : rows) {
    StoredSku& sku = skus.emplace_back();
    row.read(sku.sku, sku.token.epoch, sku.token.owner, sku.number, sku.settled, sku.row);
  }
  return skus;
}

StoredLedger ledger_of(const Row& row, Timestamp* time) {
  StoredLedger ledger;
  row.read(ledger.id, ledger.incarnation, ledger.last_seq, ledger.last_time, ledger.settings,
           ledger.settle, ledger.sku_seq_base, ledger.skus_born, ledger.forgotten_holds,
           ledger.open_holds, ledger.open_orders, ledger.keys, *time);
  return ledger;
}

}  // namespace holdfast::store::postgres
