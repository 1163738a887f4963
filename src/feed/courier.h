// A courier: carries one sink's deliveries, as a state machine. Events, numbers, reports and time
// go in; items to deliver, records to keep and the next timer come out. No I/O of its own, so the
// same code runs in its thread, in tests by hand, and under simulated time.
//
// Two of them: EventCourier (every event) and StockCourier (latest numbers). Driven by
// courier_runner. Confined to one thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "feed/comparison.h"
#include "feed/cursor_record.h"
#include "feed/sink.h"
#include "feed/sink_status.h"
#include "model/event.h"
#include "model/outcome.h"
#include "store/event_log.h"

namespace holdfast::feed {

/// What time it is: `steady` for waiting (never jumps), `wall` for people and signatures.
struct Now {
  Duration steady = 0;
  Timestamp wall;
};

/// Something a courier needs before it can go on; its driver fetches it and gives it back at once.
struct Need {
  enum class Kind {
    kChain,    ///< `sku`'s events from `from` to `upto`, oldest first, at most `limit`: give_events
    kRange,    ///< any events from `from` to `upto`, in order, at most `limit`: give_events
    kNumbers,  ///< present numbers of `skus`: give_numbers
    kSkuPage,  ///< names of tracked SKUs after `sku`, at most `limit`: give_skus
  };
  Kind kind = Kind::kChain;
  std::string sku;
  Seq from = 0;
  Seq upto = 0;
  size_t limit = 0;
  std::vector<std::string> skus;
};

class Courier {
 public:
  virtual ~Courier() = default;

  // ---- in ----
  /// The courier has room for events after this one; nullopt while it has not, or is not active.
  virtual std::optional<Seq> read_after() const = 0;
  virtual void take(const store::LogBatch& batch) = 0;
  virtual std::optional<Need> need(const Now& now) = 0;
  virtual void give_events(const Need& need, const std::vector<OwnedEvent>& events);
  virtual void give_numbers(const Need& need, const std::vector<StockView>& numbers,
                            const Now& now);
  virtual void give_skus(const Need& need, const std::vector<std::string>& skus);
  virtual void report(const Report& report, const Now& now) = 0;
  /// Records up to this number (as counted by take_records) are durable.
  virtual void records_durable(uint64_t) {}

  // ---- out ----
  virtual std::vector<Item> due(const Now& now) = 0;
  /// What to remember since the last call, in order.
  virtual std::vector<CursorRecord> take_records() = 0;
  /// When, later than `now`, due() or need() may have something without any input; nullopt = never.
  virtual std::optional<Duration> next_timer(const Now& now) const = 0;
  virtual void fill_status(SinkStatus* status, const Now& now) const = 0;
  virtual std::vector<DeadLetter> dead_letters() const = 0;
  /// Everything up to `seq` was delivered, is parked or is a dead letter.
  virtual bool caught_up(Seq seq) const = 0;

  /// Nothing more will be sent: what the next start should know goes into the records.
  virtual void end() {}

  // ---- operators ----
  virtual void set_state(SinkState state, std::string reason) = 0;
  virtual void replay(Seq from, Seq to) = 0;
  /// Empty = all.
  virtual void redeliver(const std::vector<Seq>& seqs) = 0;
  /// Ends observing for good: every number is told. Without effect where nothing is observed.
  virtual void activate() {}
  virtual std::vector<Observation> observations() const { return {}; }
  /// What the sink's channel shows. Without effect where nothing is compared.
  virtual void observe(const std::vector<ObservedLevel>&) {}
  /// Lives as long as its courier, or longer; null where nothing is compared.
  virtual std::shared_ptr<const Comparison> comparison() const { return nullptr; }
};

}  // namespace holdfast::feed
