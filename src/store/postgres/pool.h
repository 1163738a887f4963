// A few sessions that readers take turns with. Opened when they are first needed, dropped when they
// are lost.
//
// Thread-safe. Outlives the leases it gave.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

#include "store/postgres/connection.h"

namespace holdfast::store::postgres {

class Pool {
 public:
  /// At most `size` sessions at once. A reader waits for its turn at most `options.answer_max`.
  Pool(Url url, SessionOptions options, size_t size);

  /// A session for as long as it is held. Given back outside a transaction, or dropped.
  class Lease {
   public:
    Lease(Pool& pool, std::unique_ptr<Connection> connection, bool fresh)
        : pool_(&pool), connection_(std::move(connection)), fresh_(fresh) {}
    ~Lease();
    Lease(Lease&& other) noexcept = default;
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    Connection& operator*() const { return *connection_; }
    Connection* operator->() const { return connection_.get(); }
    /// Made just now: that it is lost says something about the server.
    bool fresh() const { return fresh_; }

   private:
    Pool* pool_;
    std::unique_ptr<Connection> connection_;
    bool fresh_;
  };
  /// kOverloaded: all are taken, or as Connection::open.
  Result<Lease> take();

  /// Runs `read(Connection&)`, which changes nothing; again on a new session where one that had
  /// stood idle was found to be lost (a restart or a failover ends them all).
  template <typename Read>
  auto with_connection(const Read& read) -> decltype(read(std::declval<Connection&>())) {
    for (;;) {
      HF_ASSIGN(lease, take());
      auto result = read(*lease);
      if (result || lease->usable() || lease.fresh()) return result;
      drop_idle();
    }
  }

 private:
  void give_back(std::unique_ptr<Connection> connection);
  void drop_idle();

  const Url url_;
  const SessionOptions options_;
  std::mutex mutex_;
  std::condition_variable given_back_;
  size_t left_;                                    // guarded by mutex_: how many may still be taken
  std::vector<std::unique_ptr<Connection>> idle_;  // guarded by mutex_
};

}  // namespace holdfast::store::postgres
