// SIGTERM and SIGINT as something to wait for. Made first thing in main's thread, so that every thread
// started later leaves the signals to it.
#pragma once

#include <csignal>
#include <optional>

#include "base/time.h"

namespace holdfast::app {

class StopSignals {
 public:
  /// Blocks SIGTERM, SIGINT and SIGHUP for this thread and all that it starts.
  StopSignals();
  /// Waits for SIGTERM or SIGINT, at most so long (none: for ever). True when one came. SIGHUP is taken
  /// and means nothing yet.
  bool wait(std::optional<Duration> at_most = std::nullopt);

 private:
  sigset_t set_;
};

}  // namespace holdfast::app
