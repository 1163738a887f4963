// One HTTP/1.1 connection as a state machine without I/O: bytes and time in; requests, answer bytes
// and deadlines out. Answers may come in any order and leave in the order of their requests.
//
// Used by the server (over sockets), by tests and the fuzzer (by hand). Confined to one thread.
//
// After any refused framing the rest of the input is never looked at: the refusal is answered after
// the answers already owed, and the connection closes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "http/answer.h"
#include "http/chunked_body.h"
#include "http/framing_guard.h"
#include "http/request_id.h"

namespace holdfast::http {

class Connection;

/// What the connection asks of whoever handles its requests.
class RequestHandler {
 public:
  virtual ~RequestHandler() = default;

  /// How a request's body is to be taken, asked once its head is complete.
  struct BodyRule {
    size_t bytes_max = 0;
    std::optional<Answer> refusal;  ///< answer this at once, unread body and all, and close
  };
  virtual BodyRule body_rule(const Head& head) = 0;

  /// A whole request. `head` and `body` are views that end with the call. Answer with `ticket` now
  /// or later, exactly once.
  virtual void on_request(Connection& connection, uint64_t ticket, const Head& head,
                          std::string_view body) = 0;
  /// A framing refusal or a timeout as an answer; the connection closes after it.
  virtual Answer refusal(int status, std::string_view reason) = 0;
  /// "Date: …\r\n" as of now.
  virtual std::string_view date_line() = 0;
  /// The id of a request, `given` being the client's own. An empty one is told to nobody.
  virtual RequestId request_id(std::string_view /*given*/) { return {}; }
  /// A status of 400 or above is on its way.
  virtual void on_refused(const RequestId& /*id*/, const Answer& /*answer*/) {}
  /// Scratch for heads, shared by the connections of a thread.
  virtual Head& scratch_head() = 0;
};

struct ConnectionLimits {
  size_t pipelined_max = 64;
  size_t output_bytes_max = 1 << 20;    ///< unsent answers beyond it: no further request is read
  size_t stream_bytes_max = 256 << 10;  ///< unsent stream bytes beyond it: stream_full()
  Duration head_timeout = 10 * kSecond;
  Duration idle_timeout = 75 * kSecond;
  Duration write_timeout = 30 * kSecond;
  Duration body_grace = 10 * kSecond;  ///< before the rate below counts
  int64_t body_bytes_per_s_min = 1'024;
};

class Connection {
 public:
  Connection(const ConnectionLimits& limits, RequestHandler& handler, Duration now);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // ---- in ----
  /// Bytes from the peer. Handles every request they complete, up to the pipelining cap.
  void receive(std::string_view bytes, Duration now);
  /// The peer will send no more.
  void end_of_input(Duration now);
  /// `count` bytes of output() have left.
  void sent(size_t count, Duration now);
  /// Looks at the deadlines.
  void check_time(Duration now);
  /// No request is taken after those already complete; answers carry `Connection: close`.
  void drain(Duration now);

  // ---- answers ----
  void answer(uint64_t ticket, Answer answer, Duration now);
  /// The answer will be a stream, though it begins only later: no further request is taken until it
  /// ends.
  void expect_stream(uint64_t ticket);
  /// An answer without an end yet; `answer.body` is ignored. HTTP/1.0 gets it unchunked, until
  /// close.
  void begin_stream(uint64_t ticket, Answer answer, Duration now);
  /// False when the peer is gone or the stream was ended: stop producing.
  bool stream(uint64_t ticket, std::string_view bytes, Duration now);
  void end_stream(uint64_t ticket, Duration now);
  /// Bytes not yet sent are over the limit: produce no more for now.
  bool stream_full() const { return unsent() + held_bytes_ >= limits_.stream_bytes_max; }

  // ---- out ----
  std::string_view output() const { return std::string_view(output_).substr(output_sent_); }
  bool wants_input() const;
  /// All that was owed is in output() (send it, then close); nothing more will come.
  bool finished() const;
  /// Close now, unsent output or not: the peer neither reads nor writes in time.
  bool aborted() const { return aborted_; }
  /// Input was refused: more of it may be on its way.
  bool refused() const { return refused_; }
  /// When check_time() has something to do at the latest.
  Duration deadline() const;
  /// Requests handed on and not yet answered in full.
  size_t unanswered() const { return slots_.size() - first_slot_; }
  /// Bytes of input that are held, or promised by the head of the request whose body is coming.
  size_t held_input() const;
  /// A chunked body is coming: its length is known only when it is here.
  bool in_chunked_body() const { return phase_ == Phase::kBody && body_chunked_; }
  /// Answers the request whose body is coming with `refusal`, takes no more of it, and closes.
  void refuse_body(Answer refusal, Duration now);

 private:
  enum class Phase : uint8_t { kIdle, kHead, kBody, kClosed };
  struct Slot {
    bool keep_alive = true;
    bool head_only = false;  ///< HEAD: the body is counted, not sent
    uint8_t minor = 1;
    bool expects_stream = false;  ///< counted in streams_
    bool streaming = false;
    bool done = false;
    RequestId id;
    std::string bytes;  ///< made before its turn
  };

  void parse(Duration now);
  bool parse_head(Duration now);
  bool parse_body(Duration now);
  void hand_on(std::string_view body, Duration now);
  void refuse(const Refusal& refusal, Duration now);
  void refuse_with(Answer answer, Duration now);
  void stop_input();
  void compact_input();
  Slot* slot(uint64_t ticket);
  bool is_front(uint64_t ticket) const { return ticket == first_ticket_; }
  void settle_front(Duration now);
  void drop_settled();
  bool capped() const;
  std::string* sink_of(Slot& slot, uint64_t ticket, Duration now);
  void offer_continue(Duration now);
  size_t unsent() const { return output_.size() - output_sent_; }

  const ConnectionLimits& limits_;
  RequestHandler& handler_;

  // input: [input_begin_, end) is not yet consumed; the current request starts at input_begin_
  std::string input_;
  size_t input_begin_ = 0;
  size_t scanned_ = 0;  ///< relative to input_begin_, see find_head_end()
  Phase phase_ = Phase::kIdle;
  Duration phase_began_ = 0;
  size_t head_size_ = 0;
  uint64_t body_left_ = 0;  ///< Content-Length
  bool body_chunked_ = false;
  size_t body_max_ = 0;
  size_t chunked_taken_ = 0;  ///< bytes of the chunked body taken, for the rate
  bool continue_owed_ = false;
  ChunkedBody chunked_;
  std::string body_;        ///< a chunked body, decoded
  bool parsing_ = false;    ///< answers given inside on_request() must not recurse into parse()
  bool held_back_ = false;  ///< the cap stopped parse(): the sender's clock stands still

  // answers in the order of their requests
  std::vector<Slot> slots_;
  size_t first_slot_ = 0;
  uint64_t first_ticket_ = 1;
  uint64_t next_ticket_ = 1;
  std::string output_;
  size_t output_sent_ = 0;
  size_t held_bytes_ = 0;      ///< in slots whose turn has not come
  size_t streams_ = 0;         ///< open or expected ones; nothing is taken behind them
  Duration output_since_ = 0;  ///< since when the peer has taken nothing
  bool input_ended_ = false;
  bool closing_ = false;  ///< nothing further is read
  bool draining_ = false;
  bool aborted_ = false;
  bool refused_ = false;
};

}  // namespace holdfast::http
