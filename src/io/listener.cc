#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "io/reactor_state.h"

namespace holdfast::io {
namespace {

constexpr int kBacklog = 4'096;
constexpr int kAcceptsPerRound = 64;  // other connections' requests are waiting meanwhile

PeerAddress peer_of(const sockaddr_storage& address) {
  PeerAddress peer;
  if (address.ss_family == AF_INET6) {
    const auto& six = reinterpret_cast<const sockaddr_in6&>(address);
    std::memcpy(peer.bytes.data(), &six.sin6_addr, 16);
  } else if (address.ss_family == AF_INET) {
    const auto& four = reinterpret_cast<const sockaddr_in&>(address);
    peer.bytes[10] = peer.bytes[11] = 0xff;
    std::memcpy(peer.bytes.data() + 12, &four.sin_addr, 4);
  }
  return peer;
}

int open_reserve() { return ::open("/dev/null", O_RDONLY | O_CLOEXEC); }

}  // namespace

Listener::State::State(asio::io_context& context, std::function<void(int, PeerAddress)> call)
    : acceptor(context), accepted(std::move(call)), pause(context), reserve(open_reserve()) {}

Listener::State::~State() {
  if (reserve >= 0) ::close(reserve);
}

Status Listener::State::bind(const std::string& address, uint16_t port) {
  boost::system::error_code error;
  const auto parsed = asio::ip::make_address(address == "localhost" ? "127.0.0.1" : address, error);
  if (error)
    return fail(ErrorCode::kConfigInvalid,
                fmt::format("\"{}\" is not an IPv4 or IPv6 address to listen on", address));
  const asio::ip::tcp::endpoint endpoint(parsed, port);
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(kBacklog, error);
  if (!error) acceptor.non_blocking(true, error);
  if (error)
    return fail(ErrorCode::kIo,
                fmt::format("cannot listen on {}:{}: {}", address, port, error.message()));
  return {};
}

void Listener::State::arm() {
  acceptor.async_wait(asio::ip::tcp::acceptor::wait_read,
                      [self = shared_from_this()](const boost::system::error_code& error) {
                        if (!error && !self->closed) self->accept_waiting();
                      });
}

void Listener::State::accept_waiting() {
  for (int round = 0; round < kAcceptsPerRound && !closed; ++round) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    const int descriptor = ::accept4(acceptor.native_handle(), reinterpret_cast<sockaddr*>(&address),
                                     &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor >= 0) {
      const int on = 1;
      ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      accepted(descriptor, peer_of(address));
      continue;
    }
    if (errno == EINTR || errno == ECONNABORTED) continue;
    if ((errno == EMFILE || errno == ENFILE) && shed_one()) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) break;
    // Out of memory or of descriptors altogether: come back when some may be free again.
    pause.expires_after(std::chrono::milliseconds(100));
    pause.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
      if (!error && !self->closed) self->arm();
    });
    return;
  }
  if (!closed) arm();
}

/// Out of descriptors the newcomer would stay in the backlog and wake the loop for ever: the reserve is
/// given up for as long as it takes to accept and close it.
bool Listener::State::shed_one() {
  if (reserve < 0) return false;
  ::close(reserve);
  const int descriptor = ::accept4(acceptor.native_handle(), nullptr, nullptr, SOCK_CLOEXEC);
  if (descriptor >= 0) ::close(descriptor);
  reserve = open_reserve();
  return descriptor >= 0;
}

void Listener::State::close() {
  closed = true;
  boost::system::error_code ignored;
  acceptor.close(ignored);
  pause.cancel();
}

Listener::Listener(std::shared_ptr<State> state) : state_(std::move(state)) {}
Listener::~Listener() { state_->close(); }

uint16_t Listener::port() const {
  boost::system::error_code error;
  const auto endpoint = state_->acceptor.local_endpoint(error);
  return error ? uint16_t{0} : endpoint.port();
}

}  // namespace holdfast::io
