// What lies behind io/reactor.h: one epoll set, and what its events are about.
//
// Included by reactor.cc, socket.cc and listener.cc only. Confined to the reactor's thread, but for
// what says otherwise.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

#include "io/reactor.h"

namespace holdfast::io {

/// Something with a descriptor in the epoll set.
class Watched {
 public:
  virtual ~Watched() = default;
  /// `ready`: EPOLLIN, EPOLLOUT, EPOLLERR, EPOLLHUP as epoll_wait(2) reports them.
  virtual void on_ready(uint32_t ready) = 0;
};

struct Reactor::Impl {
  Impl();
  ~Impl();

  void watch(int descriptor, uint32_t wanted, Watched& watched) const;
  void change(int descriptor, uint32_t wanted, Watched& watched) const;
  void unwatch(int descriptor) const;
  /// Events of this round may still point to `gone`: it dies at the end of the round.
  void bury(std::shared_ptr<Watched> gone) { gone_.push_back(std::move(gone)); }

  void add_timer(Duration after, Duration interval, std::function<void()> call);
  void post(std::move_only_function<void()> call);  ///< thread-safe
  void wake();                                      ///< thread-safe

  /// Waits for events, at most until the next timer is due, and handles them. Then timers, then
  /// calls.
  void round();

  std::atomic<bool> stopped{false};

 private:
  struct Timer {
    Duration due;
    Duration interval;  ///< 0 = once
    std::function<void()> call;
  };

  int sleep_ms();
  void run_timers();
  void run_posted();

  int epoll_ = -1;
  int bell_ = -1;  ///< eventfd, edge-triggered: never read
  std::vector<Timer> timers_;
  std::vector<std::shared_ptr<Watched>> gone_;
  std::vector<std::move_only_function<void()>> running_;

  std::mutex mutex_;
  std::vector<std::move_only_function<void()>> posted_;  // guarded by mutex_
  bool sleeping_ = false;                                // guarded by mutex_
};

struct Socket::State final : Watched {
  State(Reactor::Impl& reactor, int descriptor);
  ~State() override;

  void start(SocketEvents& receiver);
  void want(bool bytes, bool space);
  void on_ready(uint32_t ready) override;
  void read();
  void fit_buffer(size_t last_read);
  void close();

  Reactor::Impl& reactor;
  int descriptor;
  SocketEvents* events = nullptr;  ///< null before start() and after close()
  uint32_t watched = 0;            ///< the events asked of epoll
  bool bytes_wanted = true;
  bool space_wanted = false;
  bool ended = false;  ///< the peer has sent all
  bool broken = false;
  std::unique_ptr<char[]> buffer;
  size_t buffer_size = 0;
};

struct Listener::State final : Watched, std::enable_shared_from_this<Listener::State> {
  State(Reactor::Impl& reactor, std::function<void(int, PeerAddress)> call);
  ~State() override;

  Status bind(const std::string& address, uint16_t port);
  void on_ready(uint32_t ready) override;
  void pause();
  bool shed_one();
  void close();

  Reactor::Impl& reactor;
  std::function<void(int, PeerAddress)> accepted;
  int descriptor = -1;
  int reserve = -1;  ///< a descriptor to give up when the process has run out of them
  bool closed = false;
};

}  // namespace holdfast::io
