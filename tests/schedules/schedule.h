// One schedule: some nodes, some shoppers, and what goes wrong, drawn from a seed; and afterwards what the
// books must say.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/schedules/cluster.h"
#include "tests/schedules/model_store.h"
#include "tests/schedules/node.h"
#include "tests/schedules/shoppers.h"

namespace holdfast::schedules {

struct ScheduleOptions {
  uint64_t seed = 1;
  FaultRates rates;
  ModelStore::Guards guards;
  size_t nodes = 3;
  size_t shoppers = 6;
  size_t commands_each = 6;
};

/// What was seen to happen: a harness in which nothing goes wrong proves nothing.
struct ScheduleCounts {
  uint64_t acknowledged = 0, refused = 0, replayed = 0, ambiguous = 0, given_up = 0;
  uint64_t pauses = 0, kills = 0, terminations = 0, splits = 0, failovers = 0;
  ScheduleCounts& operator+=(const ScheduleCounts& other);
};

class Schedule {
 public:
  explicit Schedule(const ScheduleOptions& options);

  /// Runs it to its end. Empty, or what is wrong with the books.
  std::string run();
  const ScheduleCounts& counts() const { return counts_; }

 private:
  struct Shopper {
    std::vector<Told> commands;
    size_t next = 0;
    Timestamp not_before;
  };
  void add_node();
  bool open_the_shop();
  bool shop();
  void shop_on(Shopper& shopper);
  void submit(Told& told);
  void answer(Told& told, unsigned attempt, Seq heard, Outcome outcome);
  void go_wrong();
  void sweep_out_dead();
  std::string follow_the_feed();
  bool run_until_done(const std::function<bool()>& done);
  std::vector<Task*> tasks();
  std::string judge();

  const ScheduleOptions options_;
  Cluster cluster_;
  std::vector<std::unique_ptr<Node>> nodes_;
  std::vector<std::unique_ptr<Node>> dying_;
  std::vector<Told> opening_;
  std::vector<Shopper> shoppers_;
  ScheduleCounts counts_;
  Seq heard_ = 0;     ///< the highest seq an answer rested on
  Seq fed_ = 0;       ///< the feed's cursor
  std::vector<Row<StoredEvent>> feed_;
};

}  // namespace holdfast::schedules
