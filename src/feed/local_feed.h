// The feed of one machine: it serves every sink, for there is nobody else. Cursors are in feed.log.
// As feed.h otherwise.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "feed/feed.h"

namespace holdfast::feed {

class CursorFile;
class CourierThread;

class LocalFeed final : public Feed {
 public:
  static Result<std::unique_ptr<LocalFeed>> open(FeedServices services, const std::string& path);
  ~LocalFeed() override;

  void start_paused(std::string reason) override { pause_reason_ = std::move(reason); }
  using Feed::add_sink;
  Status add_sink(SinkSettings settings, SinkFactory make) override;
  /// Starts one thread per sink and one that makes cursors durable every 200 ms.
  void start() override;
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
  LocalFeed(FeedServices services, std::unique_ptr<CursorFile> cursors);
  CourierThread* find(const std::string& sink) const;
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
