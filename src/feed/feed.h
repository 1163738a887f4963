// The way out: one courier per sink, each with its own cursor on the log, in its own thread.
//
// Used by app (to build it) and http (status and operations). add_sink() before start(); everything
// else is thread-safe. Lives longer than nothing it was given: store, reader, files and clock
// outlive it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "base/time.h"
#include "engine/stock_reader.h"
#include "feed/courier_runner.h"
#include "feed/settings.h"
#include "feed/sink.h"
#include "feed/sink_status.h"
#include "io/file_system.h"
#include "store/event_log.h"

namespace holdfast::feed {

class CursorFile;
class CourierThread;

class Feed {
 public:
  /// Reads `path` (feed.log; made when absent). kCorrupt: it does not verify, or a cursor names an
  /// event the log does not have.
  static Result<std::unique_ptr<Feed>> open(FeedServices services, const std::string& path);
  ~Feed();
  Feed(const Feed&) = delete;
  Feed& operator=(const Feed&) = delete;

  /// Sinks that are added from now on begin paused, for this reason; those that were paused already
  /// stay so for theirs.
  void start_paused(std::string reason) { pause_reason_ = std::move(reason); }
  /// A sink that was never seen starts at the log's beginning (events) or with every SKU dirty
  /// (stock).
  Status add_sink(SinkSettings settings, std::unique_ptr<Sink> sink);
  /// Starts one thread per sink and one that makes cursors durable every 200 ms.
  void start();
  /// Stops all threads and flushes cursors. Idempotent. In-flight deliveries are told again at
  /// start.
  void stop();

  std::vector<SinkStatus> status() const;
  Result<SinkStatus> status(const std::string& sink) const;  ///< kNotFound
  /// True when every sink that is neither paused nor disabled has taken everything up to `seq` and
  /// none of its SKUs is parked; dead letters aside.
  bool caught_up(Seq seq) const;

  Status pause(const std::string& sink);   ///< durable; the cursor stands
  Status resume(const std::string& sink);  ///< also ends `disabled`
  /// Resumes the sinks that are paused for this reason.
  void resume_paused_for(const std::string& reason);
  /// Events sinks: tells [from, to] again as `replayed: true`. Stock sinks: every SKU is dirty.
  Status replay(const std::string& sink, Seq from, Seq to);
  /// A stock sink that only observed tells from now on, every number first. Durable; without effect
  /// where it tells already. kInvalidValue for a sink of events.
  Status activate(const std::string& sink);
  /// What an observing sink would have told, the last 1,000 SKUs, newest first.
  Result<std::vector<Observation>> observations(const std::string& sink) const;
  /// What channels show, to the stock sinks of these channels. Kept within 200 ms.
  void observe(const std::vector<ObservedLevel>& levels);
  /// What the sink's own channel shows, `channel` of each level aside. Waits until it is compared,
  /// at most a few seconds. kNotFound; kInvalidValue for a sink that compares nothing.
  Status compare(const std::string& sink, std::vector<ObservedLevel> levels);
  /// Ours and theirs. kNotFound; kInvalidValue as compare().
  Result<std::shared_ptr<const Comparison>> comparison(const std::string& sink) const;
  Result<std::vector<DeadLetter>> dead_letters(const std::string& sink) const;
  /// Empty `seqs` = all of them. Told again as `redelivered: true`.
  Status redeliver(const std::string& sink, std::vector<Seq> seqs);

 private:
  Feed(FeedServices services, std::unique_ptr<CursorFile> cursors);
  CourierThread* find(const std::string& sink) const;
  ObservedLevel clamped(ObservedLevel level) const;
  void adopt_restored(const std::string& sink);
  void pause_at_start(const std::string& sink);
  Status post(const std::string& sink, std::function<void(Courier&)> operation);
  struct Flusher;

  FeedServices services_;
  std::unique_ptr<CursorFile> cursors_;
  std::string pause_reason_;  ///< of start_paused(); empty: they begin as they were
  std::vector<std::unique_ptr<CourierThread>> couriers_;
  std::unique_ptr<Flusher> flusher_;
};

}  // namespace holdfast::feed
