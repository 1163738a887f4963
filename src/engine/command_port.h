// The engine's first port: how every other room submits commands and asks for present state.
//
// Used by http, intake and app. Thread-safe. Implemented by LocalExecutor (one machine).
//
// Contract: `done` is called exactly once, on an engine thread, after everything the answers rest on is
// durable; it must not block and must not throw: post to your own thread. Outcomes are in input order.
// Commands and queries of one submission are decided in order, together (other submissions may come
// between groups, never between the items of one slice of `kGroupCommandsMax`). Reads are linearizable and reflect own writes.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "model/command.h"
#include "model/event.h"
#include "model/outcome.h"

namespace holdfast {

/// The answers to a submission, in its order, and its commands back: they are large, and are best
/// freed by the thread that made them. Whoever wants the answers alone takes a std::vector<Outcome>.
struct Decided {
  std::vector<Outcome> outcomes;
  std::vector<Command> commands;

  Decided() = default;
  Decided(std::vector<Outcome> answers, std::vector<Command> asked = {})  // implicit: see above
      : outcomes(std::move(answers)), commands(std::move(asked)) {}
  operator std::vector<Outcome>() && { return std::move(outcomes); }
};

class CommandPort {
 public:
  using CommandsDone = std::move_only_function<void(Decided)>;
  using QueryDone = std::move_only_function<void(QueryResult)>;

  virtual ~CommandPort() = default;

  /// REQUIRES: 1 … kBatchItemsMax commands, each well-formed (as the JSON parser leaves them).
  /// Returns false, without calling `done` and without effect, when the queue is full or the engine is
  /// draining: answer 503 `overloaded` / `shutting_down`.
  virtual bool submit(std::vector<Command> commands, CommandsDone done) = 0;

  /// Reads present state, in order with the commands. Same return as submit().
  virtual bool query(Query query, QueryDone done) = 0;

  /// True from the start of a drain.
  virtual bool draining() const = 0;
};

/// History: reads only durable bytes, never the sequencer's state. Blocking; call it off the event loop.
/// Thread-safe.
class HistoryPort {
 public:
  virtual ~HistoryPort() = default;

  /// Events of a SKU, newest first, from before `before_seq` (0 = from the newest). At most `limit`.
  /// kUnknownSku for a SKU no durable event names.
  virtual Result<std::vector<OwnedEvent>> sku_history(const std::string& sku, Seq before_seq,
                                                      size_t limit) = 0;
  /// Balances of a SKU as they were known after `seq`.
  virtual Result<StockView> stock_as_of_seq(const std::string& sku, Seq seq) = 0;
  /// Balances of a SKU at a time: of all events recorded (or with `by_occurred`, that occurred) up to it.
  virtual Result<StockView> stock_as_of_time(const std::string& sku, Timestamp time,
                                             bool by_occurred) = 0;
  /// How the balances of a SKU as known after `seq` came, place by place: since the newest count of its
  /// sellable units, else since the beginning, else since the oldest of the `events_max` newest events.
  /// `name` is the one the books keep (Explanation::sku). kUnknownSku for a SKU no event names.
  virtual Result<StockAccount> stock_account(const std::string& name, Seq seq,
                                             size_t events_max) = 0;
};

}  // namespace holdfast
