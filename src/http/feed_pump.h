// The `http-feed` thread: reads the log for every open /v1/feed stream and hands the text to the
// stream's worker. A stream pulls: nothing is read for a reader that does not take what it has, so
// a slow one costs neither memory nor the others' time; its connection is dropped when it takes
// nothing at all, and it resumes from its last id.
//
// add() and stop() from any thread.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/time.h"
#include "feed/feed_source.h"
#include "http/auth.h"
#include "http/exchange.h"
#include "telemetry/metrics.h"

namespace holdfast::http {

enum class FeedFormat : uint8_t { kLines, kServerSentEvents };

/// What a reader wants to hear; empty = everything.
struct FeedFilter {
  std::vector<std::string> types;  ///< "hold.placed", or "hold.*"
  std::vector<std::string> skus;
  std::string channel;
  KeyPtr key;  ///< whose binding narrows it further, and whose end is the stream's; null = none
};

class FeedPump;

/// One open stream. `after` belongs to the pump's thread; the flags are how the threads meet.
class FeedStream final : public StreamProducer, public std::enable_shared_from_this<FeedStream> {
 public:
  FeedStream(FeedPump& pump, Worker& worker, Responder responder, FeedFormat format,
             FeedFilter filter, Seq after, Seq until);

  void on_space() override;
  void on_drain() override;
  void on_gone() override;

 private:
  friend class FeedPump;
  void deliver(std::string text);     // pump's thread
  void end();                         // pump's thread
  void end_with(const Error& error);  // pump's thread
  std::string last_words(const Error& error) const;

  FeedPump& pump_;
  Worker& worker_;  ///< touched on its own thread only
  const std::shared_ptr<Mailbox> mailbox_;
  const Responder responder_;
  const FeedFormat format_;
  const FeedFilter filter_;
  const Seq until_;                ///< end after this; 0 = follow for ever
  Seq after_;                      // pump's thread
  Duration last_text_ = 0;         // pump's thread
  std::atomic<bool> busy_{false};  ///< text under way, or the connection is full: read nothing
  std::atomic<bool> gone_{false};
};

class FeedPump {
 public:
  FeedPump(feed::FeedSource& source, const Access& access, const Clock& clock, size_t streams_max,
           telemetry::Gauge& streams);
  ~FeedPump();

  /// False at streams_max: answer 503 overloaded.
  bool add(std::shared_ptr<FeedStream> stream);
  void wake();
  void stop();

 private:
  struct Page;
  void serve();
  bool feed_one(FeedStream& stream, Seq durable);
  std::shared_ptr<const Page> page_after(Seq after);
  void keep_alive(FeedStream& stream);
  /// Ends the stream of a key that was deleted or has expired, and one that came before the first key.
  bool end_without_key(FeedStream& stream);

  static constexpr size_t kPageBytes = 64 << 10;
  static constexpr size_t kPagesKept = 16;
  static constexpr Duration kCommentEvery = 15 * kSecond;

  feed::FeedSource& source_;
  const Access& access_;
  const Clock& clock_;
  const size_t streams_max_;
  telemetry::Gauge& stream_gauge_;
  uint64_t subscription_ = 0;

  std::mutex mutex_;
  std::condition_variable awake_;
  bool woken_ = false;                                // guarded by mutex_
  bool stopped_ = false;                              // guarded by mutex_
  std::vector<std::shared_ptr<FeedStream>> joining_;  // guarded by mutex_
  size_t stream_count_ = 0;                           // guarded by mutex_

  std::vector<std::shared_ptr<FeedStream>> streams_;  // pump's thread
  std::deque<std::shared_ptr<const Page>> pages_;     // pump's thread, newest first
  std::thread thread_;
};

}  // namespace holdfast::http
