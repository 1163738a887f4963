#include <cerrno>
#include <cstring>
#include <optional>
#include <system_error>

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/reactor_state.h"

namespace holdfast::io {
namespace {

constexpr int kBacklog = 4'096;
constexpr int kAcceptsPerRound = 64;  // other connections' requests are waiting meanwhile
constexpr Duration kPause = 100 * kMillisecond;

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

struct Endpoint {
  sockaddr_storage address{};
  socklen_t size = 0;
};

std::optional<Endpoint> endpoint_of(const std::string& address, uint16_t port) {
  const char* text = address == "localhost" ? "127.0.0.1" : address.c_str();
  Endpoint endpoint;
  auto& four = reinterpret_cast<sockaddr_in&>(endpoint.address);
  if (::inet_pton(AF_INET, text, &four.sin_addr) == 1) {
    four.sin_family = AF_INET;
    four.sin_port = htons(port);
    endpoint.size = sizeof four;
    return endpoint;
  }
  auto& six = reinterpret_cast<sockaddr_in6&>(endpoint.address);
  if (::inet_pton(AF_INET6, text, &six.sin6_addr) != 1) return std::nullopt;
  six.sin6_family = AF_INET6;
  six.sin6_port = htons(port);
  endpoint.size = sizeof six;
  return endpoint;
}

int open_reserve() { return ::open("/dev/null", O_RDONLY | O_CLOEXEC); }

}  // namespace

Listener::State::State(Reactor::Impl& of, std::function<void(int, PeerAddress)> call)
    : reactor(of), accepted(std::move(call)), reserve(open_reserve()) {}

Listener::State::~State() {
  if (descriptor >= 0) ::close(descriptor);
  if (reserve >= 0) ::close(reserve);
}

Status Listener::State::bind(const std::string& address, uint16_t port) {
  const auto endpoint = endpoint_of(address, port);
  if (!endpoint)
    return fail(ErrorCode::kConfigInvalid,
                fmt::format("\"{}\" is not an IPv4 or IPv6 address to listen on", address));
  const int on = 1;
  descriptor = ::socket(endpoint->address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const bool listening =
      descriptor >= 0 && ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
      ::bind(descriptor, reinterpret_cast<const sockaddr*>(&endpoint->address), endpoint->size) ==
          0 &&
      ::listen(descriptor, kBacklog) == 0;
  if (!listening)
    return fail(ErrorCode::kIo, fmt::format("cannot listen on {}:{}: {}", address, port,
                                            std::generic_category().message(errno)));
  reactor.watch(descriptor, EPOLLIN, *this);
  return {};
}

void Listener::State::on_ready(uint32_t) {
  for (int round = 0; round < kAcceptsPerRound && !closed; ++round) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    const int connection = ::accept4(descriptor, reinterpret_cast<sockaddr*>(&address), &size,
                                     SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (connection >= 0) {
      const int on = 1;
      ::setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      accepted(connection, peer_of(address));
      continue;
    }
    if (errno == EINTR || errno == ECONNABORTED) continue;
    if ((errno == EMFILE || errno == ENFILE) && shed_one()) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK) pause();
    return;
  }
}

/// Out of memory or of descriptors altogether: comes back when some may be free again.
void Listener::State::pause() {
  reactor.change(descriptor, 0, *this);
  reactor.add_timer(kPause, 0, [self = shared_from_this()] {
    if (!self->closed) self->reactor.change(self->descriptor, EPOLLIN, *self);
  });
}

/// Out of descriptors the newcomer would stay in the backlog and wake the loop for ever: the
/// reserve is given up for as long as it takes to accept and close it.
bool Listener::State::shed_one() {
  if (reserve < 0) return false;
  ::close(reserve);
  const int connection = ::accept4(descriptor, nullptr, nullptr, SOCK_CLOEXEC);
  if (connection >= 0) ::close(connection);
  reserve = open_reserve();
  return connection >= 0;
}

void Listener::State::close() {
  closed = true;
  ::close(descriptor);
  descriptor = -1;
}

Listener::Listener(std::shared_ptr<State> state) : state_(std::move(state)) {}

Listener::~Listener() {
  state_->close();
  state_->reactor.bury(state_);
}

uint16_t Listener::port() const {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getsockname(state_->descriptor, reinterpret_cast<sockaddr*>(&address), &size) != 0)
    return 0;
  return ntohs(address.ss_family == AF_INET6
                   ? reinterpret_cast<const sockaddr_in6&>(address).sin6_port
                   : reinterpret_cast<const sockaddr_in&>(address).sin_port);
}

}  // namespace holdfast::io
