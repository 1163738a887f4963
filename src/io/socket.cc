#include <cerrno>
#include <system_error>

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/reactor_state.h"

namespace holdfast::io {
namespace {

constexpr size_t kBufferSmall = 4 << 10;
constexpr size_t kBufferLarge = 64 << 10;

bool would_block(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

}  // namespace

Socket::State::State(Reactor::Impl& of, int given) : reactor(of), descriptor(given) {}

Socket::State::~State() {
  if (descriptor >= 0) ::close(descriptor);
}

void Socket::State::start(SocketEvents& receiver) {
  events = &receiver;
  watched = EPOLLIN;
  reactor.watch(descriptor, watched, *this);
}

/// Asks epoll for what is wanted now, if that is not what it was.
void Socket::State::want(bool bytes, bool space) {
  bytes_wanted = bytes;
  space_wanted = space;
  if (broken || events == nullptr) return;
  const uint32_t wanted =
      (bytes && !ended ? EPOLLIN : 0U) | (space ? static_cast<uint32_t>(EPOLLOUT) : 0U);
  if (wanted == watched) return;
  watched = wanted;
  reactor.change(descriptor, wanted, *this);
}

void Socket::State::on_ready(uint32_t ready) {
  if (events == nullptr) return;
  if ((ready & EPOLLOUT) != 0 && space_wanted) {
    want(bytes_wanted, false);
    events->on_writable();
    if (events == nullptr) return;
  }
  if ((watched & EPOLLIN) != 0) {
    if ((ready & (EPOLLIN | EPOLLERR | EPOLLHUP)) != 0) read();
    return;
  }
  // Nobody reads, but epoll reports these all the same, and would again at once.
  if ((ready & (EPOLLERR | EPOLLHUP)) == 0 || broken) return;
  broken = true;
  reactor.unwatch(descriptor);
  events->on_broken();
}

/// Once per event: what is left in the kernel is reported again.
void Socket::State::read() {
  if (!buffer) {
    buffer_size = kBufferSmall;
    buffer = std::make_unique_for_overwrite<char[]>(buffer_size);
  }
  const ssize_t size = ::recv(descriptor, buffer.get(), buffer_size, 0);
  if (size > 0) {
    events->on_bytes({buffer.get(), static_cast<size_t>(size)});
    fit_buffer(static_cast<size_t>(size));
    return;
  }
  if (size < 0 && would_block(errno)) return;
  if (size == 0) {
    ended = true;
    want(bytes_wanted, space_wanted);
    events->on_end();
    return;
  }
  broken = true;
  reactor.unwatch(descriptor);
  events->on_broken();
}

/// A peer that fills the buffer gets a larger one; one that has gone back to small requests gives
/// it up.
void Socket::State::fit_buffer(size_t last_read) {
  size_t wanted = buffer_size;
  if (last_read == buffer_size) wanted = kBufferLarge;
  if (last_read < kBufferSmall) wanted = kBufferSmall;
  if (wanted == buffer_size) return;
  buffer_size = wanted;
  buffer = std::make_unique_for_overwrite<char[]>(buffer_size);
}

/// The descriptor leaves the epoll set with its closing.
void Socket::State::close() {
  events = nullptr;
  ::close(descriptor);
  descriptor = -1;
}

Socket::Socket(std::shared_ptr<State> state) : state_(std::move(state)) {}

Socket::~Socket() {
  state_->close();
  state_->reactor.bury(state_);
}

void Socket::start(SocketEvents& events) { state_->start(events); }
void Socket::want_bytes(bool wanted) { state_->want(wanted, state_->space_wanted); }

Result<size_t> Socket::write(std::string_view bytes) {
  const ssize_t taken = ::send(state_->descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (taken < 0 && !would_block(errno))
    return fail(ErrorCode::kIo,
                "cannot write to a connection: " + std::generic_category().message(errno));
  const size_t sent = taken < 0 ? 0 : static_cast<size_t>(taken);
  if (sent < bytes.size()) state_->want(state_->bytes_wanted, true);
  return sent;
}

void Socket::shutdown_send() { ::shutdown(state_->descriptor, SHUT_WR); }

}  // namespace holdfast::io
