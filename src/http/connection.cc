#include "http/connection.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "base/invariant.h"

namespace holdfast::http {
namespace {

constexpr size_t kCompactFrom = 64 << 10;
constexpr size_t kKeepCapacity = 256 << 10;

/// A buffer that served one large body or answer gives its memory back.
void clear_buffer(std::string* buffer) {
  if (buffer->capacity() > kKeepCapacity)
    std::string().swap(*buffer);
  else
    buffer->clear();
}

/// A problem says which request it is about, so that whoever sees only the body can be helped too.
void name_request(const RequestId& id, Answer* answer) {
  if (id.text().empty() || answer->content_type != kProblemJson || !answer->body.ends_with('}'))
    return;
  answer->body.pop_back();
  answer->body.append(",\"request_id\":\"").append(id.text()).append("\"}");
}

void append_chunk(std::string* out, std::string_view bytes) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, bytes.size(), 16).ptr;
  out->append(digits, end).append("\r\n").append(bytes).append("\r\n");
}

}  // namespace

Connection::Connection(const ConnectionLimits& limits, RequestHandler& handler, Duration now)
    : limits_(limits), handler_(handler), phase_began_(now) {}

// ---- input ----

void Connection::receive(std::string_view bytes, Duration now) {
  if (closing_ || bytes.empty()) return;
  input_.append(bytes);
  parse(now);
}

void Connection::end_of_input(Duration now) {
  input_ended_ = true;
  parse(now);
  if (!closing_ && input_.size() == input_begin_) stop_input();
}

bool Connection::capped() const {
  return unanswered() >= limits_.pipelined_max || streams_ > 0 ||
         unsent() + held_bytes_ >= limits_.output_bytes_max;
}

bool Connection::wants_input() const { return !closing_ && !input_ended_ && !capped(); }

void Connection::parse(Duration now) {
  if (parsing_) return;
  parsing_ = true;
  if (held_back_ && !capped()) {
    held_back_ = false;
    phase_began_ = now;
  }
  while (!closing_) {
    if (capped()) {
      held_back_ = true;
      break;
    }
    if (phase_ == Phase::kIdle) {
      if (input_.size() == input_begin_) break;
      phase_ = Phase::kHead;
      phase_began_ = now;
      scanned_ = 0;
    }
    const bool going_on = phase_ == Phase::kHead ? parse_head(now) : parse_body(now);
    if (!going_on) break;
  }
  parsing_ = false;
  compact_input();
  // A request cut off in the middle is not answered: there is no telling what it would have been.
  if (input_ended_ && !closing_ && unanswered() == 0) stop_input();
}

/// True when there is more to do with what is buffered.
bool Connection::parse_head(Duration now) {
  const std::string_view bytes = std::string_view(input_).substr(input_begin_);
  const HeadEnd end = find_head_end(bytes, &scanned_);
  if (end.state == HeadEnd::State::kRefused) return refuse(end.refusal, now), false;
  if (end.state == HeadEnd::State::kIncomplete) return false;
  Head& head = handler_.scratch_head();
  if (auto refusal = read_head(bytes.substr(0, end.size), &head))
    return refuse(*refusal, now), false;

  RequestHandler::BodyRule rule = handler_.body_rule(head);
  if (rule.refusal) return refuse_with(std::move(*rule.refusal), now), false;
  if (head.content_length > rule.bytes_max)
    return refuse({413, kBodyTooLarge}, now), false;
  head_size_ = end.size;
  body_left_ = head.content_length;
  body_chunked_ = head.chunked;
  body_max_ = rule.bytes_max;
  if (!head.has_body()) {
    hand_on({}, now);
    return true;
  }
  if (!body_chunked_ && bytes.size() >= head_size_ + body_left_) {  // all of it came at once
    hand_on(bytes.substr(head_size_, body_left_), now);
    return true;
  }
  phase_ = Phase::kBody;
  phase_began_ = now;
  chunked_taken_ = 0;
  chunked_.reset();
  continue_owed_ = head.expects_continue;
  offer_continue(now);
  return true;
}

bool Connection::parse_body(Duration now) {
  std::string_view rest = std::string_view(input_).substr(input_begin_ + head_size_);
  if (!body_chunked_) {
    if (rest.size() < body_left_) return false;
    hand_on(rest.substr(0, body_left_), now);
    return true;
  }
  const size_t taken = chunked_.take(rest, body_max_, &body_);
  chunked_taken_ += taken;
  input_.erase(input_begin_ + head_size_,
               taken);  // the head stays: it is read again when all is here
  if (chunked_.refusal()) return refuse(*chunked_.refusal(), now), false;
  if (!chunked_.done()) return false;
  body_left_ = 0;
  hand_on(body_, now);
  clear_buffer(&body_);
  return true;
}

/// The request is complete: reads its head again (the buffer may have moved since) and hands it on.
void Connection::hand_on(std::string_view body, Duration now) {
  const std::string_view raw = std::string_view(input_).substr(input_begin_, head_size_);
  Head& head = handler_.scratch_head();
  if (phase_ == Phase::kBody) {
    const auto refusal = read_head(raw, &head);
    INVARIANT(!refusal, "a head that was accepted is refused: {}", refusal->reason);
  }
  continue_owed_ = false;
  const uint64_t ticket = next_ticket_++;
  Slot& made = slots_.emplace_back();
  made.keep_alive = head.keep_alive && !draining_;
  made.head_only = head.method == "HEAD";
  made.minor = static_cast<uint8_t>(head.minor);
  made.id = handler_.request_id(head.request_id);
  const bool last = !made.keep_alive;
  const size_t consumed = head_size_ + (body_chunked_ ? 0 : body.size());
  handler_.on_request(*this, ticket, head, body);
  if (closing_) return;  // answered at once, and for the last time
  input_begin_ += consumed;
  phase_ = Phase::kIdle;
  phase_began_ = now;
  if (last) stop_input();
}

/// The client waits for a word before it sends its body: only once no earlier answer is owed.
void Connection::offer_continue(Duration now) {
  if (!continue_owed_ || unanswered() > 0) return;
  if (unsent() == 0) output_since_ = now;
  continue_owed_ = false;
  output_.append("HTTP/1.1 100 Continue\r\n\r\n");
}

void Connection::refuse(const Refusal& refusal, Duration now) {
  refuse_with(handler_.refusal(refusal.status, refusal.reason), now);
}

void Connection::refuse_with(Answer refusal, Duration now) {
  const uint64_t ticket = next_ticket_++;
  Slot& made = slots_.emplace_back();
  made.keep_alive = false;
  made.id = handler_.request_id({});
  refused_ = true;
  stop_input();
  answer(ticket, std::move(refusal), now);
}

void Connection::refuse_body(Answer refusal, Duration now) {
  if (phase_ == Phase::kBody) refuse_with(std::move(refusal), now);
}

size_t Connection::held_input() const {
  const size_t held = input_.size() - input_begin_ + body_.size();
  if (phase_ != Phase::kBody || body_chunked_) return held;
  return std::max(held, head_size_ + body_left_);
}

void Connection::stop_input() {
  closing_ = true;
  phase_ = Phase::kClosed;
  if (parsing_) {
    input_begin_ = input_.size();  // views into it are still in use further up
  } else {
    std::string().swap(input_);
    input_begin_ = 0;
    std::string().swap(body_);
  }
}

void Connection::compact_input() {
  if (input_begin_ >= input_.size()) {
    clear_buffer(&input_);
    input_begin_ = 0;
  } else if (input_begin_ > kCompactFrom) {
    input_.erase(0, input_begin_);
    input_begin_ = 0;
  }
}

void Connection::drain(Duration now) {
  draining_ = true;
  if (phase_ == Phase::kIdle) stop_input();
  check_time(now);
}

// ---- answers ----

Connection::Slot* Connection::slot(uint64_t ticket) {
  if (ticket < first_ticket_ || ticket >= next_ticket_) return nullptr;
  return &slots_[first_slot_ + (ticket - first_ticket_)];
}

/// Where the bytes of that answer go now: out, or aside until its turn comes.
std::string* Connection::sink_of(Slot& slot, uint64_t ticket, Duration now) {
  if (!is_front(ticket)) return &slot.bytes;
  if (unsent() == 0) output_since_ = now;
  return &output_;
}

void Connection::answer(uint64_t ticket, Answer answer, Duration now) {
  Slot* slot = this->slot(ticket);
  if (slot == nullptr || slot->done || slot->streaming) return;
  if (draining_ && ticket + 1 == next_ticket_) slot->keep_alive = false;
  if (answer.status >= 400) {
    handler_.on_refused(slot->id, answer);
    name_request(slot->id, &answer);
  }
  std::string* out = sink_of(*slot, ticket, now);
  const size_t before = out->size();
  append_head(out, answer, handler_.date_line(), slot->id.text(), false, !slot->keep_alive,
              slot->minor);
  if (!slot->head_only) out->append(answer.body);
  slot->done = true;
  if (slot->expects_stream) --streams_;
  if (is_front(ticket))
    settle_front(now);
  else
    held_bytes_ += out->size() - before;
}

void Connection::expect_stream(uint64_t ticket) {
  Slot* slot = this->slot(ticket);
  if (slot == nullptr || slot->done || slot->expects_stream) return;
  slot->expects_stream = true;
  ++streams_;
}

void Connection::begin_stream(uint64_t ticket, Answer answer, Duration now) {
  Slot* slot = this->slot(ticket);
  if (slot == nullptr || slot->done || slot->streaming) return;
  expect_stream(ticket);
  slot->streaming = true;
  const bool chunked = slot->minor == 1;
  if (!chunked || draining_) slot->keep_alive = false;
  std::string* out = sink_of(*slot, ticket, now);
  const size_t before = out->size();
  append_head(out, answer, handler_.date_line(), slot->id.text(), true, !slot->keep_alive,
              slot->minor);
  if (!chunked) {  // HTTP/1.0 knows no chunks: the body ends with the connection
    constexpr std::string_view kCoding = "Transfer-Encoding: chunked\r\n";
    out->erase(out->find(kCoding, before), kCoding.size());
  }
  if (!is_front(ticket)) held_bytes_ += out->size() - before;
  if (slot->head_only) end_stream(ticket, now);
}

bool Connection::stream(uint64_t ticket, std::string_view bytes, Duration now) {
  Slot* slot = this->slot(ticket);
  if (slot == nullptr || !slot->streaming || slot->done || aborted_) return false;
  if (bytes.empty()) return true;
  std::string* out = sink_of(*slot, ticket, now);
  const size_t before = out->size();
  if (slot->minor == 1)
    append_chunk(out, bytes);
  else
    out->append(bytes);
  if (!is_front(ticket)) held_bytes_ += out->size() - before;
  return true;
}

void Connection::end_stream(uint64_t ticket, Duration now) {
  Slot* slot = this->slot(ticket);
  if (slot == nullptr || !slot->streaming || slot->done) return;
  slot->done = true;
  --streams_;
  std::string* out = sink_of(*slot, ticket, now);
  const size_t before = out->size();
  if (slot->minor == 1 && !slot->head_only) out->append("0\r\n\r\n");
  if (is_front(ticket))
    settle_front(now);
  else
    held_bytes_ += out->size() - before;
}

/// Slots that are done leave; the next one's bytes follow.
void Connection::settle_front(Duration now) {
  while (first_slot_ < slots_.size() && slots_[first_slot_].done) {
    const bool last = !slots_[first_slot_].keep_alive;
    ++first_slot_;
    ++first_ticket_;
    if (last) {
      // Requests behind a closing answer were pipelined against the rules: they get none.
      slots_.resize(first_slot_);
      next_ticket_ = first_ticket_;
      stop_input();
      break;
    }
    if (first_slot_ < slots_.size()) {
      Slot& next = slots_[first_slot_];
      output_.append(next.bytes);
      held_bytes_ -= next.bytes.size();
      std::string().swap(next.bytes);
    }
  }
  drop_settled();
  if (unanswered() == 0) {
    if (phase_ == Phase::kIdle) phase_began_ = now;
    if (phase_ == Phase::kBody) offer_continue(now);
    if (draining_ && phase_ == Phase::kIdle) stop_input();
  }
  if (!parsing_ && !closing_) parse(now);  // requests the cap had held back
}

void Connection::drop_settled() {
  if (first_slot_ == slots_.size()) {
    slots_.clear();
    first_slot_ = 0;
  } else if (first_slot_ > limits_.pipelined_max) {
    slots_.erase(slots_.begin(), slots_.begin() + static_cast<ptrdiff_t>(first_slot_));
    first_slot_ = 0;
  }
}

// ---- output and time ----

void Connection::sent(size_t count, Duration now) {
  output_sent_ += count;
  output_since_ = now;
  if (output_sent_ == output_.size()) {
    clear_buffer(&output_);
    output_sent_ = 0;
  } else if (output_sent_ > kCompactFrom) {
    output_.erase(0, output_sent_);
    output_sent_ = 0;
  }
  if (held_back_ && !closing_) parse(now);
}

bool Connection::finished() const { return closing_ && unanswered() == 0; }

Duration Connection::deadline() const {
  Duration next = std::numeric_limits<Duration>::max();
  if (unsent() > 0) next = std::min(next, output_since_ + limits_.write_timeout);
  switch (phase_) {
    case Phase::kIdle:
      if (unanswered() == 0 && unsent() == 0)
        next = std::min(next, phase_began_ + limits_.idle_timeout);
      break;
    case Phase::kHead:
      if (!capped()) next = std::min(next, phase_began_ + limits_.head_timeout);
      break;
    case Phase::kBody: {
      if (capped()) break;  // we keep the sender waiting, not the other way round
      const auto received = static_cast<int64_t>(
          body_chunked_ ? chunked_taken_ : input_.size() - input_begin_ - head_size_);
      const Duration earned = received * kSecond / limits_.body_bytes_per_s_min;
      next = std::min(next, phase_began_ + limits_.body_grace + earned);
      break;
    }
    case Phase::kClosed:
      break;
  }
  return next;
}

void Connection::check_time(Duration now) {
  if (aborted_ || now < deadline()) return;
  if (unsent() > 0 && now >= output_since_ + limits_.write_timeout) {
    aborted_ = true;
    stop_input();
    return;
  }
  switch (phase_) {
    case Phase::kIdle:
      stop_input();
      break;
    case Phase::kHead:
      refuse({408, "the request head took too long"}, now);
      break;
    case Phase::kBody:
      refuse({408, "the request body came too slowly"}, now);
      break;
    case Phase::kClosed:
      break;
  }
}

}  // namespace holdfast::http
