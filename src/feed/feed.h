// The way out: one courier per sink, each with its own cursor on the log, in its own thread.
//
// Two of them: local_feed.h serves every sink (one machine), shared_feed.h those that this node was
// elected for (many nodes). Used by app (to build it) and http (status and operations). Thread-safe
// once its sinks are added. Whatever it was given outlives it.
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

class Feed {
 public:
  /// The feed of one machine. Reads `path` (feed.log; made when absent). kCorrupt: it does not
  /// verify, or a cursor names an event the log does not have.
  static Result<std::unique_ptr<Feed>> open(FeedServices services, const std::string& path);
  virtual ~Feed() = default;
  Feed(const Feed&) = delete;
  Feed& operator=(const Feed&) = delete;

  /// Sinks that are added from now on begin paused, for this reason; those that were paused already
  /// stay so for theirs.
  virtual void start_paused(std::string reason) = 0;
  /// A sink that was never seen starts at the log's beginning (events) or with every SKU dirty
  /// (stock). Before start().
  virtual Status add_sink(SinkSettings settings, SinkFactory make) = 0;
  /// The same with one that is made already, for a feed that makes it once.
  Status add_sink(SinkSettings settings, std::unique_ptr<Sink> sink);
  virtual void start() = 0;
  /// Stops all threads and makes cursors durable. Idempotent. In-flight deliveries are told again
  /// at start.
  virtual void stop() = 0;

  virtual std::vector<SinkStatus> status() const = 0;
  virtual Result<SinkStatus> status(const std::string& sink) const = 0;  ///< kNotFound
  /// True when every sink that is neither paused nor disabled has taken everything up to `seq` and
  /// none of its SKUs is parked; dead letters aside.
  virtual bool caught_up(Seq seq) const = 0;

  virtual Status pause(const std::string& sink) = 0;   ///< durable; the cursor stands
  virtual Status resume(const std::string& sink) = 0;  ///< also ends `disabled`
  /// Resumes the sinks that are paused for this reason.
  virtual void resume_paused_for(const std::string& reason) = 0;
  /// Events sinks: tells [from, to] again as `replayed: true`. Stock sinks: every SKU is dirty.
  virtual Status replay(const std::string& sink, Seq from, Seq to) = 0;
  /// A stock sink that only observed tells from now on, every number first. Durable; without effect
  /// where it tells already. kInvalidValue for a sink of events.
  virtual Status activate(const std::string& sink) = 0;
  /// What an observing sink would have told, the last 1,000 SKUs, newest first.
  virtual Result<std::vector<Observation>> observations(const std::string& sink) const = 0;
  /// What channels show, to the stock sinks of these channels. Kept within 200 ms.
  virtual void observe(const std::vector<ObservedLevel>& levels) = 0;
  /// What the sink's own channel shows, `channel` of each level aside. Waits until it is compared,
  /// at most a few seconds. kNotFound; kInvalidValue for a sink that compares nothing.
  virtual Status compare(const std::string& sink, std::vector<ObservedLevel> levels) = 0;
  /// Ours and theirs. kNotFound; kInvalidValue as compare().
  virtual Result<std::shared_ptr<const Comparison>> comparison(const std::string& sink) const = 0;
  virtual Result<std::vector<DeadLetter>> dead_letters(const std::string& sink) const = 0;
  /// Empty `seqs` = all of them. Told again as `redelivered: true`.
  virtual Status redeliver(const std::string& sink, std::vector<Seq> seqs) = 0;

 protected:
  Feed() = default;
};

// ---- what both say of it ----

std::unexpected<Error> no_such_sink(const std::string& sink);
Error compares_nothing(const std::string& sink);
/// kInvalidValue: an interval that ends before it begins.
Status check_replay(Seq from, Seq to);
/// kInvalidValue: a sink of events has nothing to activate.
Status check_activate(const SinkSettings& settings);
/// What is of the future is of now: it must not make what comes later look stale.
std::vector<ObservedLevel> clamped(std::vector<ObservedLevel> levels, Timestamp now);
/// Those of the sink's channel.
std::vector<ObservedLevel> of_channel(const std::vector<ObservedLevel>& levels,
                                      const std::string& channel);

}  // namespace holdfast::feed
