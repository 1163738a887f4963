// What the handlers of all workers share: the ports, the metrics, the reader threads and the feed's pump;
// and the way from a request to its handler.
//
// Made by the server, before its workers. Thread-safe.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "http/auth.h"
#include "http/background.h"
#include "http/exchange.h"
#include "http/server.h"
#include "json/print.h"

namespace holdfast::http {

class FeedPump;

struct HttpMetrics {
  explicit HttpMetrics(telemetry::Metrics& metrics);
  void count_answer(int status);

  telemetry::Counter& framing_refused;
  telemetry::Counter& connections_refused;
  telemetry::Gauge& connections;
  telemetry::Gauge& feed_streams;

 private:
  std::array<telemetry::Counter*, 6> answers_;  ///< by first digit of the status
};

class Api {
 public:
  Api(const ServerOptions& options, const ServerPorts& ports);
  ~Api();

  /// Routes the request and calls its handler, which answers now or later.
  void handle(Worker& worker, const Responder& responder, const Head& head, std::string_view body);
  /// What the route of that head may carry.
  size_t body_bytes_max(const Head& head) const;
  /// Why a large body is not even taken: nobody knows its sender. nullopt = let it come.
  std::optional<Answer> refused_before_body(Worker& worker, const Head& head);

  const ServerOptions& options() const { return options_; }
  const ServerPorts& ports() const { return ports_; }
  HttpMetrics& metrics() { return metrics_; }
  Background& background() { return background_; }
  const Access& access() const { return access_; }
  FeedPump& feed() { return *feed_; }
  json::LedgerName ledger_name() const {
    return {ports_.events.ledger_id(), ports_.events.incarnation(), ports_.events.restores()};
  }
  /// Why a submission was not taken: kShuttingDown or kOverloaded.
  Error not_taken() const;

  bool draining() const { return draining_.load(std::memory_order_relaxed); }
  void set_draining() { draining_.store(true, std::memory_order_relaxed); }

 private:
  void save_key_use(const Principal& principal);

  const ServerOptions& options_;
  const ServerPorts& ports_;
  HttpMetrics metrics_;
  Access access_;
  Background background_;
  std::unique_ptr<FeedPump> feed_;
  std::atomic<bool> draining_{false};
};

}  // namespace holdfast::http
