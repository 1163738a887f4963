// TLS of a server (1.2 and 1.3): the certificate, which can be replaced while connections go on,
// and one connection as a state machine without I/O. OpenSSL behind it.
//
// TlsContext is made by app, used by http, thread-safe. TlsStream is confined to one thread and
// keeps what it needs of its context.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace holdfast::io {

class TlsStream {
 public:
  ~TlsStream();
  TlsStream(const TlsStream&) = delete;
  TlsStream& operator=(const TlsStream&) = delete;

  /// Bytes from the peer; what they decrypt to is appended to *plain. kIo: no TLS, or broken: send
  /// what is in output() (the alert), then close.
  Status receive(std::string_view bytes, std::string* plain);
  /// The peer has said that it sends no more.
  bool ended() const { return ended_; }
  /// Encrypts as much as kOutputMax leaves room for, into output(); returns how much of `plain`
  /// that was. 0 while the handshake goes on. kIo: broken.
  Result<size_t> send(std::string_view plain);
  /// Says that no more is sent.
  void close();

  /// Bytes for the peer; sent() takes them off the front.
  std::string_view output() const { return std::string_view(output_).substr(output_sent_); }
  void sent(size_t count);

 private:
  friend class TlsContext;
  static constexpr size_t kOutputMax = 64 << 10;
  struct State;
  explicit TlsStream(std::unique_ptr<State> state);
  void take_output();

  std::unique_ptr<State> state_;
  std::string output_;
  size_t output_sent_ = 0;
  bool ended_ = false;
};

class TlsContext {
 public:
  /// A chain and its key, PEM. kConfigInvalid naming the file and why: it cannot be read, is no
  /// such thing, others may read the key, or the two do not belong together.
  static Result<std::unique_ptr<TlsContext>> load(std::string certificate_file,
                                                  std::string key_file);
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  /// Reads the files again: connections accepted from now on get what they hold. After an error the
  /// old certificate goes on.
  Status reload();
  std::unique_ptr<TlsStream> accept();

 private:
  struct State;
  explicit TlsContext(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace holdfast::io
