// A running node, of one machine or of many: journal or shared ledger, engine, feed, intake and HTTP server, wired and started
// in order, drained in reverse.
//
// Made by serve and demo. Confined to the thread that made it, but for the accessors of thread-safe
// parts.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "app/config/config.h"
#include "app/shared_ledger.h"
#include "app/shared_tables.h"
#include "app/watchdog.h"
#include "base/random.h"
#include "base/result.h"
#include "base/time.h"
#include "connectors/config.h"
#include "engine/executor.h"
#include "engine/local_executor.h"
#include "engine/recovery.h"
#include "feed/feed.h"
#include "feed/log_feed_source.h"
#include "http/key_book.h"
#include "http/key_refresher.h"
#include "http/server.h"
#include "intake/intake.h"
#include "io/tls.h"
#include "store/journal/journal.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

namespace holdfast::app {

struct NodeOptions {
  ListenAddress listen;
  std::string tls_cert, tls_key;  ///< PEM files; both empty: plain HTTP
  std::string data_dir;
  std::string ledger_url;  ///< of a shared ledger; empty: the journal in data_dir
  std::string ledger_durability = "auto";
  bool accept_clock = false;
  Duration idempotency_window = 7 * kDay;
  uint64_t idempotency_keys_max = 0;
  http::RateLimit requests_per_key;
  HoldQuota hold_quota;  ///< of one key's name
  uint64_t segment_bytes = 0;    ///< of the journal's new segments; 0: as is best. For tests
  uint64_t snapshot_events = 0;  ///< between two snapshots; 0: as is best. For tests
  std::vector<ChannelConfig> channels;
  std::vector<connectors::SourceConfig> sources;
  std::vector<connectors::SinkConfig> sinks;
  /// Stands between the engine and everyone who submits; none: nobody does. The demo listens in
  /// here.
  std::function<std::unique_ptr<CommandPort>(CommandPort& engine)> port_around;
  /// A flush failed: called on an engine thread; the process must end.
  std::function<void(const Error&)> on_fatal;
};

class Node {
 public:
  /// Opens the data directory, recovers, applies the configured channels, starts couriers and
  /// server. Errors are for the operator: they name the file or address and the remedy; kConfigInvalid: an
  /// address that needs keys, and there are none.
  static Result<std::unique_ptr<Node>> start(NodeOptions options, telemetry::Log& log);
  /// Ends without a drain where drain() was not called.
  ~Node();

  uint16_t port() const { return http_->port(); }
  bool loopback() const { return http_->loopback(); }
  /// Whether requests need a key.
  bool has_keys() const { return !keys_->empty(); }
  bool has_tls() const { return tls_ != nullptr; }
  /// Reads the certificate again, for new connections; the old one goes on where that fails.
  void reload_tls();
  const engine::RecoveryFacts& recovery() const { return recovery_; }
  /// Null on a shared ledger.
  const store::Recovery* journal_recovery() const {
    return journal_ ? &journal_->recovery() : nullptr;
  }
  const std::string& ledger_id() const { return events_->identity().ledger_id; }
  store::EventLog& store() { return *events_; }
  /// Null where the ledger is this machine's alone.
  const SharedLedger* shared() const { return shared_.get(); }
  CommandPort& commands() { return *port_; }
  feed::Feed& feed() { return *feed_; }
  /// REQUIRES: the ledger of one machine.
  const ledger::Ledger& ledger_after_drain() const { return local_->ledger(); }

  /// Has every part that must move for an answer looked after by `watchdog`, which may be asked
  /// until drain().
  void be_watched_by(Watchdog* watchdog);
  /// Readiness off; requests in flight finish; everything is flushed; a snapshot is written.
  Status drain();

  /// The ledger was restored or cut, and its sinks and sources are paused until resume().
  bool resume_awaited() const { return resume_awaited_; }
  /// They go on, and begin so at the next start too. False: nothing was waiting. Thread-safe.
  Result<bool> resume();

 private:
  Node(NodeOptions options, telemetry::Log& log);
  Status start_engine();
  Status start_local();
  Status start_shared();
  Status load_tls();
  Status open_keys();
  Status check_source_names() const;
  Status apply_channels();
  Status start_feed();
  Status start_intake();
  Status start_http();
  void start_couriers();

  NodeOptions options_;
  telemetry::Log& log_;
  SystemClock clock_;
  SystemRandom random_;
  telemetry::Metrics metrics_;
  std::unique_ptr<store::Journal> journal_;
  std::unique_ptr<engine::SnapshotPort> snapshots_;
  std::unique_ptr<engine::LocalExecutor> local_;
  std::unique_ptr<SharedLedger> shared_;
  engine::Executor* executor_ = nullptr;  ///< local_, or shared_'s
  store::EventLog* events_ = nullptr;     ///< journal_, or shared_'s
  engine::RecoveryFacts recovery_;
  std::unique_ptr<CommandPort> around_;
  CommandPort* port_ = nullptr;  ///< around_, or executor_
  std::unique_ptr<SharedTables> tables_;  ///< null where the ledger is this machine's alone
  std::unique_ptr<feed::LogFeedSource> feed_source_;
  std::unique_ptr<feed::Feed> feed_;
  std::unique_ptr<intake::Intake> intake_;
  std::unique_ptr<http::KeyBook> keys_;
  std::unique_ptr<http::KeyRefresher> key_changes_;  ///< null where nobody else changes them
  std::unique_ptr<io::TlsContext> tls_;
  std::unique_ptr<http::HttpServer> http_;
  std::atomic<bool> resume_awaited_{false};
  std::mutex resume_mutex_;  ///< one resume() at a time
};

}  // namespace holdfast::app
