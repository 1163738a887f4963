// Calls handed to an `http-N` thread by engine, reader and feed threads: one wake-up per burst, however
// many calls it carries.
//
// Shared by the worker and by whoever still owes it an answer; after close() posts are dropped, so an
// engine may answer later than the server lives. Thread-safe.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "io/reactor.h"

namespace holdfast::http {

class Mailbox : public std::enable_shared_from_this<Mailbox> {
 public:
  using Call = std::move_only_function<void()>;

  explicit Mailbox(io::Reactor& reactor) : reactor_(&reactor) {}

  /// Runs `call` on the worker's thread, in the order of posting. Never blocks for longer than a push.
  void post(Call call);
  /// From here on nothing is run and nothing accepted. On the worker's thread, or after it has ended.
  void close();

 private:
  void run_all();

  std::mutex mutex_;
  io::Reactor* reactor_;       // guarded by mutex_; null once closed
  std::vector<Call> waiting_;  // guarded by mutex_
  bool woken_ = false;         // guarded by mutex_
  std::vector<Call> running_;  // worker's thread only
};

}  // namespace holdfast::http
