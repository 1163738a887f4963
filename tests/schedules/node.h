// One node of a schedule: the writer that ships, over the model store, stepped by hand.
//
// Confined to one thread. Destroyed only once its fiber has ended.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/inbox.h"
#include "engine/metrics.h"
#include "engine/releaser.h"
#include "engine/shared_writer.h"
#include "engine/worker.h"
#include "tests/schedules/cluster.h"
#include "tests/schedules/model_log.h"
#include "tests/schedules/model_store.h"

namespace holdfast::schedules {

inline const std::string kLedgerId = "schedules000";

class Node {
 public:
  Node(Cluster& cluster, uint64_t owner, ModelStore::Guards guards);

  Task& task() { return task_; }
  ModelStore& store() { return store_; }
  bool alive() const { return !store_.dead() && !leaving_; }
  bool ended() const { return task_.fiber->ended(); }
  /// False: it takes nothing more. `done` is not called once the node is dead.
  bool submit(Command command, std::function<void(Outcome)> done);
  /// kill -9.
  void kill();
  /// Answers what it has, then ends.
  void leave() { leaving_ = true; }

 private:
  void run();

  Cluster& cluster_;
  Task task_;
  NodeClock clock_;
  ledger::LedgerOptions rules_;
  ModelLog log_;
  telemetry::Metrics registry_;
  engine::EngineMetrics metrics_;
  engine::Inbox inbox_;
  engine::Worker helper_;
  engine::Releaser releaser_;
  ModelStore store_;
  engine::SharedWriter writer_;
  bool leaving_ = false;
};

}  // namespace holdfast::schedules
