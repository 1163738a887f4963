#include "app/simulate/virtual_time.h"

#include <utility>

#include "base/invariant.h"

namespace holdfast::app {

void VirtualTime::at(Duration when, std::function<void()> what) {
  INVARIANT(when >= now_, "planned for the past: at={} now={}", when, now_);
  planned_.push({when, planned_ever_++, std::move(what)});
}

void VirtualTime::run() {
  while (!planned_.empty()) {
    const Planned next = planned_.top();
    planned_.pop();
    now_ = next.when;
    next.what();
  }
}

}  // namespace holdfast::app
