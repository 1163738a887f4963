#include "store/postgres/pool.h"

#include <chrono>
#include <utility>

#include <fmt/format.h>

namespace holdfast::store::postgres {

Pool::Pool(Url url, SessionOptions options, size_t size)
    : url_(std::move(url)), options_(std::move(options)), left_(size) {}

Pool::Lease::~Lease() {
  if (connection_) pool_->give_back(std::move(connection_));
}

Result<Pool::Lease> Pool::take() {
  std::unique_ptr<Connection> connection;
  {
    std::unique_lock lock(mutex_);
    const auto at_most = std::chrono::microseconds(options_.answer_max);
    if (!given_back_.wait_for(lock, at_most, [this] { return left_ > 0; })) {
      return fail(ErrorCode::kOverloaded, "every reading session of PostgreSQL is in use");
    }
    --left_;
    if (!idle_.empty()) {
      connection = std::move(idle_.back());
      idle_.pop_back();
    }
  }
  if (connection) return Lease(*this, std::move(connection), false);
  Result<std::unique_ptr<Connection>> opened = Connection::open(url_, options_);
  if (!opened) {
    give_back(nullptr);
    return fail(opened.error());
  }
  return Lease(*this, std::move(*opened), true);
}

void Pool::give_back(std::unique_ptr<Connection> connection) {
  if (connection) connection->rollback();
  {
    const std::lock_guard lock(mutex_);
    ++left_;
    if (connection && connection->usable()) idle_.push_back(std::move(connection));
  }
  given_back_.notify_one();
}

void Pool::drop_idle() {
  std::vector<std::unique_ptr<Connection>> dropped;
  const std::lock_guard lock(mutex_);
  dropped.swap(idle_);
}

}  // namespace holdfast::store::postgres
