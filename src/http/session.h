// One accepted socket and its Connection: moves bytes between the two.
//
// Made and owned by Worker; confined to its thread.
#pragma once

#include <memory>

#include "http/auth.h"
#include "http/connection.h"
#include "http/exchange.h"
#include "io/reactor.h"
#include "io/tls.h"

namespace holdfast::http {

class Worker;

class Session final : public io::SocketEvents {
 public:
  Session(Worker& worker, uint32_t index, uint32_t generation, std::unique_ptr<io::Socket> socket,
          io::PeerAddress peer, std::unique_ptr<io::TlsStream> tls);
  ~Session() override;

  void start();
  /// Writes what there is, adjusts reading, and closes when all is done. Returns false when the session is
  /// over: destroy it.
  bool flush();
  /// Looks at the deadlines. Same return.
  bool check_time();
  void drain();

  Connection& connection() { return connection_; }
  uint32_t index() const { return index_; }
  uint32_t generation() const { return generation_; }
  const io::PeerAddress& peer() const { return peer_; }
  SeenCredential& seen_credential() { return seen_credential_; }
  void set_producer(std::shared_ptr<StreamProducer> producer) { producer_ = std::move(producer); }
  /// A stream of this connection was told to wait: its producer hears when there is space again.
  void set_waiting_for_space() { waiting_for_space_ = true; }
  bool queued() const { return queued_; }
  void set_queued(bool queued) { queued_ = queued; }

  void on_bytes(std::string_view bytes) override;
  void on_end() override;
  void on_writable() override;
  void on_broken() override;

 private:
  bool linger();
  bool send_plain();
  bool send_encrypted();
  void account_input();

  static constexpr Duration kLinger = 2 * kSecond;              ///< after a refusal
  static constexpr Duration kLingerShort = 200 * kMillisecond;  ///< after an ordinary end
  static constexpr size_t kLingerBytesMax = 256 << 10;

  Worker& worker_;
  uint32_t index_;
  uint32_t generation_;
  std::unique_ptr<io::Socket> socket_;
  io::PeerAddress peer_;
  std::unique_ptr<io::TlsStream> tls_;  ///< null: plain
  Connection connection_;
  std::shared_ptr<StreamProducer> producer_;
  SeenCredential seen_credential_;
  size_t input_accounted_ = 0;
  bool waiting_for_space_ = false;
  bool queued_ = false;         ///< in the worker's list of sessions to flush
  bool blocked_ = false;        ///< the kernel takes no more for now
  bool broken_ = false;
  bool peer_ended_ = false;
  Duration encrypted_since_ = 0;  ///< TLS: since when the kernel has taken nothing of the output
  bool lingering_ = false;      ///< all is sent; late input is read and dropped so that no RST eats the answer
  Duration linger_until_ = 0;
  size_t lingered_bytes_ = 0;
};

}  // namespace holdfast::http
