// Carries every event: first deliveries in order per SKU, at least once, many SKUs in parallel.
//
// Each SKU is a lane with at most one delivery in flight. A lane whose delivery fails is *parked*:
// a record (sku, first seq, attempts) is kept, the cursor passes it, its later events are not held
// in memory but read again from the SKU's chain when its turn comes. So is what a busy SKU gets
// faster than it can be delivered: it may not fill the memory all SKUs share. What fails for good
// becomes a dead letter. When the sink as a whole is at fault the circuit opens, the cursor stands,
// and no attempt is counted.
//
// Driven by courier_runner. Confined to one thread.
#pragma once

#include <deque>
#include <map>
#include <set>
#include <string>
#include <unordered_map>

#include "base/random.h"
#include "feed/circuit.h"
#include "feed/courier.h"
#include "feed/rate_limit.h"
#include "feed/settings.h"

namespace holdfast::feed {

class EventCourier final : public Courier {
 public:
  /// `window`: deliveries in flight at most.
  EventCourier(const SinkSettings& settings, size_t window, store::LedgerIdentity identity,
               const SavedSink& saved, Random& random);

  std::optional<Seq> read_after() const override;
  void take(const store::LogBatch& batch) override;
  std::optional<Need> need(const Now& now) override;
  void give_events(const Need& need, const std::vector<OwnedEvent>& events) override;
  void report(const Report& report, const Now& now) override;
  std::vector<Item> due(const Now& now) override;
  std::vector<CursorRecord> take_records() override;
  std::optional<Duration> next_timer(const Now& now) const override;
  void fill_status(SinkStatus* status, const Now& now) const override;
  std::vector<DeadLetter> dead_letters() const override;
  bool caught_up(Seq seq) const override { return cursor() >= seq && parked_ == 0; }
  void set_state(SinkState state, std::string reason) override;
  void replay(Seq from, Seq to) override;
  void redeliver(const std::vector<Seq>& seqs) override;

  Seq cursor() const;

  static constexpr size_t kWaitingEventsMax = 4'096;  ///< read and not yet delivered
  static constexpr size_t kWaitingBytesMax = 8 << 20;
  static constexpr size_t kOpenSeqsMax = 65'536;  ///< seqs between the cursor and the reader
  static constexpr size_t kChainMax = 128;        ///< events of a parked SKU read at once
  static constexpr size_t kLaneEventsMax = 64;    ///< of one SKU; more are read from its chain

 private:
  struct Entry {
    Seq seq = 0;
    uint64_t sku_seq = 0;
    std::string sku, id, type, body;
    uint32_t attempts = 0;  ///< failed so far
    bool redelivered = false;
    Duration not_before = 0;
  };
  struct Lane {
    std::deque<Entry> queue;
    bool in_flight = false;
    bool parked = false;
    Seq parked_from = 0;    ///< first seq still to deliver
    uint32_t attempts = 0;  ///< failed attempts of the first one
    Duration due_at = 0;    ///< parked: not before
  };
  /// A seq between the cursor and the reader.
  struct Open {
    Seq seq;
    Timestamp recorded_at;
    bool done;
  };
  struct InFlight {
    bool extra = false;  ///< a redelivery or a replay
    std::string lane;
    Entry entry;  ///< of extras only
  };

  Entry entry_of(const Event& event, bool redelivered, bool replayed) const;
  void send_lane(std::vector<Item>* items);
  bool send_lane_limited(std::vector<Item>* items, const Now& now);
  bool send_parked(std::vector<Item>* items, const Now& now);
  bool send_extra(std::vector<Item>* items, const Now& now);
  void put_on_way(std::vector<Item>* items, const std::string& name, Lane& lane);
  Item item_of(const Entry& entry);

  void lane_failed(const std::string& name, Lane& lane, const Report& report, const Now& now);
  void advance(const std::string& name, Lane& lane);
  void park(const std::string& name, Lane& lane, Duration due_at);
  void overflow(const std::string& name, Lane& lane);
  void unpark(const std::string& name);
  void set_due(const std::string& name, Lane& lane, Duration due_at);
  bool dead_letter(const Entry& entry, uint32_t attempts, const std::string& reason,
                   const Now& now);
  void report_extra(InFlight flight, const Report& report, const Now& now);
  void finish(Seq seq);
  void drop_waiting(Lane& lane);
  void send_again(const std::string& name, Lane& lane, const Now& now);
  void forgive_parked();
  void sink_recovered();
  Duration retry_wait(uint32_t attempts, Duration retry_after);

  const SinkSettings settings_;
  const size_t window_;
  const store::LedgerIdentity identity_;
  Random& random_;
  Circuit circuit_;
  RateLimit rate_;

  SinkState state_ = SinkState::kActive;
  Seq read_seq_ = 0;  ///< everything up to it was taken from the log
  Seq saved_cursor_ = 0;
  std::deque<Open> open_;  ///< in seq order; the front is the first not done
  std::unordered_map<std::string, Lane> lanes_;
  std::deque<std::string> ready_;  ///< lanes to send from, oldest first; not the parked ones
  std::set<std::pair<Duration, std::string>> parked_due_;
  size_t parked_ = 0;
  bool turn_ = false;                        ///< live lanes' or parked ones'
  size_t waiting_ = 0;
  size_t waiting_bytes_ = 0;

  std::map<Seq, DeadLetter> dead_letters_;
  std::deque<Seq> redeliver_;  ///< dead letters to fetch
  std::deque<Entry> extras_;   ///< fetched redeliveries and replays
  Seq replay_next_ = 0;        ///< 0 = nothing more to fetch
  Seq replay_to_ = 0;
  Seq replay_from_ = 0;                      ///< as recorded: what was fetched may not be delivered
  bool replaying_ = false;     ///< recorded, and not all of it delivered yet
  size_t replay_pending_ = 0;  ///< fetched and not delivered

  std::unordered_map<uint64_t, InFlight> in_flight_;
  uint64_t next_token_ = 1;
  std::vector<CursorRecord> records_;
  uint64_t delivered_ = 0;
  uint64_t failed_ = 0;
  std::string last_error_;
};

}  // namespace holdfast::feed
