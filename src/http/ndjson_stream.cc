#include "http/ndjson_stream.h"

#include <utility>

#include "http/problem.h"

namespace holdfast::http {

ItemOutcomes::ItemOutcomes(json::Items items, const Principal& principal) {
  outcomes_.resize(items.size());
  places_.reserve(items.size());
  commands_.reserve(items.size());
  for (size_t i = 0; i < items.size(); ++i) {
    if (items[i]) {
      if (const auto may = Access::permit(principal, &*items[i]); !may) {
        outcomes_[i] = json::rejected(may.error());
        continue;
      }
      places_.push_back(i);
      commands_.push_back(std::move(*items[i]));
    } else {
      outcomes_[i] = json::rejected(std::move(items[i]).error());
    }
  }
}

void ItemOutcomes::fill(std::vector<Outcome> outcomes) {
  for (size_t i = 0; i < places_.size() && i < outcomes.size(); ++i)
    outcomes_[places_[i]] = std::move(outcomes[i]);
}

NdjsonStream::NdjsonStream(Api& api, const Exchange& exchange, const json::ParseContext& context,
                           json::Accept accept)
    : api_(api),
      worker_(exchange.worker),
      responder_(exchange.responder),
      principal_(exchange.principal),
      body_(exchange.body),
      source_(context.source),
      key_(context.idempotency_header),
      path_(context.path),
      items_(body_,
             json::ParseContext{.source = source_,
                                .idempotency_header = key_,
                                .method = "POST",
                                .path = path_,
                                .from_source = false,
                                .dry_run = context.dry_run},
             accept) {}

/// From here to the end the copy of the body counts among the bytes the server holds.
void NdjsonStream::start() {
  worker_.account_body(static_cast<int64_t>(body_.size()));
  worker_.expect_stream(responder_, shared_from_this());
  submit_more();
}

void NdjsonStream::end() {
  if (std::exchange(over_, true)) return;
  worker_.account_body(-static_cast<int64_t>(body_.size()));
}

/// Keeps two slices with the engine: one is decided while the other is parsed.
void NdjsonStream::submit_more() {
  while (!over_ && !full_ && !ending_ && slices_.size() < kSlicesInFlight && !items_.at_end()) {
    auto slice = std::make_shared<Slice>(items_.next(kSliceItems), principal_);
    if (slice->outcomes.all().empty()) break;
    if (!submit(slice)) {
      ending_ = api_.not_taken();
      break;
    }
    slices_.push_back(std::move(slice));
    send_answered();
  }
  if (!over_ && slices_.empty() && (ending_ || items_.at_end())) finish();
}

/// False when the engine does not take it. A slice of malformed items only is answered already.
bool NdjsonStream::submit(const std::shared_ptr<Slice>& slice) {
  std::vector<Command> commands = slice->outcomes.take_commands();
  if (commands.empty()) {
    slice->answered = true;
    return true;
  }
  worker_.flush_commands();
  return api_.ports().commands.submit(
      std::move(commands), [self = shared_from_this(), slice,
                            mailbox = worker_.mailbox()](std::vector<Outcome> outcomes) mutable {
        mailbox->post([self, slice, outcomes = std::move(outcomes)]() mutable {
          slice->outcomes.fill(std::move(outcomes));
          slice->answered = true;
          self->send_answered();
          self->submit_more();
        });
      });
}

void NdjsonStream::send_answered() {
  while (!over_ && !slices_.empty() && slices_.front()->answered) {
    std::string lines;
    for (const Outcome& outcome : slices_.front()->outcomes.all()) {
      json::print_outcome(&lines, outcome);
      lines.push_back('\n');
    }
    slices_.pop_front();
    send(lines);
  }
}

void NdjsonStream::send(std::string_view lines) {
  if (!begun_) {
    begun_ = true;
    Answer head;
    head.content_type = kNdjson;
    if (!worker_.begin_stream(responder_, std::move(head))) return end();
  }
  switch (worker_.stream(responder_, lines)) {
    case Worker::StreamState::kOpen:
      break;
    case Worker::StreamState::kFull:
      full_ = true;
      break;
    case Worker::StreamState::kGone:
      end();
      break;
  }
}

/// Every line answered so far stands; where the rest was not looked at, the last line says why.
void NdjsonStream::finish() {
  if (ending_ && !begun_) {
    end();
    return worker_.answer_instead_of_stream(responder_, problem_answer(*ending_, path_));
  }
  std::string last;
  if (ending_) last = problem_answer(*ending_, path_).body + "\n";
  send(last);
  if (over_) return;
  end();
  worker_.end_stream(responder_);
}

void NdjsonStream::on_space() {
  full_ = false;
  submit_more();
}

void NdjsonStream::on_drain() {
  if (items_.at_end()) return;  // all of it is with the engine: there is no rest to send again
  ending_ = Error{ErrorCode::kShuttingDown,
                  "the server is stopping: send the rest again elsewhere or later",
                  {}};
  submit_more();
}

}  // namespace holdfast::http
