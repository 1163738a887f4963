// The HTTP server: accepts connections, feeds their state machines, routes requests to the handlers, and
// writes the answers.
//
// Made by app after the engine, stopped before it. start() and stop() are called from app's thread; the
// server runs its own: `http-N` (sockets and requests), `http-reader` (history, off the event loop) and
// `http-feed` (the streams). Whatever `ports` names outlives the server.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "engine/command_port.h"
#include "feed/feed_source.h"
#include "model/limits.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

namespace holdfast::feed {
class Feed;
}
namespace holdfast::intake {
class Intake;
}
namespace holdfast::io {
class TlsContext;
}

namespace holdfast::http {

class KeyBook;

struct ServerOptions {
  std::string address = "127.0.0.1";  ///< IPv4 or IPv6 literal, or "localhost"
  uint16_t port = 4653;               ///< 0 = any free one, see HttpServer::port()
  int io_threads = 0;  ///< 1 … 64; 0 = one per CPU, at most 4
  size_t connections_max = 10'000;         ///< lowered to what the open-files limit allows
  size_t connections_per_ip_max = 4'096;
  size_t body_bytes_max = limits::kBodyBytesMax;
  size_t batch_body_bytes_max = limits::kBatchBodyBytesMax;  ///< /v1/batch and /v1/events
  size_t body_bytes_total_max = size_t{256} << 20;  ///< over all connections; beyond it 503 overloaded
  size_t pipelined_max = 64;               ///< unanswered requests of one connection
  size_t feed_streams_max = 1'000;
  HoldQuota hold_quota;                    ///< of one name
  Duration head_timeout = 10 * kSecond;
  Duration idle_timeout = 75 * kSecond;
  Duration write_timeout = 30 * kSecond;   ///< a reader that takes nothing for so long is dropped
  Duration drain_timeout = 20 * kSecond;   ///< stop(): in-flight requests get this long
};

/// What the server is given; all of it outlives the server.
struct ServerPorts {
  CommandPort& commands;
  HistoryPort& history;
  feed::FeedSource& events;           ///< /v1/feed
  feed::Feed* sinks = nullptr;        ///< null: no sinks
  intake::Intake* intake = nullptr;   ///< null: no sources
  KeyBook* keys = nullptr;            ///< null: the API is open on loopback, and closed elsewhere
  telemetry::Log& log;
  telemetry::Metrics& metrics;
  const Clock& clock;
  /// Empty when ready to serve, else what is missing, for /readyz. Thread-safe; must not block.
  std::function<std::string()> not_ready = {};
  /// What an answer means, for /readyz; empty: flushed to this machine's disk.
  std::string durability = {};
  /// Ends what a restore paused; false: nothing was. Thread-safe, may block; empty: there is nothing to.
  std::function<Result<bool>()> resume = {};
  io::TlsContext* tls = nullptr;      ///< null: plain HTTP
};

class HttpServer {
 public:
  /// Binds, listens and starts the threads. kIo when the address cannot be bound, kConfigInvalid when it
  /// is not an address.
  static Result<std::unique_ptr<HttpServer>> start(const ServerOptions& options, ServerPorts ports);
  /// Stops as stop() does.
  ~HttpServer();

  /// The bound port.
  uint16_t port() const;
  /// True when every socket of this server can only be reached from this machine.
  bool loopback() const;

  /// Calls `done` once every event loop has come round to it: proof that none is stuck.
  /// Thread-safe; not after stop().
  void answer_when_alive(std::function<void()> done);
  /// /readyz answers 503 from now on; everything else goes on. Thread-safe, idempotent.
  void start_draining();
  /// Drains: stops accepting, lets requests in flight finish (at most drain_timeout), ends the streams,
  /// closes every connection, joins the threads. Idempotent.
  void stop();

 private:
  struct Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// True for 127.0.0.0/8, ::1 and "localhost": where an open API is allowed.
bool is_loopback_address(const std::string& address);

}  // namespace holdfast::http
