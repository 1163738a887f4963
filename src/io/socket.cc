#include <boost/asio/buffer.hpp>

#include "io/reactor_state.h"

namespace holdfast::io {

Socket::State::State(asio::io_context& context, int descriptor) : socket(context) {
  boost::system::error_code error;
  socket.assign(asio::ip::tcp::v6(), descriptor, error);
  if (!error) socket.non_blocking(true, error);
}

void Socket::State::arm_read() {
  if (reading || ended || !bytes_wanted || events == nullptr) return;
  reading = true;
  if (!buffer) {
    buffer_size = kBufferSmall;
    buffer = std::make_unique_for_overwrite<char[]>(buffer_size);
  }
  socket.async_read_some(asio::buffer(buffer.get(), buffer_size),
                         [self = shared_from_this()](const boost::system::error_code& error,
                                                     size_t size) { self->on_read(error, size); });
}

void Socket::State::on_read(const boost::system::error_code& error, size_t size) {
  reading = false;
  if (events == nullptr) return;
  if (error) {
    ended = true;
    if (error == asio::error::eof)
      events->on_end();
    else
      events->on_broken();
    return;
  }
  events->on_bytes({buffer.get(), size});
  if (events == nullptr) return;
  fit_buffer(size);
  arm_read();
}

/// A peer that fills the buffer gets a larger one; one that has gone back to small requests gives it up.
void Socket::State::fit_buffer(size_t last_read) {
  size_t wanted = buffer_size;
  if (last_read == buffer_size) wanted = kBufferLarge;
  if (last_read < kBufferSmall) wanted = kBufferSmall;
  if (wanted == buffer_size || reading) return;
  buffer_size = wanted;
  buffer = std::make_unique_for_overwrite<char[]>(buffer_size);
}

void Socket::State::arm_write() {
  if (waiting_to_write) return;
  waiting_to_write = true;
  socket.async_wait(asio::ip::tcp::socket::wait_write,
                    [self = shared_from_this()](const boost::system::error_code& error) {
                      self->waiting_to_write = false;
                      if (self->events == nullptr) return;
                      if (error)
                        self->events->on_broken();
                      else
                        self->events->on_writable();
                    });
}

void Socket::State::close() {
  events = nullptr;
  boost::system::error_code ignored;
  socket.close(ignored);
}

Socket::Socket(std::shared_ptr<State> state) : state_(std::move(state)) {}
Socket::~Socket() { state_->close(); }

void Socket::start(SocketEvents& events) {
  state_->events = &events;
  state_->arm_read();
}

void Socket::want_bytes(bool wanted) {
  state_->bytes_wanted = wanted;
  if (wanted) state_->arm_read();
}

Result<size_t> Socket::write(std::string_view bytes) {
  boost::system::error_code error;
  const size_t taken = state_->socket.send(asio::buffer(bytes.data(), bytes.size()), 0, error);
  if (error && error != asio::error::would_block && error != asio::error::try_again)
    return fail(ErrorCode::kIo, "cannot write to a connection: " + error.message());
  const size_t sent = error ? 0 : taken;
  if (sent < bytes.size()) state_->arm_write();
  return sent;
}

void Socket::shutdown_send() {
  boost::system::error_code ignored;
  state_->socket.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
}

}  // namespace holdfast::io
