// The event loop: sockets, accepting, timers and calls posted from other threads. epoll(7) behind it
// (docs/adr/0006).
//
// Used by http (one Reactor per `http-N` thread). A Reactor and its sockets are confined to the thread that
// runs it; post(), stop() and wake-ups are thread-safe. Sockets and listeners die before their Reactor.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace holdfast::io {

/// An IPv6 address, or an IPv4 one as ::ffff:a.b.c.d.
struct PeerAddress {
  std::array<uint8_t, 16> bytes{};
  auto operator<=>(const PeerAddress&) const = default;
};

/// What a socket tells its owner. The owner may destroy the socket from within any of these.
class SocketEvents {
 public:
  virtual ~SocketEvents() = default;
  virtual void on_bytes(std::string_view bytes) = 0;  ///< a view that ends with the call
  virtual void on_end() = 0;                          ///< the peer sends no more
  virtual void on_writable() = 0;                     ///< after a write() that took less than all
  virtual void on_broken() = 0;                       ///< reset; nothing further comes
};

class Socket {
 public:
  /// Closes; no event comes after it.
  ~Socket();
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  /// Events go to `events` (which outlives the socket) from the first call on.
  void start(SocketEvents& events);
  /// While off, bytes wait in the kernel and the peer is slowed down. On after start().
  void want_bytes(bool wanted);
  /// Hands over as much as the kernel takes now; less than all means on_writable() will come. kIo: broken.
  Result<size_t> write(std::string_view bytes);
  /// The peer sees the end of what was written.
  void shutdown_send();

 private:
  friend class Reactor;
  struct State;
  explicit Socket(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

class Listener {
 public:
  /// Stops accepting and closes.
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  uint16_t port() const;

 private:
  friend class Reactor;
  struct State;
  explicit Listener(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

class Reactor {
 public:
  Reactor();
  ~Reactor();
  Reactor(const Reactor&) = delete;
  Reactor& operator=(const Reactor&) = delete;

  /// Runs until stop(). `after_each` is called after each round of ready events, before sleeping.
  void run(const std::function<void()>& after_each);
  /// One round, by hand: waits for events, calls or a tick, and handles them.
  void run_once();
  void stop();
  /// Runs `call` on the loop's thread. Thread-safe.
  void post(std::move_only_function<void()> call);
  /// Calls `tick` about every `interval` for as long as the loop runs.
  void every(Duration interval, std::function<void()> tick);

  /// `accepted(fd, peer)` for each connection, non-blocking and without delay; whoever is called owns the
  /// descriptor. A process out of descriptors closes the newcomer and goes on. kConfigInvalid: not an
  /// address; kIo: cannot be bound.
  Result<std::unique_ptr<Listener>> listen(const std::string& address, uint16_t port,
                                           std::function<void(int, PeerAddress)> accepted);
  /// Takes over a connected, non-blocking descriptor (of any reactor's listener).
  std::unique_ptr<Socket> adopt(int descriptor);

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace holdfast::io
