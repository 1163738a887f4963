#include "app/watchdog.h"

#include <utility>

namespace holdfast::app {

void Watchdog::watch(std::string part, Ask ask, Excused excused) {
  parts_.push_back({std::move(part), std::move(ask), std::move(excused), nullptr});
}

bool Watchdog::turn() {
  silent_.clear();
  bool asked_before = true;
  for (Part& part : parts_) {
    if (part.answered && !part.answered->load(std::memory_order_acquire)) {
      if (silent_.empty() && !(part.excused && part.excused())) silent_ = part.name;
      continue;  // its question is still out
    }
    asked_before = asked_before && part.answered != nullptr;
    part.answered = std::make_shared<std::atomic<bool>>(false);
    part.ask([answered = part.answered] { answered->store(true, std::memory_order_release); });
  }
  return asked_before && silent_.empty();
}

}  // namespace holdfast::app
