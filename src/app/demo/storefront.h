// The receiving end of one channel: a real webhook endpoint that checks the signature of what the ledger
// pushes and keeps, per SKU, the number it was told last.
//
// Thread-safe; lives as long as its listener.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "app/demo/follower.h"
#include "app/demo/listener.h"
#include "base/result.h"

namespace holdfast::app {

class Storefront {
 public:
  /// `follower` may be set later, by follow(); pushes that come before are not timed.
  static Result<std::unique_ptr<Storefront>> start(int channel, std::string secret);
  ~Storefront() { stop(); }

  void follow(Follower* follower) { follower_ = follower; }
  void stop() { listener_->stop(); }
  std::string url() const;

  /// The number the channel believes in; nullopt: never told, or told that the SKU is not tracked.
  std::optional<int64_t> number(const std::string& sku) const;
  uint64_t pushes() const { return pushes_; }
  uint64_t refused() const { return refused_; }  ///< bad signatures, unreadable bodies

 private:
  struct Told {
    uint64_t incarnation = 0, push_seq = 0;
    std::optional<int64_t> number;
  };
  Storefront(int channel, std::string secret) : channel_(channel), secret_(std::move(secret)) {}
  int receive(const ReceivedRequest& request);
  bool take(std::string_view body);

  const int channel_;
  const std::string secret_;
  std::atomic<Follower*> follower_{nullptr};
  std::atomic<uint64_t> pushes_{0};
  std::atomic<uint64_t> refused_{0};
  mutable std::mutex mutex_;
  std::map<std::string, Told> told_;  // guarded by mutex_
  std::unique_ptr<Listener> listener_;
};

}  // namespace holdfast::app
