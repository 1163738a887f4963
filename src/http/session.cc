#include "http/session.h"

#include "http/worker.h"

namespace holdfast::http {

Session::Session(Worker& worker, uint32_t index, uint32_t generation,
                 std::unique_ptr<io::Socket> socket, io::PeerAddress peer,
                 std::unique_ptr<io::TlsStream> tls)
    : worker_(worker),
      index_(index),
      generation_(generation),
      socket_(std::move(socket)),
      peer_(peer),
      tls_(std::move(tls)),
      connection_(worker.connection_limits(), worker, worker.now()) {}

Session::~Session() {
  worker_.account_body(-static_cast<int64_t>(input_accounted_));
  if (producer_) producer_->on_gone();
}

void Session::start() { socket_->start(*this); }

void Session::account_input() {
  const size_t held = connection_.held_input();
  worker_.account_body(static_cast<int64_t>(held) - static_cast<int64_t>(input_accounted_));
  input_accounted_ = held;
}

void Session::on_bytes(std::string_view bytes) {
  std::string plain;
  if (tls_ && !lingering_) {
    const auto decrypted = tls_->receive(bytes, &plain);
    bytes = plain;
    if (!decrypted || (tls_->ended() && plain.empty())) {
      if (!decrypted) (void)socket_->write(tls_->output());  // the alert, as far as it goes
      return decrypted ? on_end() : on_broken();
    }
  }
  if (lingering_) {
    lingered_bytes_ += bytes.size();
  } else {
    worker_.set_current(this);
    connection_.receive(bytes, worker_.now());
    account_input();
    if (connection_.in_chunked_body() && worker_.bodies_too_large()) {
      connection_.refuse_body(worker_.too_many_bodies({}), worker_.now());
      account_input();
    }
    worker_.set_current(nullptr);
    // Bytes that came while the cap was reached stay in the kernel from now on.
    socket_->want_bytes(connection_.wants_input() || connection_.finished());
  }
  worker_.queue_flush(*this);
}

void Session::on_end() {
  peer_ended_ = true;
  if (!lingering_) {
    worker_.set_current(this);
    connection_.end_of_input(worker_.now());
    worker_.set_current(nullptr);
    account_input();
  }
  worker_.queue_flush(*this);
}

void Session::on_writable() {
  blocked_ = false;
  worker_.queue_flush(*this);
}

void Session::on_broken() {
  broken_ = true;
  worker_.queue_flush(*this);
}

/// Hands the connection's output to the kernel, as much as it takes; false: broken.
bool Session::send_plain() {
  while (!blocked_ && !connection_.output().empty()) {
    const std::string_view output = connection_.output();
    const auto sent = socket_->write(output);
    if (!sent) return false;
    blocked_ = *sent < output.size();
    worker_.set_current(this);
    connection_.sent(*sent, worker_.now());  // may take up requests that were held back
    worker_.set_current(nullptr);
  }
  return true;
}

/// The same by way of TLS, which has output of its own too.
bool Session::send_encrypted() {
  while (!blocked_) {
    const auto taken = tls_->send(connection_.output());
    if (!taken) return false;
    if (*taken > 0) {
      worker_.set_current(this);
      connection_.sent(*taken, worker_.now());  // may take up requests that were held back
      worker_.set_current(nullptr);
    }
    const std::string_view output = tls_->output();
    if (output.empty()) return true;
    const auto sent = socket_->write(output);
    if (!sent) return false;
    blocked_ = *sent < output.size();
    tls_->sent(*sent);
    encrypted_since_ = worker_.now();
  }
  return true;
}

bool Session::flush() {
  if (broken_ || connection_.aborted()) return false;
  if (lingering_) return linger();
  if (!(tls_ ? send_encrypted() : send_plain())) return false;
  if (waiting_for_space_ && !connection_.stream_full()) {
    waiting_for_space_ = false;
    // It may end its stream at once, and with it the session's hold on it.
    if (const auto producer = producer_) producer->on_space();
  }
  account_input();
  const bool all_left = connection_.output().empty() && (!tls_ || tls_->output().empty());
  if (connection_.finished() && all_left) return linger();
  if (!lingering_) socket_->want_bytes(connection_.wants_input());
  return true;
}

bool Session::linger() {
  if (!lingering_) {
    lingering_ = true;
    if (tls_) {
      tls_->close();
      (void)socket_->write(tls_->output());  // the farewell, as far as it goes: it is not tried again
    }
    linger_until_ = worker_.now() + (connection_.refused() ? kLinger : kLingerShort);
    socket_->shutdown_send();
    socket_->want_bytes(true);
  }
  return !peer_ended_ && lingered_bytes_ <= kLingerBytesMax;
}

bool Session::check_time() {
  const Duration now = worker_.now();
  if (lingering_) return now < linger_until_ && !peer_ended_;
  // What is encrypted has left the connection, whose own clock no longer runs for it.
  if (tls_ && !tls_->output().empty() &&
      now >= encrypted_since_ + worker_.connection_limits().write_timeout)
    return false;
  connection_.check_time(now);
  return flush();
}

void Session::drain() {
  if (const auto producer = producer_) producer->on_drain();
  connection_.drain(worker_.now());
  worker_.queue_flush(*this);
}

}  // namespace holdfast::http
