#include "store/postgres/record_log.h"

#include <utility>

namespace holdfast::store::postgres {
namespace {

constexpr int64_t kPageRecords = 1'024;

constexpr Statement kMake{"record_log_make",
                          "INSERT INTO record_log (log) VALUES ($1) ON CONFLICT DO NOTHING"};
/// One statement, so the records are those of the head it gives.
constexpr Statement kRead{"record_log_read",
                          "SELECT l.first, l.bytes, r.number, r.payload FROM record_log l "
                          "LEFT JOIN record r ON r.log = l.log AND r.number >= l.first AND "
                          "r.number > $2 WHERE l.log = $1 ORDER BY r.number LIMIT $3"};

constexpr Statement kAppend{
    "record_append",
    "WITH head AS (UPDATE record_log SET last = last + 1, bytes = bytes + octet_length($2) "
    "WHERE log = $1 AND last = $3 RETURNING last) "
    "INSERT INTO record (log, number, payload) SELECT $1, last, $2 FROM head RETURNING number"};
constexpr Statement kReplace{
    "record_replace",
    "WITH head AS (UPDATE record_log SET first = last + 1, last = last + 1, "
    "bytes = octet_length($2) WHERE log = $1 AND last = $3 RETURNING last), "
    "gone AS (DELETE FROM record USING head WHERE log = $1 AND number < head.last) "
    "INSERT INTO record (log, number, payload) SELECT $1, last, $2 FROM head RETURNING number"};

/// FOR SHARE: whoever takes the sink waits until this is committed, and this for who is taking it.
#define HOLDFAST_FENCE                                                                     \
  "WITH fence AS (SELECT 1 FROM sink_lease WHERE sink = $3 AND epoch = $4 AND owner = $5 " \
  "FOR SHARE), "
constexpr Statement kFencedAppend{
    "record_append_fenced", HOLDFAST_FENCE
    "head AS (UPDATE record_log SET last = last + 1, bytes = bytes + octet_length($2) "
    "WHERE log = $1 AND EXISTS (SELECT 1 FROM fence) RETURNING last) "
    "INSERT INTO record (log, number, payload) SELECT $1, last, $2 FROM head RETURNING number"};
constexpr Statement kFencedReplace{
    "record_replace_fenced", HOLDFAST_FENCE
    "head AS (UPDATE record_log SET first = last + 1, last = last + 1, bytes = octet_length($2) "
    "WHERE log = $1 AND EXISTS (SELECT 1 FROM fence) RETURNING last), "
    "gone AS (DELETE FROM record USING head WHERE log = $1 AND number < head.last) "
    "INSERT INTO record (log, number, payload) SELECT $1, last, $2 FROM head RETURNING number"};
#undef HOLDFAST_FENCE

class TableLog final : public io::RecordLog {
 public:
  TableLog(Session& session, std::string log, std::optional<RecordFence> fence,
           io::RecordVisitor visit)
      : session_(session),
        log_(std::move(log)),
        fence_(std::move(fence)),
        visit_(std::move(visit)) {}

  Status make() {
    return session_.with([&](Connection& connection) -> Status {
      HF_TRY(connection.run(kMake, Parameters().add(log_)));
      return {};
    });
  }

  Status append(std::string_view payload) override {
    return write(fence_ ? kFencedAppend : kAppend, payload, false);
  }
  Status replace(std::string_view payload) override {
    return write(fence_ ? kFencedReplace : kReplace, payload, true);
  }
  uint64_t bytes() const override { return bytes_; }
  bool shared() const override { return true; }

  Status catch_up(const std::function<void()>& begin_anew) override {
    for (;;) {
      HF_ASSIGN(more, session_.with([&](Connection& connection) {
        return read_page(connection, begin_anew);
      }));
      if (!more) return {};
    }
  }

 private:
  Result<bool> read_page(Connection& connection, const std::function<void()>& begin_anew) {
    HF_ASSIGN(rows, connection.run(kRead, Parameters().add(log_).add(seen_).add(kPageRecords)));
    for (const Row row : rows) {
      uint64_t first = 0;
      std::optional<uint64_t> number;
      std::string_view payload;
      row.read(first, bytes_, number, payload);
      if (first != first_ && seen_ > 0) begin_anew();
      first_ = first;
      if (!number) return false;
      visit_(payload);
      seen_ = *number;
    }
    return rows.size() == static_cast<size_t>(kPageRecords);
  }

  Status write(const Statement& statement, std::string_view payload, bool alone) {
    HF_ASSIGN(number, session_.with([&](Connection& connection) {
      return write_on(connection, statement, payload);
    }));
    if (number == 0 && fence_)
      return fail(ErrorCode::kInUse, "sink " + fence_->sink + " is another node's now");
    if (number == 0) return fail(ErrorCode::kBasisMoved, log_ + ": another node was first");
    seen_ = number;
    bytes_ = alone ? payload.size() : bytes_ + payload.size();
    if (alone) first_ = number;
    return {};
  }

  /// The record's number; 0: it may not be written.
  Result<uint64_t> write_on(Connection& connection, const Statement& statement,
                            std::string_view payload) {
    Parameters parameters;
    parameters.add(log_).add(Bytes{payload});
    if (fence_) {
      parameters.add(fence_->sink).add(fence_->epoch).add(fence_->owner);
    } else {
      parameters.add(seen_);
    }
    connection.add(kBegin);
    connection.add(statement, std::move(parameters));
    HF_ASSIGN(answers, connection.commit());
    const Rows& written = answers[1];
    return written.empty() ? uint64_t{0} : written[0].as<uint64_t>(0);
  }

  Session& session_;
  const std::string log_;
  const std::optional<RecordFence> fence_;
  const io::RecordVisitor visit_;
  uint64_t first_ = 1;
  uint64_t seen_ = 0;  ///< number of the last record that was visited or written here
  uint64_t bytes_ = 0;
};

}  // namespace

io::OpenRecords open_record_log(Session& session, std::string log,
                                std::optional<RecordFence> fence) {
  return [&session, log = std::move(log), fence = std::move(fence)](
             io::RecordVisitor visit) -> Result<std::unique_ptr<io::RecordLog>> {
    auto opened = std::make_unique<TableLog>(session, log, fence, std::move(visit));
    HF_TRY(opened->make());
    HF_TRY(opened->catch_up([] {}));
    return opened;
  };
}

}  // namespace holdfast::store::postgres
