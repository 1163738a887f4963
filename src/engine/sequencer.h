// The one writer: decides what lies in the inbox, group by group, and has the groups made durable.
//
// Used by LocalExecutor. Confined to one thread (the one that calls do_work). Owns the open group
// and the answers that wait for a flush; everything else is lent and outlives it.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "engine/flusher.h"
#include "engine/inbox.h"
#include "engine/log_time.h"
#include "engine/metrics.h"
#include "engine/releaser.h"
#include "engine/snapshotter.h"
#include "engine/submission.h"
#include "engine/worker.h"
#include "ledger/ledger.h"
#include "store/event_store.h"

namespace holdfast::engine {

struct SequencerOptions {
  /// With at least this many commands waiting at the end of a group, its flush runs on the flusher
  /// while they are decided; with fewer, handing over costs more than it saves.
  size_t overlap_commands_min = 128;
};

class Sequencer {
 public:
  struct Parts {
    ledger::Ledger& ledger;
    store::EventStore& store;
    Inbox& inbox;
    Flusher& flusher;
    Releaser& releaser;
    Worker& helper;
    Snapshotter& snapshotter;
    EngineMetrics& metrics;
    std::function<void(const Error&)> on_fatal;
  };
  Sequencer(Parts parts, LogTime log_time, SequencerOptions options);

  /// One turn (docs/internals/executor.md). False when there was nothing to do.
  bool do_work();
  /// Sleeps until there may be something to do.
  void wait();
  /// Nothing is open, in flight, due or unanswered.
  bool idle() const;
  /// A flush failed: nothing is answered any more.
  bool failed() const { return failed_; }

 private:
  enum class Progress { kFinished, kHandedOver, kGroupEnds };

  bool collect_flush();
  bool decide_waiting();
  Progress advance(Submission& submission);
  Progress prepare_basis(Submission& submission);
  bool expire_for(const Command& command);
  Outcome decide(const Command& command);
  void evaluate(Submission& submission);
  void finish(Submission submission);
  void open_group();
  bool group_full() const;
  bool close_group();
  void flush_sealed(SealedGroup group);
  void fail(const Error& error);
  Timestamp decision_time() { return writer_ ? group_time_ : log_time_.now(); }

  Parts parts_;
  LogTime log_time_;
  const SequencerOptions options_;

  std::vector<Submission> backlog_;  ///< taken from the inbox, in order
  size_t backlog_next_ = 0;

  store::GroupWriter* writer_ = nullptr;  ///< the open group; null = none
  Timestamp group_time_;
  bool storage_full_ = false;
  size_t decided_ = 0;       ///< commands decided for the open group, refused ones too
  bool bite_taken_ = false;  ///< the open group has its share of a storm of expiries: it ends
  Seq sealed_last_ = 0;      ///< last event of the last sealed group

  bool in_flight_ = false;  ///< the flusher has a group; its last event is sealed_last_
  Seq durable_ = 0;
  std::vector<Submission> ready_;  ///< rest on what is durable
  std::vector<Submission>
      wait_in_flight_;                 ///< rest on the group in flight, decided after it was sealed
  std::vector<Submission> wait_open_;  ///< rest on the open group
  bool failed_ = false;
};

}  // namespace holdfast::engine
