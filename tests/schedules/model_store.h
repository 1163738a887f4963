// SharedStore over the model database: what store/postgres/group does, statement by statement, with
// whatever a network and a process can do between two of them.
//
// One for each node, used from its fiber.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "store/shared_store.h"
#include "tests/schedules/cluster.h"

namespace holdfast::schedules {

class ModelStore final : public store::SharedStore {
 public:
  struct Guards {
    store::SharedGuards store;
    MoreGuards more;
  };
  /// `wake`: called before an error is returned, so that its reader does not sleep in real time.
  ModelStore(Cluster& cluster, Task& task, NodeClock& clock, Guards guards,
             std::function<void()> wake);

  Result<store::GroupStart> begin(const RowNames& names, const std::vector<store::KnownRow>& known,
                                  size_t due_max) override;
  Result<StoredRows> load(const RowNames& names,
                          const std::vector<store::KnownRow>& known) override;
  Result<std::vector<std::string>> unsettled_skus(uint64_t settle, size_t max) override;
  store::CommitOutcome commit(const store::GroupWrite& write, Error* error) override;
  void rollback() override;
  store::CommitOutcome settle(uint64_t owner, uint64_t group) override;
  Result<size_t> purge(Duration keys_kept, Duration holds_kept, size_t max) override;
  uint64_t connections() const override { return guards_.more.connections_told ? connections_ : 1; }

  // ---- what the schedule does to the node ----
  /// kill -9: nothing it does from now on reaches the database.
  void die();
  bool dead() const { return dead_; }
  void split_until(Timestamp until) { split_until_ = until; }
  Database::Session session() const { return session_; }

 private:
  bool connect();
  bool reach();
  bool answered();
  bool lock();
  void lose();
  std::unexpected<Error> failed(const std::string& why);
  void pause();

  Cluster& cluster_;
  Task& task_;
  NodeClock& clock_;
  const Guards guards_;
  std::function<void()> wake_;
  Database::Session session_ = 0;
  uint64_t connections_ = 0;
  bool dead_ = false;
  Timestamp split_until_;
};

}  // namespace holdfast::schedules
