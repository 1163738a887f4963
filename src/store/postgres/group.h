// The writing half of a shared ledger in PostgreSQL: one session, one group at a time
// (docs/internals/many-nodes.md, "One group").
//
// Two round trips: what begin() reads, and what commit() writes. The connection is made when it is
// needed, and made again when it is gone. Confined to one thread.
#pragma once

#include <memory>
#include <vector>

#include "store/postgres/connection.h"
#include "store/postgres/url.h"
#include "store/shared_store.h"

namespace holdfast::store::postgres {

class GroupStore final : public SharedStore {
 public:
  explicit GroupStore(Url url, SessionOptions session = {}, SharedGuards guards = {})
      : url_(std::move(url)), session_(std::move(session)), guards_(guards) {}

  Result<GroupStart> begin(const RowNames& names, const std::vector<KnownRow>& known,
                           size_t due_max) override;
  Result<StoredRows> load(const RowNames& names, const std::vector<KnownRow>& known) override;
  Result<std::vector<std::string>> unsettled_skus(uint64_t settle, size_t max) override;
  CommitOutcome commit(const GroupWrite& write, Error* error) override;
  void rollback() override;
  CommitOutcome settle(uint64_t owner, uint64_t group) override;
  Result<size_t> purge(Duration keys_kept, Duration holds_kept, size_t max) override;
  uint64_t connections() const override { return connections_; }

 private:
  Status connect();

  const Url url_;
  const SessionOptions session_;
  const SharedGuards guards_;
  std::unique_ptr<Connection> connection_;
  uint64_t connections_ = 0;
};

}  // namespace holdfast::store::postgres
