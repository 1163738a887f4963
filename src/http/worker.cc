#include "http/worker.h"

#include <ctime>
#include <utility>

#include <unistd.h>

#include "http/api.h"
#include "http/problem.h"
#include "http/render.h"
#include "io/tls.h"

namespace holdfast::http {
namespace {

constexpr Duration kTick = 250 * kMillisecond;
// Of one submission. A round with more makes several, so that the first are decided and flushed while the
// rest are parsed; smaller ones cost more wake-ups than they save.
constexpr size_t kGatheredMax = 16;
// Warnings of one loop in one second: a flood of refusals must not become a flood of lines.
constexpr int kLogLinesPerSecond = 20;

ConnectionLimits limits_of(const ServerOptions& options) {
  ConnectionLimits limits;
  limits.pipelined_max = options.pipelined_max;
  limits.head_timeout = options.head_timeout;
  limits.body_grace = options.head_timeout;
  limits.idle_timeout = options.idle_timeout;
  limits.write_timeout = options.write_timeout;
  return limits;
}

ErrorCode code_of_refusal(int status) {
  return status == 413 ? ErrorCode::kBodyTooLarge : ErrorCode::kBadRequest;
}

/// What a client did wrong is its own business; what we could not do, and who was not let in, is
/// the operator's.
telemetry::LogLevel level_of(int status) {
  using enum telemetry::LogLevel;
  if (status >= 500) return status == 500 ? kError : kWarning;
  return status == 401 || status == 403 || status == 429 ? kWarning : kDebug;
}

/// IMF-fixdate (RFC 9110 §5.6.7).
std::string date_of(int64_t unix_seconds) {
  const auto seconds = static_cast<std::time_t>(unix_seconds);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  char text[64];
  const size_t size =
      std::strftime(text, sizeof text, "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &parts);
  return {text, size};
}

}  // namespace

Worker::Worker(Api& api, const ServerOptions& options, const ServerPorts& ports,
               ServerCounts& counts, std::function<void(const io::PeerAddress&)> closed)
    : api_(api),
      options_(options),
      ports_(ports),
      counts_(counts),
      closed_(std::move(closed)),
      limits_(limits_of(options)),
      mailbox_(std::make_shared<Mailbox>(reactor_)) {
  refresh_time();
}

Worker::~Worker() { mailbox_->close(); }

void Worker::run() {
  refresh_time();
  reactor_.every(kTick, [this] { tick(); });
  reactor_.run([this] { end_of_round(); });
  mailbox_->close();
  for (auto& session : sessions_)
    if (session) end_session(*session);
}

void Worker::refresh_time() {
  now_ = ports_.clock.boot();
  const int64_t second = ports_.clock.wall().us / kSecond;
  if (second == date_second_) return;
  date_second_ = second;
  log_lines_left_ = kLogLinesPerSecond;
  if (const uint64_t left_out = std::exchange(log_lines_left_out_, 0)) {
    ports_.log.warning("more requests were refused than are written down",
                       {{"requests", left_out}});
  }
  date_line_ = date_of(second);
}

// ---- connections ----

void Worker::add_connection(int descriptor, io::PeerAddress peer) {
  reactor_.post([this, descriptor, peer] { adopt(descriptor, peer); });
}

void Worker::adopt(int descriptor, const io::PeerAddress& peer) {
  if (draining_) {
    ::close(descriptor);
    closed_(peer);
    return;
  }
  if (free_.empty()) {
    free_.push_back(static_cast<uint32_t>(sessions_.size()));
    sessions_.emplace_back();
    generations_.push_back(0);
  }
  const uint32_t index = free_.back();
  free_.pop_back();
  sessions_[index] = std::make_unique<Session>(*this, index, generations_[index],
                                               reactor_.adopt(descriptor), peer,
                                               ports_.tls ? ports_.tls->accept() : nullptr);
  ++session_count_;
  sessions_[index]->start();
}

void Worker::end_session(Session& session) {
  const io::PeerAddress peer = session.peer();
  const uint32_t index = session.index();
  ++generations_[index];
  sessions_[index].reset();
  free_.push_back(index);
  --session_count_;
  closed_(peer);
  if (session_count_ == 0 && drained_) std::exchange(drained_, nullptr)();
}

Session* Worker::find(const Responder& responder) {
  if (responder.session >= sessions_.size()) return nullptr;
  if (generations_[responder.session] != responder.generation) return nullptr;
  return sessions_[responder.session].get();
}

void Worker::queue_flush(Session& session) {
  if (session.queued()) return;
  session.set_queued(true);
  to_flush_.emplace_back(session.index(), session.generation());
}

/// Everything that was ready has been handled: commands leave together, then answers.
void Worker::end_of_round() {
  flush_commands();
  while (!to_flush_.empty()) {
    flushing_.swap(to_flush_);
    for (const auto& [index, generation] : flushing_) {
      Session* session = find({index, generation, 0});
      if (session == nullptr) continue;
      session->set_queued(false);
      if (!session->flush()) end_session(*session);
    }
    flushing_.clear();
    flush_commands();  // of requests that were held back until answers had left
  }
  refresh_time();
}

void Worker::tick() {
  refresh_time();
  for (size_t index = 0; index < sessions_.size(); ++index)
    if (sessions_[index] && !sessions_[index]->check_time()) end_session(*sessions_[index]);
}

void Worker::drain(std::function<void()> drained) {
  reactor_.post([this, drained = std::move(drained)]() mutable {
    draining_ = true;
    if (session_count_ == 0) return drained();
    drained_ = std::move(drained);
    for (auto& session : sessions_)
      if (session) session->drain();
  });
}

// ---- requests ----

RequestHandler::BodyRule Worker::body_rule(const Head& head) {
  BodyRule rule;
  rule.bytes_max = api_.body_bytes_max(head);
  const int64_t held = counts_.body_bytes.load(std::memory_order_relaxed);
  const auto wanted = static_cast<int64_t>(std::min<uint64_t>(head.content_length, rule.bytes_max));
  if (head.has_body() && held + wanted > static_cast<int64_t>(options_.body_bytes_total_max))
    rule.refusal = too_many_bodies(head.path);
  else if (head.has_body())
    rule.refusal = api_.refused_before_body(*this, head);
  return rule;
}

bool Worker::bodies_too_large() const {
  return counts_.body_bytes.load(std::memory_order_relaxed) >
         static_cast<int64_t>(options_.body_bytes_total_max);
}

Answer Worker::too_many_bodies(std::string_view path) const {
  return problem_answer(
      Error{ErrorCode::kOverloaded, "too many large bodies at once: retry after a moment", {}},
      path);
}

void Worker::on_request(Connection&, uint64_t ticket, const Head& head, std::string_view body) {
  const Responder responder{current_->index(), current_->generation(), ticket};
  api_.handle(*this, responder, head, body);
}

Answer Worker::refusal(int status, std::string_view reason) {
  api_.metrics().framing_refused.add();
  return problem_answer(status, Error{code_of_refusal(status), std::string(reason), {}}, {});
}

void Worker::on_refused(const RequestId& id, const Answer& answer) {
  const telemetry::LogLevel level = level_of(answer.status);
  if (!ports_.log.enabled(level)) return;
  if (level > telemetry::LogLevel::kDebug && log_lines_left_-- <= 0) {
    ++log_lines_left_out_;
    return;
  }
  ports_.log.write(level, "request refused",
                   {{"request_id", id.text()},
                    {"status", answer.status},
                    {"code", name_of(answer.code)},
                    {"path", answer.instance}});
}

void Worker::submit_command(Command&& command, const Responder& responder, std::string_view path) {
  // A count of the past may have to wait for a walk through the log: it keeps nobody waiting but
  // itself.
  const bool alone = command.type == CommandType::kStockCounted;
  if (alone) flush_commands();
  if (!alone) commands_.reserve(kGatheredMax);  // they are large: none moves twice
  commands_.push_back(std::move(command));
  owed_.push_back({responder, std::string(path)});
  if (alone || commands_.size() >= kGatheredMax) flush_commands();
}

void Worker::flush_commands() {
  if (commands_.empty()) return;
  auto owed = std::make_shared<std::vector<Owed>>(std::exchange(owed_, {}));
  owed_.reserve(owed->size());
  const bool taken = ports_.commands.submit(
      std::exchange(commands_, {}), [this, owed, mailbox = mailbox_](Decided decided) mutable {
        mailbox->post([this, owed, decided = std::move(decided)] {
          answer_outcomes(*owed, decided.outcomes);
        });
      });
  if (taken) return;
  const Error error = api_.not_taken();
  for (const Owed& one : *owed) answer(one.responder, problem_answer(error, one.path));
}

void Worker::answer_outcomes(const std::vector<Owed>& owed, const std::vector<Outcome>& outcomes) {
  for (size_t i = 0; i < owed.size() && i < outcomes.size(); ++i)
    answer(owed[i].responder, outcome_answer(outcomes[i], owed[i].path));
}

void Worker::answer(const Responder& responder, Answer answer) {
  api_.metrics().count_answer(answer.status);
  Session* session = find(responder);
  if (session == nullptr) return;
  Session* before = std::exchange(current_, session);
  session->connection().answer(responder.ticket, std::move(answer), now_);
  current_ = before;
  queue_flush(*session);
}

void Worker::expect_stream(const Responder& responder, std::shared_ptr<StreamProducer> producer) {
  Session* session = find(responder);
  if (session == nullptr) return;
  session->set_producer(std::move(producer));
  session->connection().expect_stream(responder.ticket);
}

void Worker::answer_instead_of_stream(const Responder& responder, Answer answer) {
  if (Session* session = find(responder)) session->set_producer(nullptr);
  this->answer(responder, std::move(answer));
}

bool Worker::begin_stream(const Responder& responder, Answer answer) {
  api_.metrics().count_answer(answer.status);
  Session* session = find(responder);
  if (session == nullptr) return false;
  session->connection().begin_stream(responder.ticket, std::move(answer), now_);
  queue_flush(*session);
  return true;
}

Worker::StreamState Worker::stream(const Responder& responder, std::string_view bytes) {
  Session* session = find(responder);
  if (session == nullptr || !session->connection().stream(responder.ticket, bytes, now_))
    return StreamState::kGone;
  queue_flush(*session);
  if (!session->connection().stream_full()) return StreamState::kOpen;
  session->set_waiting_for_space();
  return StreamState::kFull;
}

void Worker::end_stream(Responder responder) {
  Session* session = find(responder);
  if (session == nullptr) return;
  session->set_producer(nullptr);
  Session* before = std::exchange(current_, session);
  session->connection().end_stream(responder.ticket, now_);
  current_ = before;
  queue_flush(*session);
}

}  // namespace holdfast::http
