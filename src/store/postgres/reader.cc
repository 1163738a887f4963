#include "store/postgres/reader.h"

#include <charconv>
#include <string>

#include "model/limits.h"
#include "store/postgres/record_reader.h"
#include "store/postgres/rows_load.h"

namespace holdfast::store::postgres {
namespace {

// Pages. $1 is where the list goes on, the last parameter how many; a filter that is null lets all
// pass.
constexpr Statement kStockPage{
    "page_stock",
    "SELECT sku FROM sku WHERE number > $1 AND same_as IS NULL ORDER BY number LIMIT $2"};
constexpr Statement kNumberOf{"page_number_of", "SELECT number FROM sku WHERE sku = $1"};
constexpr Statement kHolds{
    "page_holds",
    "SELECT h.id, h.first_seq FROM hold h, ledger WHERE h.first_seq > $1"
    " AND (h.closed_at IS NULL OR h.closed_at >= greatest(clock_timestamp(), last_time)"
    "  - $2 * interval '1 microsecond')"
    " AND ($3::bool IS NULL OR (h.remaining > 0) = $3)"
    " AND ($4::text IS NULL OR h.reference = $4) AND ($5::text IS NULL OR h.channel = $5)"
    " AND ($6::text IS NULL OR EXISTS (SELECT 1 FROM hold_line l WHERE l.hold = h.id AND l.sku ="
    "  coalesce((SELECT same_as FROM sku WHERE sku = $6), $6)))"
    " ORDER BY h.first_seq LIMIT $7"};
constexpr Statement kOrders{
    "page_orders",
    "SELECT o.\"order\", o.channel, o.first_seq FROM orders o WHERE o.first_seq > $1"
    " AND ($2::bool IS NULL OR (o.committed > 0) = $2)"
    " AND ($3::text IS NULL OR o.channel = $3)"
    " AND ($4::text IS NULL OR EXISTS (SELECT 1 FROM order_sku p WHERE p.\"order\" = o.\"order\""
    "  AND p.channel = o.channel AND p.sku = coalesce((SELECT same_as FROM sku WHERE sku = $4), "
    "$4)))"
    " ORDER BY o.first_seq LIMIT $5"};
constexpr Statement kShortfalls{
    "page_shortfalls",
    "SELECT s.sku, s.number FROM sku s WHERE s.number > $1"
    " AND ($2::text IS NULL OR s.sku = coalesce((SELECT same_as FROM sku WHERE sku = $2), $2))"
    " AND EXISTS (SELECT 1 FROM stock p WHERE p.sku = s.sku AND p.tracked AND p.available < 0"
    "  AND ($3::text IS NULL OR p.location = $3))"
    " ORDER BY s.number LIMIT $4"};
constexpr Statement kDiscrepancies{
    "page_discrepancies",
    "SELECT c.seq, c.recorded_at, c.record, e.seq FROM event e JOIN event c ON c.seq = "
    "e.command_seq"
    " WHERE e.type = 'stock.discrepancy' AND e.seq < $1"
    " AND ($2::text IS NULL OR e.sku = $2) AND ($3::text IS NULL OR e.location = $3)"
    " ORDER BY e.seq DESC LIMIT $4"};

/// Where a list goes on: a number, −1 before the first.
Result<int64_t> number_of(const std::string& cursor) {
  if (cursor.empty()) return -1;
  int64_t number = 0;
  const char* end = cursor.data() + cursor.size();
  const auto parsed = std::from_chars(cursor.data(), end, number);
  if (parsed.ec != std::errc{} || parsed.ptr != end) {
    return fail(ErrorCode::kCursorInvalid, "not a cursor of this list");
  }
  return number;
}

/// One more is asked for than is shown, so that the last page is known to be the last.
Page page_of(const Rows& rows, size_t limit, QueryType type) {
  Page page;
  page.last = rows.size() <= limit;
  for (size_t i = 0; i < rows.size() && i < limit; ++i) {
    Page::Entry& entry = page.entries.emplace_back();
    rows[i].get(0, &entry.name);
    if (type == QueryType::kStockPage) {
      entry.cursor = entry.name;
    } else if (type == QueryType::kOrders) {
      rows[i].get(1, &entry.channel);
      entry.cursor = std::to_string(rows[i].as<int64_t>(2));
    } else {
      entry.cursor = std::to_string(rows[i].as<int64_t>(1));
    }
  }
  return page;
}

}  // namespace

Result<GroupStart> SnapshotReader::begin(const RowNames& names) {
  if (connection_ == nullptr || !connection_->usable()) {
    connection_.reset();
    HF_ASSIGN(opened, Connection::open(url_, session_));
    connection_ = std::move(opened);
  }
  connection_->add(kBeginSnapshot);
  connection_->add(kReadLedger);
  add_loads(connection_.get(), names, {}, 0, {});
  auto answers = connection_->run();
  if (!answers) {
    end();
    return std::unexpected(std::move(answers).error());
  }
  if ((*answers)[1].empty()) {
    end();
    return fail(ErrorCode::kWrongVersion, "the shared ledger has no row: run `holdfast migrate`");
  }
  GroupStart start;
  start.ledger = ledger_of((*answers)[1][0], &start.time);
  start.rows = take_rows(*answers, 2, names);
  return start;
}

Result<StoredRows> SnapshotReader::load(const RowNames& names) {
  add_loads(connection_.get(), names, {}, 0, {});
  HF_ASSIGN(answers, connection_->run());
  return take_rows(answers, 0, names);
}

Result<Page> SnapshotReader::page(const PageRequest& request) {
  const Query& query = *request.query;
  const auto limit = static_cast<int64_t>(request.limit) + 1;
  if (query.type == QueryType::kStockPage) {
    int64_t after = -1;
    if (!query.cursor.empty()) {
      HF_ASSIGN(number, connection_->run(kNumberOf, Parameters().add(query.cursor)));
      if (number.empty()) return fail(ErrorCode::kCursorInvalid, "not a cursor of this list");
      after = number[0].as<int64_t>(0);
    }
    HF_ASSIGN(rows, connection_->run(kStockPage, Parameters().add(after).add(limit)));
    return page_of(rows, request.limit, query.type);
  }
  HF_ASSIGN(after, number_of(query.cursor));
  Parameters parameters;
  parameters.add(after);
  const Statement* statement = nullptr;
  switch (query.type) {
    case QueryType::kHolds:
      statement = &kHolds;
      parameters.add(limits::kClosedKept)
          .add(query.open)
          .add(or_null(query.reference))
          .add(or_null(query.channel))
          .add(or_null(query.sku));
      break;
    case QueryType::kOrders:
      statement = &kOrders;
      parameters.add(query.open).add(or_null(query.channel)).add(or_null(query.sku));
      break;
    default:
      statement = &kShortfalls;
      parameters.add(or_null(query.sku)).add(or_null(query.location));
      break;
  }
  HF_ASSIGN(rows, connection_->run(*statement, parameters.add(limit)));
  return page_of(rows, request.limit, query.type);
}

Result<std::vector<DiscrepancyView>> SnapshotReader::discrepancies(const PageRequest& request) {
  const Query& query = *request.query;
  HF_ASSIGN(after, number_of(query.cursor));
  const int64_t before = after < 0 ? INT64_MAX : after;
  HF_ASSIGN(rows, connection_->run(kDiscrepancies, Parameters()
                                                       .add(before)
                                                       .add(or_null(query.sku))
                                                       .add(or_null(query.location))
                                                       .add(static_cast<int64_t>(request.limit))));
  std::vector<DiscrepancyView> views;
  CommandCursor commands;
  for (size_t i = rows.size(); i-- > 0;) {
    HF_ASSIGN(event, commands.event_of(rows[i]));
    DiscrepancyView& view = views.emplace_back();
    view.seq = event->seq;
    view.recorded_at = event->recorded_at;
    view.sku = event->sku;
    view.location = event->location;
    view.reason = event->reason;
    view.channel = event->channel;
    view.order = event->order;
    view.reference = event->reference;
    view.account = event->to;
    view.quantity = event->total;
  }
  return views;
}

void SnapshotReader::end() {
  if (connection_ != nullptr) connection_->rollback();
}

}  // namespace holdfast::store::postgres
