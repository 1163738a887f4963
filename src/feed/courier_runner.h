// Drives one courier: reads the log for it, fetches what it needs, hands its items to the sink, its
// records to the cursor file. do_work() is one round; a thread calls it in the server
// (courier_thread), tests call it by hand.
//
// do_work() is confined to one thread; wake(), post(), status() … are thread-safe.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "base/random.h"
#include "engine/stock_reader.h"
#include "feed/courier.h"
#include "feed/cursor_file.h"
#include "feed/serving_lease.h"
#include "feed/settings.h"
#include "feed/sink.h"
#include "feed/sink_metrics.h"
#include "store/event_log.h"

namespace holdfast::feed {

/// What the feed is given; all of it outlives the feed.
struct FeedServices {
  store::EventLog* store = nullptr;
  StockReader* stock = nullptr;
  io::FileSystem* files = nullptr;
  const Clock* clock = nullptr;
  Random* random = nullptr;               ///< thread-safe
  telemetry::Metrics* metrics = nullptr;  ///< may be null
};

class CourierRunner {
 public:
  /// Starts from what `cursors` remembers of the sink. `lease`: null where nobody else may serve
  /// it; outlives the runner.
  CourierRunner(const FeedServices& services, SinkSettings settings, std::unique_ptr<Sink> sink,
                CursorFile& cursors, const ServingLease* lease = nullptr);
  ~CourierRunner();

  /// One round, then waits for answers, new events, a timer or wake(), at most `wait_max`. True if
  /// the round did something. Nothing is done any more once lost().
  bool do_work(Duration wait_max);

  /// The last call from the courier's thread: nothing more will be sent.
  void end();

  /// The lease ran out: what was on its way may have arrived, and whatever was heard since is for
  /// whoever serves the sink next to find out.
  bool lost() const { return lost_; }

  const std::string& name() const { return settings_.name; }
  void wake();
  /// Runs `operation` on the courier's thread in its next round.
  void post(std::function<void(Courier&)> operation);
  /// The same; `kept` is told the number of the last record that came of it, as of the cursor file.
  void post(std::function<void(Courier&)> operation, std::function<void(uint64_t record)> kept);
  SinkStatus status() const;
  std::vector<DeadLetter> dead_letters() const;
  std::vector<Observation> observations() const;
  /// Null where nothing is compared. Thread-safe by itself.
  std::shared_ptr<const Comparison> comparison() const { return comparison_; }
  bool caught_up(Seq seq) const;
  const SinkSettings& settings() const { return settings_; }

 private:
  bool may_send();
  bool hand_over(std::vector<Item> items);
  bool read_log();
  bool fetch_needs();
  bool serve(const Need& need, const Now& now);
  void log_failed(const Error& error);
  void keep_records();
  void tell_durable();
  void publish();
  Timestamp recorded_after(Seq cursor);
  Duration wait_for(Duration wait_max) const;
  Now now() const { return {services_.clock->boot(), services_.clock->wall()}; }

  static constexpr size_t kReadBytes = 256 << 10;
  static constexpr int kNeedsPerRound = 64;
  static constexpr size_t kUndurableMax = 1'024;

  const FeedServices services_;
  const SinkSettings settings_;
  std::unique_ptr<Sink> sink_;
  CursorFile& cursors_;
  const ServingLease* const lease_;
  std::atomic<bool> lost_{false};
  std::unique_ptr<Courier> courier_;
  const std::shared_ptr<const Comparison> comparison_;
  SinkMetrics metrics_;
  uint64_t subscription_ = 0;
  std::atomic<bool> asleep_{false};
  Duration log_retry_at_ = 0;  ///< the log could not be read: not before
  std::string log_error_;
  std::pair<Seq, Timestamp> missed_since_{};  ///< the event behind the cursor of a courier that rests
  uint64_t records_ = 0;  ///< appended by this courier so far
  /// (number in the file, records_ then) of appends not yet durable.
  std::deque<std::pair<uint64_t, uint64_t>> undurable_;

  mutable std::mutex mutex_;  ///< guards what follows
  std::vector<std::function<void(Courier&)>> operations_;
  std::vector<std::function<void(uint64_t)>> kept_;  ///< of operations that were taken up
  SinkStatus status_;
  std::vector<DeadLetter> dead_letters_;
  std::vector<Observation> observations_;
  bool all_taken_ = false;  ///< caught_up(status_.cursor)
};

/// `sku`'s events (empty: those of no SKU) from `from` to `upto`, oldest first, at most `limit`.
Result<std::vector<OwnedEvent>> read_chain(store::EventLog& store, const std::string& sku,
                                           Seq from, Seq upto, size_t limit);
/// Events of any SKU, in order.
Result<std::vector<OwnedEvent>> read_range(store::EventLog& store, Seq from, Seq upto,
                                           size_t limit);

}  // namespace holdfast::feed
