// The bounded queue into the sequencer, and the one place where the sequencer sleeps.
//
// Thread-safe. Bounds what was accepted and is not yet answered, so memory does not grow with a slow disk
// or a slow helper either. Wake-ups are the cost of a calm hot path: a caller notifies only a sequencer
// that sleeps, and while a flush is in flight only once `wake_at` commands wait.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

#include "base/time.h"
#include "engine/submission.h"

namespace holdfast::engine {

class Inbox {
 public:
  explicit Inbox(size_t capacity) : capacity_(capacity) {}

  /// False when it is closed or `submission.weight` more would exceed the capacity: nothing was taken.
  bool push(Submission& submission);
  /// Puts back one that was already accepted. Never refused; wakes the sequencer.
  void resume(Submission submission);
  /// Frees the room of answered submissions.
  void answered(size_t weight);
  /// Wakes the sequencer, or lets its next wait() return at once.
  void poke();
  /// Refuses every further push.
  void close();
  bool closed() const;

  /// Appends everything to *out (what was resumed first) and returns how many commands and queries.
  size_t take(std::vector<Submission>* out);
  /// Accepted and not yet taken.
  size_t waiting() const;
  /// Accepted and not yet answered.
  size_t unanswered() const;
  /// Blocks until at least `wake_at` commands wait, something was resumed, poke(), or the timeout. With
  /// kPokeOnly nothing but poke() ends it.
  static constexpr size_t kPokeOnly = SIZE_MAX;
  void wait(std::optional<Duration> timeout, size_t wake_at);

 private:
  bool awake_needed() const {
    if (poked_) return true;
    return wake_at_ != kPokeOnly && (!resumed_.empty() || waiting_ >= wake_at_);
  }

  const size_t capacity_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  // guarded by mutex_
  std::vector<Submission> submissions_;
  std::vector<Submission> resumed_;
  size_t waiting_ = 0;
  size_t unanswered_ = 0;
  size_t wake_at_ = 1;
  bool sleeping_ = false;
  bool poked_ = false;
  bool closed_ = false;
};

}  // namespace holdfast::engine
