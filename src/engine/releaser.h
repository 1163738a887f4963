// Gives durable answers back to whoever asked. Answers of repeated keys take a detour over the helper,
// which reads the first answer from the log.
//
// Thread-safe: the sequencer, the flusher and the helper all release.
#pragma once

#include <vector>

#include "engine/inbox.h"
#include "engine/submission.h"
#include "engine/worker.h"
#include "store/event_log.h"

namespace holdfast::engine {

class Releaser {
 public:
  Releaser(store::EventLog& store, Inbox& inbox, Worker& helper)
      : store_(store), inbox_(inbox), helper_(helper) {}

  /// REQUIRES: what every one of them rests on is durable. Empties *submissions.
  void release(std::vector<Submission>& submissions);

 private:
  void answer(Submission& submission);
  void replay(Submission& submission);

  store::EventLog& store_;
  Inbox& inbox_;
  Worker& helper_;
};

/// The first answer of a repeated key, from the log, with the `stock` of `repeated` (present numbers). An
/// answer whose record cannot be read is kOutcomeUnknown: the same key may be asked again.
Outcome replayed_answer(store::EventLog& store, const Outcome& repeated);

}  // namespace holdfast::engine
