#include "tests/schedules/node.h"

#include <utility>

namespace holdfast::schedules {
namespace {

constexpr size_t kQueueMax = 1'024;

}  // namespace

Node::Node(Cluster& cluster, uint64_t owner, ModelStore::Guards guards)
    : cluster_(cluster),
      clock_(cluster.database()),
      rules_{.ledger_id = kLedgerId},
      log_(cluster.database(), kLedgerId),
      metrics_(registry_),
      inbox_(kQueueMax),
      releaser_(log_, inbox_, helper_),
      store_(cluster, task_, clock_, guards, [this] { inbox_.poke(); }),
      writer_({store_, log_, inbox_, releaser_, metrics_, clock_, rules_, {}}, {.owner = owner}) {
  task_.fiber = std::make_unique<Fiber>([this] { run(); });
}

void Node::run() {
  while (!store_.dead()) {
    bool worked = writer_.do_work();
    worked |= helper_.do_work();
    if (leaving_ && writer_.idle()) return;
    if (worked) continue;
    cluster_.wait(task_, [this] { return store_.dead() || leaving_ || inbox_.waiting() > 0; },
                  kSecond);
  }
}

bool Node::submit(Command command, std::function<void(Outcome)> done) {
  engine::Submission submission;
  submission.weight = 1;
  submission.commands.push_back(std::move(command));
  submission.done = [this, done = std::move(done)](Decided decided) {
    if (!store_.dead()) done(std::move(decided.outcomes.front()));
  };
  return inbox_.push(submission);
}

void Node::kill() {
  store_.die();
  writer_.stop_retrying();
  inbox_.poke();
  task_.stopped_until = {};
}

}  // namespace holdfast::schedules
