#include "engine/releaser.h"

#include <memory>
#include <utility>

#include "ledger/ledger.h"

namespace holdfast::engine {

void Releaser::release(std::vector<Submission>& submissions) {
  size_t weight = 0;
  for (Submission& submission : submissions) {
    if (submission.replayed > 0) {
      helper_.post([this, waiting = std::move(submission)]() mutable {
        replay(waiting);
        answer(waiting);
        inbox_.answered(waiting.weight);
      });
      continue;
    }
    weight += submission.weight;
    answer(submission);
  }
  submissions.clear();
  if (weight > 0) inbox_.answered(weight);
}

void Releaser::answer(Submission& submission) {
  if (submission.reads) {
    submission.reads->done(std::move(submission.reads->results));
  } else {
    submission.done({std::move(submission.outcomes), std::move(submission.commands)});
  }
}

void Releaser::replay(Submission& submission) {
  for (Outcome& outcome : submission.outcomes) {
    if (outcome.replayed) outcome = replayed_answer(store_, outcome);
  }
}

Outcome replayed_answer(store::EventLog& store, const Outcome& repeated) {
  auto batch = store.read_command(repeated.first_seq);
  Outcome answer;
  if (batch && !batch->commands.empty()) {
    const store::LoggedCommand& logged = batch->commands.front();
    answer = ledger::Ledger::answer_of(logged.head, logged.events);
    answer.stock = repeated.stock;
  } else {
    answer.status = OutcomeStatus::kRejected;
    answer.error = {ErrorCode::kOutcomeUnknown,
                    "the first answer of this key could not be read from the log; ask again with the "
                    "same key",
                    {}};
  }
  answer.replayed = true;
  answer.first_seq = repeated.first_seq;
  answer.depends_on = repeated.depends_on;
  return answer;
}

}  // namespace holdfast::engine
