// A log in memory, for tests and the simulator: the same codec, chains and reading as the journal, "durable"
// when flush_group() returns. Nothing survives it.
//
// Writing is confined to one thread at a time, reading is thread-safe.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "store/event_store.h"
#include "store/group_encoder.h"
#include "store/listeners.h"
#include "store/log_reader.h"

namespace holdfast::store {

class MemoryStore final : public EventStore, private GroupSource {
 public:
  explicit MemoryStore(LedgerIdentity identity = {"memory000000", 0});

  const LedgerIdentity& identity() const override { return identity_; }
  GroupWriter& begin_group(Timestamp log_time) override;
  bool seal_group() override;
  Status flush_group() override;
  bool has_room() const override { return has_room_; }
  Seq durable_seq() const override;
  Timestamp last_time() const override;
  Result<LogBatch> read(Seq after, size_t bytes_max) override;
  Result<LogBatch> read_command(Seq seq) override;
  Status walk_sku(const std::string& sku, Seq before_seq,
                  const std::function<bool(const Event&)>& visit) override;
  Status walk_late_facts(const std::string& sku, Seq after_seq, Timestamp time,
                         const std::function<bool(const Event&)>& visit) override;
  Result<std::vector<PlaceBalances>> balances_after(const std::string& sku, Seq seq) override;
  Result<Seq> seq_at(Timestamp time) override;
  Status replay(Seq after, LogVisitor& visitor) override;
  uint64_t subscribe(std::function<void(Seq durable)> listener) override;
  void unsubscribe(uint64_t id) override;

  /// For tests: the storage is full (or no longer).
  void set_room(bool has_room) { has_room_ = has_room; }

 private:
  Result<std::shared_ptr<const GroupView>> group_with(Seq seq) override;
  Result<Seq> last_seq_at(Timestamp time) override;

  const LedgerIdentity identity_;
  SkuChains chains_;
  GroupEncoder encoder_{chains_, 0};
  std::optional<GroupView> sealed_;
  Seq last_seq_ = 0;
  bool has_room_ = true;
  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<const GroupView>> groups_;  // guarded by mutex_
  Listeners listeners_;
  LogReader reader_{*this, chains_};
};

}  // namespace holdfast::store
