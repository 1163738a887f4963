// The reading half of a shared ledger in PostgreSQL: snapshots of the primary, one session
// (docs/internals/many-nodes.md, "Reads").
//
// Each snapshot is taken after it was asked for, so it has every answered write. Confined to one
// thread.
#pragma once

#include <memory>
#include <vector>

#include "store/postgres/connection.h"
#include "store/postgres/url.h"
#include "store/shared_store.h"

namespace holdfast::store::postgres {

class SnapshotReader final : public SharedReader {
 public:
  explicit SnapshotReader(Url url, SessionOptions session = {})
      : url_(std::move(url)), session_(std::move(session)) {}

  Result<GroupStart> begin(const RowNames& names) override;
  Result<StoredRows> load(const RowNames& names) override;
  Result<Page> page(const PageRequest& request) override;
  Result<std::vector<DiscrepancyView>> discrepancies(const PageRequest& request) override;
  void end() override;

 private:
  const Url url_;
  const SessionOptions session_;
  std::unique_ptr<Connection> connection_;
};

}  // namespace holdfast::store::postgres
