// SIGTERM and SIGINT as something to wait for. Made first thing in main's thread, so that every
// thread started later leaves the signals to it.
#pragma once

#include <csignal>
#include <functional>
#include <optional>
#include <utility>

#include "base/time.h"

namespace holdfast::app {

class StopSignals {
 public:
  enum class Hangup { kIgnored, kStops };  ///< a server outlives its terminal, a demo does not
  /// Blocks SIGTERM, SIGINT and SIGHUP for this thread and all that it starts.
  explicit StopSignals(Hangup hangup = Hangup::kIgnored);
  /// Waits for SIGTERM, SIGINT or a hang-up that stops, at most so long (none: for ever). True when
  /// one came.
  bool wait(std::optional<Duration> at_most = std::nullopt);
  /// Called by wait() for each SIGHUP that does not stop.
  void on_hangup(std::function<void()> call) { on_hangup_ = std::move(call); }

 private:
  sigset_t set_;
  Hangup hangup_;
  std::function<void()> on_hangup_;
};

}  // namespace holdfast::app
