// Carries the latest numbers: a SKU that changed is dirty until a number at least that new was
// acknowledged. Numbers are read when they are sent, so a million sales of one SKU cost a slow
// receiver its rate times the time, and memory never grows with its lag.
//
// One push per SKU in flight; one that may or may not have been applied is waited out before the
// next. Sold-out SKUs go first, then the lowest numbers, and every 8th slot goes to the SKU dirty
// for longest. The saved cursor is the first unacknowledged seq − 1, so a crash never forgets a
// push.
//
// Driven by courier_runner. Confined to one thread.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>

#include "base/random.h"
#include "feed/circuit.h"
#include "feed/comparison.h"
#include "feed/courier.h"
#include "feed/rate_limit.h"
#include "feed/settings.h"

namespace holdfast::feed {

/// What the channel is told of it.
ChannelNumbers channel_numbers(const StockView& view, const std::string& channel);

class StockCourier final : public Courier {
 public:
  /// Every SKU is dirty at the start when nothing is known of the sink, when the ledger was
  /// restored since, or when the sink is more than kBehindMax events behind `durable`.
  StockCourier(const SinkSettings& settings, size_t window, store::LedgerIdentity identity,
               const SavedSink& saved, Seq durable, Random& random);

  std::optional<Seq> read_after() const override;
  void take(const store::LogBatch& batch) override;
  std::optional<Need> need(const Now& now) override;
  void give_numbers(const Need& need, const std::vector<StockView>& numbers,
                    const Now& now) override;
  void give_skus(const Need& need, const std::vector<std::string>& skus) override;
  void report(const Report& report, const Now& now) override;
  void records_durable(uint64_t count) override;
  std::vector<Item> due(const Now& now) override;
  std::vector<CursorRecord> take_records() override;
  std::optional<Duration> next_timer(const Now& now) const override;
  void fill_status(SinkStatus* status, const Now& now) const override;
  std::vector<DeadLetter> dead_letters() const override;
  bool caught_up(Seq seq) const override { return cursor() >= seq; }
  void set_state(SinkState state, std::string reason) override;
  /// Absolute numbers have no history: every SKU is dirty.
  void replay(Seq from, Seq to) override;
  void redeliver(const std::vector<Seq>& seqs) override;
  void activate() override;
  std::vector<Observation> observations() const override;
  void observe(const std::vector<ObservedLevel>& levels) override;
  std::shared_ptr<const Comparison> comparison() const override { return comparison_; }
  void end() override;

  Seq cursor() const;

  static constexpr Seq kBehindMax = 1'000'000;
  static constexpr uint64_t kPushBlock = 1'000;
  static constexpr size_t kUnconfirmedMax = 16;
  static constexpr size_t kSizedAtOnce = 256;  ///< SKUs whose level is learnt in one read
  static constexpr size_t kSkuPage = 1'000;
  static constexpr size_t kQuietMax = 1'024;  ///< then those whose time is over are forgotten
  static constexpr uint64_t kOldestEvery = 8;
  static constexpr size_t kObservedMax = 1'000;
  static constexpr size_t kForComparison = 0;  ///< the limit of a Need that sends nothing
  static constexpr uint64_t kReadEvery = 8;  ///< of the reads one is for the comparison, if needed
  static constexpr uint32_t kEnforcedMax = 5;  ///< then a drift is only reported
  /// A number that drifts upwards in our books is often an order that is on its way here.
  static constexpr Duration kEnforcedRaise = 30 * kSecond;

 private:
  enum class Phase {
    kUnsized,  ///< its level is not known yet
    kSized,    ///< waits for a slot, by level
    kInFlight,
    kWaiting,   ///< failed or unanswered: not before `due_at`
    kHeldBack,  ///< would only rise, or drifted again: not before `not_before`
  };
  struct Dirty {
    Seq first = 0;  ///< first seq not acknowledged
    Seq last = 0;
    Phase phase = Phase::kUnsized;
    int64_t level = 0;
    uint32_t attempts = 0;
    Duration due_at = 0;
    Duration not_before = 0;     ///< 0 = it is not held back
    bool only_enforced = false;  ///< nothing changed here: the channel shows another number
    Timestamp since;             ///< when `first` was recorded
    std::deque<uint64_t> unconfirmed;
  };
  using DirtyMap = std::unordered_map<std::string, Dirty>;
  struct Push {
    std::string sku;
    uint64_t push_seq = 0;
    Seq reflects = 0;  ///< the seq its numbers were read at
    uint64_t sku_seq = 0;
  };

  void consider(const Event& event);
  void mark(const std::string& sku, Seq seq, Timestamp at);
  void mark_all(Seq since);
  bool settled(const Now& now);
  void raise_priority(const std::string& sku);
  void enter(DirtyMap::iterator at, Phase phase);
  void leave(DirtyMap::iterator at);
  void clean(DirtyMap::iterator at, Seq reflects);
  size_t free_slots(const Now& now);
  void send(const std::string& sku, const StockView& view, const Now& now);
  bool pushable(const StockView& view) const;
  int64_t level_of(const StockView& view) const;
  void note(const std::string& sku, const StockView& view, const Now& now);
  bool compares() const { return !settings_.channel.empty(); }
  ChannelNumbers numbers_of(const StockView& view) const {
    return channel_numbers(view, settings_.channel);
  }
  std::optional<Need> next_send(const Now& now);
  std::optional<Need> next_comparison();
  void release_held_back(const Now& now);
  bool hold_back(const std::string& sku, const StockView& view, const Now& now);
  void enforce(const std::string& sku);
  void begin_observing(const SavedSink& saved);
  void delivered(const Push& push);
  void failed(const Push& push, const Report& report, const Now& now);
  bool dead_letter(const Push& push, Dirty& dirty, const std::string& reason, const Now& now);
  void stay_quiet(const std::string& sku, const Now& now);
  void reserve_push_seqs();
  void sink_recovered();

  const SinkSettings settings_;
  const size_t window_;
  const store::LedgerIdentity identity_;
  Random& random_;
  Circuit circuit_;
  RateLimit rate_;

  const std::shared_ptr<Comparison> comparison_;
  std::deque<std::string> unread_;  ///< SKUs whose number of ours the comparison lacks
  uint64_t needs_ = 0;

  SinkState state_ = SinkState::kActive;
  bool observing_ = false;                ///< numbers are noted and not told
  std::deque<Observation> observations_;  ///< one of a SKU, oldest first
  Seq read_seq_ = 0;
  Seq saved_cursor_ = UINT64_MAX;

  DirtyMap dirty_;
  std::set<std::pair<Seq, std::string>> by_age_;    ///< every dirty SKU, by `first`
  std::set<std::pair<Seq, std::string>> sendable_;  ///< unsized and sized ones, by `first`
  std::deque<std::string> unsized_;                 ///< may hold names that no longer are
  std::set<std::tuple<int64_t, Seq, std::string>> by_level_;
  std::set<std::pair<Duration, std::string>> waiting_;
  std::set<std::pair<Duration, std::string>> held_back_;
  std::unordered_map<std::string, Seq> acked_ahead_;  ///< acknowledged beyond read_seq_
  std::optional<Seq> all_since_;                      ///< every SKU is dirty since; being listed
  std::string listed_to_;
  bool all_dirty_ = false;   ///< recorded; until everything up to
  Seq all_dirty_since_ = 0;  ///< this seq was pushed
  /// Unanswered pushes of SKUs that may be clean meanwhile: nothing newer is sent before that.
  std::unordered_map<std::string, Duration> quiet_until_;
  bool wait_out_ = false;  ///< the last run ended with pushes on their way
  Duration settled_at_ = 0;

  uint64_t next_push_seq_ = 1;
  uint64_t usable_push_seq_ = 0;  ///< durable: up to it push_seqs may be used
  uint64_t reserved_push_seq_ = 0;
  uint64_t reservation_record_ = 0;  ///< number of the record that makes it usable; 0 = none
  uint64_t slots_ = 0;

  std::map<Seq, DeadLetter> dead_letters_;
  std::unordered_map<uint64_t, Push> in_flight_;
  std::vector<Item> outbox_;
  uint64_t next_token_ = 1;
  std::vector<CursorRecord> records_;
  uint64_t records_taken_ = 0;
  uint64_t delivered_ = 0;
  uint64_t failed_ = 0;
  std::string last_error_;
};

}  // namespace holdfast::feed
