#include "app/signals.h"

#include <ctime>

#include <pthread.h>

namespace holdfast::app {

StopSignals::StopSignals(Hangup hangup) : hangup_(hangup) {
  sigemptyset(&set_);
  sigaddset(&set_, SIGTERM);
  sigaddset(&set_, SIGINT);
  sigaddset(&set_, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &set_, nullptr);
}

bool StopSignals::wait(std::optional<Duration> at_most) {
  const SystemClock clock;
  const Duration start = clock.boot();
  for (;;) {
    int signal = 0;
    if (!at_most) {
      if (sigwait(&set_, &signal) != 0) continue;
    } else {
      const Duration left = *at_most - (clock.boot() - start);
      const Duration bounded = left > 0 ? left : 0;
      const timespec span = {bounded / kSecond, (bounded % kSecond) * 1'000};
      signal = sigtimedwait(&set_, nullptr, &span);
      if (signal < 0 && left <= 0) return false;
    }
    if (signal == SIGTERM || signal == SIGINT) return true;
    if (signal == SIGHUP && hangup_ == Hangup::kStops) return true;
    if (signal == SIGHUP && on_hangup_) on_hangup_();
  }
}

}  // namespace holdfast::app
