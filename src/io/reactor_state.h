// What lies behind io/reactor.h: the Asio objects, kept alive by the operations that are under way.
//
// Included by reactor.cc, socket.cc and listener.cc only. Confined to the reactor's thread.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>

#include "io/reactor.h"

namespace holdfast::io {

namespace asio = boost::asio;

struct Reactor::Impl {
  // Sockets are only touched by the loop's own thread; posting stays thread-safe.
  asio::io_context context{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO};
};

struct Socket::State : std::enable_shared_from_this<Socket::State> {
  static constexpr size_t kBufferSmall = 4 << 10;
  static constexpr size_t kBufferLarge = 64 << 10;

  State(asio::io_context& context, int descriptor);
  void arm_read();
  void on_read(const boost::system::error_code& error, size_t size);
  void arm_write();
  void fit_buffer(size_t last_read);
  void close();

  asio::ip::tcp::socket socket;
  SocketEvents* events = nullptr;  ///< null before start() and after close()
  std::unique_ptr<char[]> buffer;
  size_t buffer_size = 0;
  bool bytes_wanted = true;
  bool reading = false;
  bool ended = false;
  bool waiting_to_write = false;
};

struct Listener::State : std::enable_shared_from_this<Listener::State> {
  State(asio::io_context& context, std::function<void(int, PeerAddress)> call);
  ~State();
  Status bind(const std::string& address, uint16_t port);
  void arm();
  void accept_waiting();
  bool shed_one();
  void close();

  asio::ip::tcp::acceptor acceptor;
  std::function<void(int, PeerAddress)> accepted;
  asio::steady_timer pause;
  int reserve = -1;  ///< a descriptor to give up when the process has run out of them
  bool closed = false;
};

}  // namespace holdfast::io
