// The log of the model database, for reading: what was committed when it is asked.
//
// Confined to one thread. Ends with the database.
#pragma once

#include <string>

#include "store/event_log.h"
#include "store/listeners.h"
#include "tests/schedules/database.h"

namespace holdfast::schedules {

class ModelLog final : public store::EventLog {
 public:
  ModelLog(const Database& database, std::string ledger_id)
      : database_(database), identity_{std::move(ledger_id), 0} {}

  const store::LedgerIdentity& identity() const override { return identity_; }
  Seq durable_seq() const override { return database_.snapshot()->ledger.last_seq; }
  Timestamp last_time() const override { return database_.snapshot()->ledger.last_time; }
  Result<store::LogBatch> read(Seq after, size_t bytes_max) override;
  Result<store::LogBatch> read_command(Seq seq) override;
  Status walk_sku(const std::string& sku, Seq before_seq,
                  const std::function<bool(const Event&)>& visit) override;
  uint64_t subscribe(std::function<void(Seq)> listener) override {
    return listeners_.add(std::move(listener));
  }
  void unsubscribe(uint64_t id) override { listeners_.remove(id); }

 private:
  const Database& database_;
  const store::LedgerIdentity identity_;
  store::Listeners listeners_;
};

/// Commands of the events from `from` on, at least one, about `bytes_max` of records. kCorrupt: a record
/// does not decode, or is not where its command begins.
Result<store::LogBatch> decode_log(const Snapshot& tables, Seq from, size_t bytes_max);

}  // namespace holdfast::schedules
