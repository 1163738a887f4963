#include "store/postgres/sink_leases.h"

#include <utility>

namespace holdfast::store::postgres {
namespace {

/// Shorter than a lease: one statement that waits must not cost another sink its lease.
SessionOptions options(const char* name) {
  SessionOptions made;
  made.statement_max = 2 * kSecond;
  made.lock_wait_max = 2 * kSecond;
  made.answer_max = 3 * kSecond;
  made.name = name;
  return made;
}

constexpr Statement kMake{"lease_make",
                          "INSERT INTO sink_lease (sink) VALUES ($1) ON CONFLICT DO NOTHING"};
constexpr Statement kLook{
    "lease_look",
    "SELECT epoch, beat, owner, address, report, finished FROM sink_lease WHERE sink = $1"};
// Conditions are on the row that is locked alone: where it changed while the statement waited, they
// are looked at again on what it became.
constexpr Statement kTake{
    "lease_take",
    "UPDATE sink_lease SET epoch = epoch + 1, beat = 0, owner = $5, address = $6, report = '', "
    "beat_at = clock_timestamp() WHERE sink = $1 AND epoch = $2 AND beat = $3 AND owner = $4"};
constexpr Statement kRenew{
    "lease_renew",
    "UPDATE sink_lease SET beat = beat + 1, report = $4, beat_at = clock_timestamp() "
    "WHERE sink = $1 AND epoch = $2 AND owner = $3"};
constexpr Statement kRelease{"lease_release",
                             "UPDATE sink_lease SET owner = '' "
                             "WHERE sink = $1 AND epoch = $2 AND owner = $3"};
/// The row of the sink is locked until the commit: numbers are seen in their order.
constexpr Statement kAsk{
    "lease_ask",
    "WITH head AS (UPDATE sink_lease SET last_asked = last_asked + 1 WHERE sink = $1 AND "
    "last_asked - finished < $3 RETURNING last_asked) INSERT INTO sink_operation (sink, number, "
    "payload) SELECT $1, last_asked, $2 FROM head RETURNING number"};
constexpr Statement kAsked{"lease_asked",
                           "SELECT number, payload FROM sink_operation WHERE sink = $1 AND "
                           "number > $2 ORDER BY number LIMIT 100"};
constexpr Statement kFinish{
    "lease_finish",
    "WITH head AS (UPDATE sink_lease SET finished = $4, report = $5 WHERE sink = $1 AND epoch = $2 "
    "AND "
    "owner = $3 RETURNING 1), gone AS (DELETE FROM sink_operation WHERE sink = $1 AND "
    "number <= $4 AND EXISTS (SELECT 1 FROM head)) SELECT 1 FROM head"};

}  // namespace

TableLeases::TableLeases(const Url& url, std::string me)
    : me_(std::move(me)),
      leases_(url, options("holdfast leases")),
      records_(url, options("holdfast cursors")) {}

Status TableLeases::make_row(Connection& connection, const std::string& sink) {
  if (made_.contains(sink)) return {};
  HF_TRY(connection.run(kMake, Parameters().add(sink)));
  made_.insert(sink);
  return {};
}

Result<SinkLeaseRow> TableLeases::look(const std::string& sink) {
  return leases_.with([&](Connection& connection) -> Result<SinkLeaseRow> {
    HF_TRY(make_row(connection, sink));
    HF_ASSIGN(rows, connection.run(kLook, Parameters().add(sink)));
    if (rows.empty()) {
      made_.erase(sink);
      return fail(ErrorCode::kOverloaded, "the row of sink " + sink + " is gone; it is made again");
    }
    SinkLeaseRow row;
    rows[0].read(row.epoch, row.beat, row.owner, row.address, row.report, row.finished);
    return row;
  });
}

Result<bool> TableLeases::take(const std::string& sink, const SinkLeaseRow& seen) {
  return leases_.with([&](Connection& connection) -> Result<bool> {
    HF_ASSIGN(rows, connection.run(kTake, Parameters()
                                              .add(sink)
                                              .add(seen.epoch)
                                              .add(seen.beat)
                                              .add(seen.owner)
                                              .add(me_)
                                              .add(address_)));
    return rows.changed() == 1;
  });
}

Result<bool> TableLeases::renew(const std::string& sink, uint64_t epoch,
                                const std::string& report) {
  return leases_.with([&](Connection& connection) -> Result<bool> {
    HF_ASSIGN(rows, connection.run(kRenew,
                                   Parameters().add(sink).add(epoch).add(me_).add(Bytes{report})));
    return rows.changed() == 1;
  });
}

Status TableLeases::release(const std::string& sink, uint64_t epoch) {
  return leases_.with([&](Connection& connection) -> Status {
    HF_TRY(connection.run(kRelease, Parameters().add(sink).add(epoch).add(me_)));
    return {};
  });
}

io::OpenRecords TableLeases::cursor(const std::string& sink, uint64_t epoch) {
  // Epoch 0 is nobody's: what is opened so can be read alone.
  return open_record_log(records_, "sink:" + sink, RecordFence{sink, epoch, epoch == 0 ? "" : me_});
}

Result<uint64_t> TableLeases::ask(const std::string& sink, std::string payload) {
  return leases_.with([&](Connection& connection) -> Result<uint64_t> {
    HF_TRY(make_row(connection, sink));
    connection.add(kBegin);
    connection.add(kAsk, Parameters().add(sink).add(Bytes{payload}).add(kAskedMax));
    HF_ASSIGN(answers, connection.commit());
    const Rows& written = answers[1];
    if (written.empty()) {
      return fail(ErrorCode::kOverloaded,
                  "no node serves sink " + sink + ", and too much was asked of it: try again");
    }
    return written[0].as<uint64_t>(0);
  });
}

Result<std::vector<AskedOperation>> TableLeases::asked(const std::string& sink, uint64_t after) {
  return leases_.with([&](Connection& connection) -> Result<std::vector<AskedOperation>> {
    HF_ASSIGN(rows, connection.run(kAsked, Parameters().add(sink).add(after)));
    std::vector<AskedOperation> operations;
    for (const Row row : rows) {
      AskedOperation operation;
      row.read(operation.number, operation.payload);
      operations.push_back(std::move(operation));
    }
    return operations;
  });
}

Result<bool> TableLeases::finish(const std::string& sink, uint64_t epoch, uint64_t number,
                                 const std::string& report) {
  return leases_.with([&](Connection& connection) -> Result<bool> {
    HF_ASSIGN(rows, connection.run(
                        kFinish,
                        Parameters().add(sink).add(epoch).add(me_).add(number).add(Bytes{report})));
    return !rows.empty();
  });
}

}  // namespace holdfast::store::postgres
