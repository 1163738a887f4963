#include "store/postgres/group.h"

#include "base/invariant.h"
#include "store/postgres/rows_load.h"
#include "store/postgres/rows_write.h"

namespace holdfast::store::postgres {
namespace {

constexpr Statement kUnsettled{"load_unsettled",
                               "SELECT sku FROM sku WHERE settled < $1 ORDER BY number LIMIT $2"};
constexpr Statement kLastGroup{"load_last_group", "SELECT last_group FROM node WHERE nonce = $1"};
constexpr Statement kPurgeKeys{
    "purge_keys",
    "WITH old AS (SELECT key FROM idempotency, ledger"
    "  WHERE at < greatest(clock_timestamp(), last_time) - $1 * interval '1 microsecond'"
    "  ORDER BY at LIMIT $2),"
    " gone AS (DELETE FROM idempotency i USING old WHERE i.key = old.key RETURNING 1)"
    " UPDATE ledger SET keys = greatest(keys - n, 0)"
    " FROM (SELECT count(*) AS n FROM gone) c WHERE n > 0 RETURNING n"};
constexpr Statement kPurgeHolds{
    "purge_holds",
    "WITH old AS (SELECT id FROM hold, ledger"
    "  WHERE closed_at < greatest(clock_timestamp(), last_time) - $1 * interval '1 microsecond'"
    "  ORDER BY closed_at LIMIT $2),"
    " lines AS (DELETE FROM hold_line l USING old WHERE l.hold = old.id),"
    " gone AS (DELETE FROM hold h USING old WHERE h.id = old.id RETURNING first_seq)"
    " UPDATE ledger SET forgotten_holds = greatest(forgotten_holds, newest)"
    " FROM (SELECT count(*) AS n, max(first_seq) AS newest FROM gone) c WHERE n > 0 RETURNING n"};

}  // namespace

Status GroupStore::connect() {
  if (connection_ != nullptr && connection_->usable()) return {};
  connection_.reset();
  HF_ASSIGN(opened, Connection::open(url_, session_));
  connection_ = std::move(opened);
  ++connections_;
  return {};
}

Result<GroupStart> GroupStore::begin(const RowNames& names, const std::vector<KnownRow>& known,
                                     size_t due_max) {
  HF_TRY(connect());
  connection_->add(kBegin);
  if (guards_.later_statement) {
    connection_->add(kLockLedger);
  } else {
    add_lock_that_reads(connection_.get(), names, known, guards_);
  }
  connection_->add(kReadLedger);
  add_loads(connection_.get(), names, known, due_max, guards_);
  auto answers = connection_->run();
  if (!answers) {
    rollback();
    return std::unexpected(std::move(answers).error());
  }
  GroupStart start;
  if ((*answers)[2].empty()) {
    rollback();
    return fail(ErrorCode::kWrongVersion, "the shared ledger has no row: run `holdfast migrate`");
  }
  start.ledger = ledger_of((*answers)[2][0], &start.time);
  start.rows = take_rows(*answers, 3, names);
  if (!guards_.later_statement) start.rows.skus = take_skus((*answers)[1]);
  return start;
}

Result<StoredRows> GroupStore::load(const RowNames& names, const std::vector<KnownRow>& known) {
  add_loads(connection_.get(), names, known, 0, guards_);
  HF_ASSIGN(answers, connection_->run());
  return take_rows(answers, 0, names);
}

Result<std::vector<std::string>> GroupStore::unsettled_skus(uint64_t settle, size_t max) {
  HF_ASSIGN(rows, connection_->run(kUnsettled, Parameters().add(settle).add(uint64_t{max})));
  std::vector<std::string> skus;
  for (const Row row : rows) skus.push_back(row.as<std::string>(0));
  return skus;
}

CommitOutcome GroupStore::commit(const GroupWrite& write, Error* error) {
  const std::vector<Expected> expected = add_writes(connection_.get(), write, guards_);
  auto answers = connection_->commit();
  if (!answers) {
    *error = answers.error();
    if (error->code == ErrorCode::kOutcomeUnknown) return CommitOutcome::kUnknown;
    rollback();
    return CommitOutcome::kNotCommitted;
  }
  for (size_t i = 0; i < expected.size(); ++i) {
    INVARIANT(expected[i].rows == Expected::kAny || (*answers)[i].changed() == expected[i].rows,
              "{} changed {} rows, not {}", expected[i].what, (*answers)[i].changed(),
              expected[i].rows);
  }
  return CommitOutcome::kCommitted;
}

void GroupStore::rollback() {
  if (connection_ != nullptr) connection_->rollback();
}

// The lock waits for the lost group's session to end, whichever way; the statement after it sees
// which. COMMIT, not ROLLBACK: a session that was ended while it waited for a standby has committed
// at the primary alone. The lock is a write, so this COMMIT waits for a standby, and confirms what
// is before it in the log.
CommitOutcome GroupStore::settle(uint64_t owner, uint64_t group) {
  if (!connect()) return CommitOutcome::kUnknown;
  connection_->add(kBegin);
  connection_->add(kLockLedger);
  connection_->add(kLastGroup, Parameters().add(owner));
  auto answers = connection_->commit();
  if (!answers) {
    rollback();
    return CommitOutcome::kUnknown;
  }
  const Rows& node = answers->back();
  const bool written = !node.empty() && node[0].as<uint64_t>(0) == group;
  return written ? CommitOutcome::kCommitted : CommitOutcome::kNotCommitted;
}

Result<size_t> GroupStore::purge(Duration keys_kept, Duration holds_kept, size_t max) {
  HF_TRY(connect());
  const auto parameters = [max](Duration kept) {
    return Parameters().add(kept).add(uint64_t{max});
  };
  connection_->add(kBegin);
  connection_->add(kLockLedger);
  connection_->add(kPurgeKeys, parameters(keys_kept));
  connection_->add(kPurgeHolds, parameters(holds_kept));
  auto answers = connection_->commit();
  if (!answers) {
    rollback();
    return std::unexpected(std::move(answers).error());
  }
  size_t gone = 0;
  for (size_t i : {2, 3}) {
    if (!(*answers)[i].empty()) gone += (*answers)[i][0].as<uint64_t>(0);
  }
  return gone;
}

}  // namespace holdfast::store::postgres
