// A connection that is made when it is needed and again when it was lost, for whoever comes one at
// a time. Thread-safe: a caller waits for the one before.
#pragma once

#include <memory>
#include <mutex>
#include <utility>

#include "base/result.h"
#include "store/postgres/connection.h"

namespace holdfast::store::postgres {

class Session {
 public:
  Session(Url url, SessionOptions options) : url_(std::move(url)), options_(std::move(options)) {}

  /// `work(Connection&)` on a usable connection that is outside of any transaction; its result, or
  /// the error of connecting.
  template <typename Work>
  auto with(Work work) -> decltype(work(std::declval<Connection&>())) {
    std::lock_guard lock(mutex_);
    if (!connection_ || !connection_->usable()) {
      connection_.reset();
      HF_ASSIGN(connection, Connection::open(url_, options_));
      connection_ = std::move(connection);
    }
    auto result = work(*connection_);
    connection_->rollback();
    return result;
  }

 private:
  const Url url_;
  const SessionOptions options_;
  std::mutex mutex_;
  std::unique_ptr<Connection> connection_;  ///< guarded by mutex_
};

}  // namespace holdfast::store::postgres
