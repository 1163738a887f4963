// Makes a sealed group durable and then releases its answers: on the sequencer's thread when calm,
// on its own while the next group is decided.
//
// Used by the sequencer, which hands over one group at a time and reads `finished` before the next.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <thread>
#include <vector>

#include "base/time.h"
#include "engine/metrics.h"
#include "engine/releaser.h"
#include "engine/submission.h"
#include "store/event_store.h"

namespace holdfast::engine {

/// A sealed group's answers, on their way to be released.
struct SealedGroup {
  Seq last_seq = 0;
  size_t events = 0;
  size_t commands = 0;
  std::vector<Submission> answers;
};

class Flusher {
 public:
  /// `finished` runs on the flusher's thread after each handed-over flush: wakes the sequencer.
  Flusher(store::EventStore& store, const Clock& clock, Releaser& releaser, EngineMetrics& metrics,
          std::function<void()> finished);
  ~Flusher() { stop(); }

  /// Flushes on this thread and releases the answers. On an error nothing is released.
  Status flush(SealedGroup& group);

  /// Lets the flusher's role flush it. REQUIRES: none is in flight.
  void hand_over(SealedGroup group);
  /// The result of the flush handed over, once it is there; the next may be handed over after that.
  std::optional<Status> take_result();

  /// The role: flushes what was handed over. True if there was something.
  bool do_work();
  void start();
  /// Ends the thread after the flush it is at. One that was given and not begun is left.
  void stop();

 private:
  enum State : int { kIdle, kGiven, kDone };
  Status make_durable(const SealedGroup& group);
  void run();
  void ring();

  store::EventStore& store_;
  const Clock& clock_;
  Releaser& releaser_;
  EngineMetrics& metrics_;
  std::function<void()> finished_;
  std::atomic<int> state_{kIdle};
  std::atomic<bool> stopping_{false};  ///< apart from state_, which a flush under way overwrites
  std::atomic<uint32_t> rings_{
      0};              ///< what the thread sleeps on: changes with every reason to wake
  SealedGroup group_;  ///< the flusher's while state_ is kGiven, the sequencer's otherwise
  Status result_;
  std::thread thread_;
};

}  // namespace holdfast::engine
