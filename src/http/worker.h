// An `http-N` thread: its event loop, its connections, and the commands they give in one round,
// which go to the engine together.
//
// Made by the server. run() is the thread; add_connection(), drain() and stop() are called from
// others; everything else is confined to the thread.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "http/connection.h"
#include "http/exchange.h"
#include "http/mailbox.h"
#include "http/server.h"
#include "http/session.h"
#include "io/reactor.h"
#include "model/command.h"

namespace holdfast::http {

class Api;

/// What the workers of a server share. Thread-safe.
struct ServerCounts {
  std::atomic<size_t> connections{0};
  std::atomic<int64_t> body_bytes{0};
};

class Worker final : public RequestHandler {
 public:
  /// `closed(peer)` is called, on this thread, for every connection that ends.
  Worker(Api& api, const ServerOptions& options, const ServerPorts& ports, ServerCounts& counts,
         std::function<void(const io::PeerAddress&)> closed);
  ~Worker() override;

  // ---- from any thread ----
  void run();
  void add_connection(int descriptor, io::PeerAddress peer);
  /// Sessions finish what they owe and close; `drained` is called on this thread once none is left.
  void drain(std::function<void()> drained);
  void stop() { reactor_.stop(); }
  io::Reactor& reactor() { return reactor_; }

  // ---- for handlers ----
  const std::shared_ptr<Mailbox>& mailbox() { return mailbox_; }
  /// A single command: joins this round's submission and is answered as one object.
  void submit_command(Command&& command, const Responder& responder, std::string_view path);
  /// What was gathered goes to the engine now. Before a query, so that it reflects earlier requests
  /// of its connection, and before any other submission.
  void flush_commands();
  void answer(const Responder& responder, Answer answer);
  /// The answer will be a stream of `producer`. Until it has ended its connection takes no request
  /// behind it: a connection has one producer at a time. Call before the handler returns.
  void expect_stream(const Responder& responder, std::shared_ptr<StreamProducer> producer);
  /// An expected stream does not begin after all.
  void answer_instead_of_stream(const Responder& responder, Answer answer);
  /// Begins an expected stream. False when the connection is gone.
  bool begin_stream(const Responder& responder, Answer answer);
  enum class StreamState { kOpen, kFull, kGone };
  /// kFull: taken, but wait for on_space().
  StreamState stream(const Responder& responder, std::string_view bytes);
  void end_stream(Responder responder);  ///< by value: the producer that owns it may go
  /// Of the connection whose request is being handled.
  SeenCredential& seen_credential() { return current_->seen_credential(); }

  // ---- for sessions ----
  Duration now() const { return now_; }
  const ConnectionLimits& connection_limits() const { return limits_; }
  void queue_flush(Session& session);
  /// Bodies over all connections hold more than body_bytes_total_max: one of no stated length is refused.
  bool bodies_too_large() const;
  Answer too_many_bodies(std::string_view path) const;
  void account_body(int64_t by) { counts_.body_bytes.fetch_add(by, std::memory_order_relaxed); }
  void set_current(Session* session) { current_ = session; }

  // ---- RequestHandler ----
  BodyRule body_rule(const Head& head) override;
  void on_request(Connection& connection, uint64_t ticket, const Head& head,
                  std::string_view body) override;
  Answer refusal(int status, std::string_view reason) override;
  std::string_view date_line() override { return date_line_; }
  RequestId request_id(std::string_view given) override { return request_ids_.take(given); }
  void on_refused(const RequestId& id, const Answer& answer) override;
  Head& scratch_head() override { return scratch_head_; }

 private:
  struct Owed {
    Responder responder;
    std::string path;
  };

  void adopt(int descriptor, const io::PeerAddress& peer);
  Session* find(const Responder& responder);
  void end_of_round();
  void tick();
  void end_session(Session& session);
  void refresh_time();
  void answer_outcomes(const std::vector<Owed>& owed, const std::vector<Outcome>& outcomes);

  Api& api_;
  const ServerOptions& options_;
  const ServerPorts& ports_;
  ServerCounts& counts_;
  std::function<void(const io::PeerAddress&)> closed_;
  ConnectionLimits limits_;
  io::Reactor reactor_;
  std::shared_ptr<Mailbox> mailbox_;

  std::vector<std::unique_ptr<Session>> sessions_;  // by index; null = free
  std::vector<uint32_t> generations_;               // by index
  std::vector<uint32_t> free_;
  std::vector<std::pair<uint32_t, uint32_t>> to_flush_;  // index, generation
  std::vector<std::pair<uint32_t, uint32_t>> flushing_;
  size_t session_count_ = 0;
  Session* current_ = nullptr;  ///< whose bytes are being handled

  std::vector<Command> commands_;  ///< gathered in this round, with whom their answers are owed
  std::vector<Owed> owed_;

  Head scratch_head_;
  SystemRandom random_;
  RequestIds request_ids_{random_};
  int log_lines_left_ = 0;  ///< of warnings and errors, in this second
  uint64_t log_lines_left_out_ = 0;
  std::string date_line_;
  int64_t date_second_ = -1;
  Duration now_ = 0;
  std::function<void()> drained_;
  bool draining_ = false;
};

}  // namespace holdfast::http
