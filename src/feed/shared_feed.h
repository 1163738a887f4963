// The feed of one of many nodes: each sink is served by exactly one of them, elected by a lease,
// and another takes it over within seconds where that one is gone. Cursors, and what operators ask,
// are in tables: every node knows and may ask everything. As feed.h otherwise.
//
// Threads: `sinks` keeps the leases, `cursors` makes cursors durable every 200 ms, and one
// `courier-<sink>` for each sink that is served here.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "feed/feed.h"
#include "feed/shared_sink.h"

namespace holdfast::feed {

class SharedFeed final : public Feed {
 public:
  explicit SharedFeed(SharedFeedServices services) : services_(std::move(services)) {}
  ~SharedFeed() override { stop(); }

  /// Only a restored ledger starts paused, and one of many nodes cannot be restored: kConfigInvalid
  /// at the next add_sink().
  void start_paused(std::string reason) override { pause_reason_ = std::move(reason); }
  using Feed::add_sink;
  Status add_sink(SinkSettings settings, SinkFactory make) override;
  void start() override;
  /// Gives its leases back: another node goes on within a second.
  void stop() override;

  std::vector<SinkStatus> status() const override;
  Result<SinkStatus> status(const std::string& sink) const override;
  bool caught_up(Seq seq) const override;

  Status pause(const std::string& sink) override;
  Status resume(const std::string& sink) override;
  void resume_paused_for(const std::string& reason) override;
  Status replay(const std::string& sink, Seq from, Seq to) override;
  Status activate(const std::string& sink) override;
  Result<std::vector<Observation>> observations(const std::string& sink) const override;
  void observe(const std::vector<ObservedLevel>& levels) override;
  Status compare(const std::string& sink, std::vector<ObservedLevel> levels) override;
  Result<std::shared_ptr<const Comparison>> comparison(const std::string& sink) const override;
  Result<std::vector<DeadLetter>> dead_letters(const std::string& sink) const override;
  Status redeliver(const std::string& sink, std::vector<Seq> seqs) override;

 private:
  SharedSink* find(const std::string& sink) const;
  Status ask(const std::string& sink, const SinkOperation& operation);
  void wait_until_finished(const SharedSink& sink, uint64_t operation);
  void look_soon();
  void run(Duration every, const std::function<void(SharedSink&)>& work);
  bool pass(Duration wait, bool soon);

  const SharedFeedServices services_;
  std::string pause_reason_;
  std::vector<std::unique_ptr<SharedSink>> sinks_;

  std::mutex mutex_;  ///< guards what follows
  std::condition_variable changed_;
  bool stopping_ = false;
  bool soon_ = false;  ///< something was asked here: the leases' thread need not wait for its time
  std::thread leases_, cursors_;
};

}  // namespace holdfast::feed
