#include "http/render.h"

#include "http/problem.h"
#include "http/query_string.h"
#include "json/print.h"

namespace holdfast::http {
namespace {

constexpr size_t kBodyBytesUsual = 480;  // one line, its hold and its stock

/// Where what was made can be read again.
void add_location(const Outcome& outcome, Answer* answer) {
  std::string location;
  if (outcome.hold) {
    location = "/v1/holds/";
    append_percent_encoded(&location, outcome.hold->id);
  } else if (outcome.order) {
    location = "/v1/orders/";
    append_percent_encoded(&location, outcome.order->channel);
    location.push_back('/');
    append_percent_encoded(&location, outcome.order->order);
  } else {
    return;
  }
  answer->add_header("Location", location);
}

}  // namespace

Answer outcome_answer(const Outcome& outcome, std::string_view path) {
  Answer answer;
  switch (outcome.status) {
    case OutcomeStatus::kRecorded:
    case OutcomeStatus::kAccepted:
      answer.status = 201;
      add_location(outcome, &answer);
      break;
    case OutcomeStatus::kDuplicate: answer.status = 200; break;
    case OutcomeStatus::kParked: answer.status = 202; break;
    case OutcomeStatus::kRefused:
    case OutcomeStatus::kRejected: answer = problem_answer(outcome, path); break;
  }
  if (outcome.replayed) answer.headers.append("Idempotent-Replayed: true\r\n");
  if (answer.body.empty()) {
    answer.body.reserve(kBodyBytesUsual);
    json::print_outcome(&answer.body, outcome);
  }
  return answer;
}

}  // namespace holdfast::http
