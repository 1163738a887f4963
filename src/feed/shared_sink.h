// One sink at one of many nodes: it stands for election, serves the sink while it holds the lease,
// and knows what the others say of it while it does not.
//
// tend(), flush() and leave() are called by threads of SharedFeed, or by hand in tests: tend() and
// leave() by one thread, flush() by another. Everything else is thread-safe.
#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "feed/courier_thread.h"
#include "feed/cursor_file.h"
#include "feed/serving_lease.h"
#include "feed/sink_election.h"
#include "feed/sink_operation.h"
#include "feed/sink_report.h"
#include "store/sink_leases.h"

namespace holdfast::feed {

/// What the sinks of a node have in common; all of it outlives them.
struct SharedFeedServices {
  FeedServices feed;
  store::SinkLeases* leases = nullptr;
  LeaseTimes times;
  bool threads = true;  ///< false: tests drive the couriers
};

class SharedSink {
 public:
  SharedSink(const SharedFeedServices& services, SinkSettings settings, SinkFactory make);
  ~SharedSink();

  const SinkSettings& settings() const { return settings_; }

  /// Keeps or seeks the lease, and takes up what was asked of the sink. Waits for round trips.
  void tend();
  /// Makes what the courier noted durable. After the lease it writes nothing.
  void flush();
  /// Ends the courier, makes its cursor durable and gives the lease back. Waits for the courier.
  void leave();

  /// Null while another node, or nobody, serves it.
  std::shared_ptr<CourierThread> courier() const;
  SinkStatus status() const;
  std::vector<Observation> observations() const;
  Result<std::vector<DeadLetter>> dead_letters() const;
  Result<std::shared_ptr<const Comparison>> comparison() const;
  /// Durable on return; whichever node serves the sink takes it up within a second.
  Result<uint64_t> ask(const SinkOperation& operation);
  Result<bool> is_finished(uint64_t operation) const;
  /// What the channel shows, from a thread that must not wait. Kept in memory until the next
  /// tend().
  void observe(std::vector<ObservedLevel> levels);

 private:
  struct Serving;
  using ServingPtr = std::shared_ptr<Serving>;

  void hold_election(Duration now);
  Status begin_to_serve();
  void stand_back(Duration now);
  void end_serving();
  bool still_ending();
  void take_up_operations(Serving& serving);
  void note_finished(Serving& serving);
  void pass_on_observed(Serving* serving);
  static std::string report_of(const Serving& serving);
  ServingPtr serving() const;
  SavedSink saved_by_others() const;

  static constexpr size_t kObservedMax = 1'024;  ///< then the oldest are left out

  const SharedFeedServices& services_;
  const SinkSettings settings_;
  const SinkFactory make_;
  SinkElection election_;                ///< tend()'s thread
  ServingPtr ending_;                    ///< lost, and its thread is not yet over; tend()'s thread
  Duration serve_again_at_ = 0;          ///< it could not be served here; tend()'s thread
  Duration ask_again_at_ = 0;            ///< tend()'s thread
  std::atomic<bool> asked_here_{false};  ///< the list has something of this node's

  mutable std::mutex mutex_;  ///< guards what follows
  ServingPtr serving_;
  store::SinkLeaseRow row_;  ///< as last looked at
  std::string error_;        ///< why it cannot be served here
  std::deque<std::vector<ObservedLevel>> observed_;

  mutable std::mutex follower_mutex_;  ///< one reader at a time; guards follower_
  mutable std::unique_ptr<CursorFile> follower_;
};

}  // namespace holdfast::feed
