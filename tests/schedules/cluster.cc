#include "tests/schedules/cluster.h"

#include <algorithm>
#include <utility>

namespace holdfast::schedules {
namespace {

constexpr Timestamp kStart{1'763'884'800'000'000};
/// What a step takes at most.
constexpr Duration kStepMax = 400;

}  // namespace

Cluster::Cluster(uint64_t seed, FaultRates rates)
    : random_(seed), rates_(rates), database_(kStart) {}

bool Cluster::happens(unsigned thousandths) {
  return !calm_ && thousandths > 0 && random_.below(1'000) < thousandths;
}

void Cluster::step(Task& task) {
  task.ready = nullptr;
  task.wake_at = now();
  task.fiber->stand_still();
}

bool Cluster::wait(Task& task, std::function<bool()> ready, Duration at_most) {
  task.ready = ready;
  task.wake_at = now() + at_most;
  task.fiber->stand_still();
  return ready();
}

bool Cluster::may_run(const Task& task) const {
  if (task.fiber == nullptr || task.fiber->ended()) return false;
  if (task.stopped_until.has_value() && now() < task.stopped_until) return false;
  if (task.ready != nullptr && task.ready()) return true;
  return task.wake_at.has_value() ? now() >= task.wake_at : task.ready == nullptr;
}

bool Cluster::run_one(const std::vector<Task*>& tasks, Timestamp next) {
  std::vector<Task*> ready;
  for (Task* task : tasks) {
    if (may_run(*task)) ready.push_back(task);
  }
  if (!ready.empty()) {
    ready[random_.below(ready.size())]->fiber->resume();
    database_.set_time(now() + static_cast<Duration>(random_.below(kStepMax)));
    return true;
  }
  const auto sooner = [&](Timestamp when) {
    if (when.has_value() && when > now() && (!next.has_value() || when < next)) next = when;
  };
  if (next.has_value() && next <= now()) next = {};
  sooner(database_.next_event());
  for (const Task* task : tasks) {
    if (task->fiber == nullptr || task->fiber->ended()) continue;
    sooner(task->wake_at);
    sooner(task->stopped_until);
  }
  if (!next.has_value()) return false;
  database_.set_time(next);
  return true;
}

}  // namespace holdfast::schedules
