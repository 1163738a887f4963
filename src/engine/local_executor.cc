#include "engine/local_executor.h"

#include <future>
#include <utility>

#include "engine/questions.h"

namespace holdfast::engine {

Result<std::unique_ptr<LocalExecutor>> LocalExecutor::start(store::EventStore& store,
                                                            SnapshotPort* snapshots,
                                                            const Clock& clock,
                                                            LocalExecutorOptions options) {
  const Timestamp last_group = store.durable_seq() == 0 ? Timestamp{} : store.last_time();
  HF_ASSIGN(log_time, LogTime::start(clock, last_group, options.accept_clock));
  const ledger::LedgerOptions rules{
      .ledger_id = store.identity().ledger_id,
      .incarnation = store.identity().incarnation,
      .idempotency_window = options.idempotency_window,
      .idempotency_keys_max = options.idempotency_keys_max,
  };
  HF_ASSIGN(recovered, recover(store, snapshots, rules, clock));
  std::unique_ptr<LocalExecutor> executor(new LocalExecutor(
      store, snapshots, clock, std::move(options), std::move(recovered), log_time));
  if (executor->threads_) executor->start_threads();
  return executor;
}

LocalExecutor::LocalExecutor(store::EventStore& store, SnapshotPort* snapshots, const Clock& clock,
                             LocalExecutorOptions options, Recovered recovered, LogTime log_time)
    : threads_(options.threads),
      facts_(std::move(recovered.facts)),
      own_registry_(options.metrics == nullptr ? std::make_unique<telemetry::Metrics>() : nullptr),
      metrics_(own_registry_ ? *own_registry_ : *options.metrics),
      ledger_(std::move(recovered.ledger)),
      history_(store),
      inbox_(options.queue_commands_max),
      releaser_(store, inbox_, helper_),
      flusher_(store, clock, releaser_, metrics_, [this] { inbox_.poke(); }),
      snapshotter_(*ledger_, store, snapshots, snapshot_writer_, inbox_, metrics_,
                   options.snapshots, facts_.snapshot_seq),
      on_fatal_(std::move(options.on_fatal)),
      store_(store),
      sequencer_(sequencer_parts(), log_time, options.sequencer) {
  metrics_.durable_seq.set(static_cast<int64_t>(store.durable_seq()));
}

Sequencer::Parts LocalExecutor::sequencer_parts() {
  return {*ledger_,
          store_,
          inbox_,
          flusher_,
          releaser_,
          helper_,
          snapshotter_,
          metrics_,
          [this](const Error& error) {
            fatal_ = fail(error);
            if (on_fatal_) on_fatal_(error);
          }};
}

LocalExecutor::~LocalExecutor() { stop_threads(); }

void LocalExecutor::start_threads() {
  helper_.start();
  snapshot_writer_.start();
  flusher_.start();
  sequencer_thread_ = std::thread([this] { run_sequencer(); });
}

void LocalExecutor::stop_threads() {
  inbox_.close();
  stopping_.store(true);
  inbox_.poke();
  if (sequencer_thread_.joinable()) sequencer_thread_.join();
  flusher_.stop();
  helper_.stop();
  snapshot_writer_.stop();
}

void LocalExecutor::run_sequencer() {
  while (!stopping_.load(std::memory_order_relaxed) && !drained()) {
    if (!sequencer_.do_work()) sequencer_.wait();
  }
}

// ---- drain --------------------------------------------------------------------------------------

/// Everything accepted is answered, then the last snapshot is written (requested here, once).
bool LocalExecutor::drained() const {
  return draining_.load(std::memory_order_acquire) &&
         (sequencer_.failed() || (sequencer_.idle() && !snapshotter_.busy()));
}

Status LocalExecutor::drain() {
  inbox_.close();
  draining_.store(true, std::memory_order_release);
  inbox_.poke();
  if (threads_) {
    if (sequencer_thread_.joinable()) sequencer_thread_.join();
  } else {
    while (!drained() && do_work()) {
    }
  }
  if (!sequencer_.failed()) {
    // The sequencer has ended: this thread takes its role for the last snapshot.
    snapshotter_.request();
    while (snapshotter_.busy()) {
      if (snapshotter_.turn(true)) continue;
      if (threads_) {
        inbox_.wait(std::nullopt, 1);
      } else {
        snapshot_writer_.do_work();
      }
    }
  }
  stop_threads();
  return fatal_;
}

// ---- CommandPort --------------------------------------------------------------------------------

bool LocalExecutor::submit(std::vector<Command> commands, CommandsDone done) {
  Submission submission;
  submission.weight = commands.size();
  submission.outcomes.reserve(commands.size());
  submission.commands = std::move(commands);
  submission.done = std::move(done);
  if (inbox_.push(submission)) return true;
  metrics_.refused.add();
  return false;
}

bool LocalExecutor::query(Query query, QueryDone done) {
  Submission submission = asking(std::move(query), std::move(done));
  if (inbox_.push(submission)) return true;
  metrics_.refused.add();
  return false;
}

void LocalExecutor::answer_when_alive(std::function<void()> done) {
  Submission submission;  // weighs nothing: it asks nothing
  submission.reads = std::make_unique<Submission::Reads>();
  submission.reads->done = [done = std::move(done)](const std::vector<QueryResult>&) { done(); };
  if (inbox_.push(submission)) inbox_.poke();
}

bool LocalExecutor::draining() const { return inbox_.closed(); }

// ---- StockReader --------------------------------------------------------------------------------

Result<std::vector<QueryResult>> LocalExecutor::ask(std::vector<Query> queries) {
  auto answered = std::make_shared<std::promise<std::vector<QueryResult>>>();
  auto results = answered->get_future();
  Submission submission =
      asking(std::move(queries), [promise = std::move(answered)](std::vector<QueryResult> found) {
        promise->set_value(std::move(found));
      });
  if (!inbox_.push(submission)) {
    metrics_.refused.add();
    if (inbox_.closed()) return fail(ErrorCode::kShuttingDown, "the engine is draining");
    return fail(ErrorCode::kOverloaded, "the queue of the sequencer is full; try again");
  }
  if (!threads_) {
    while (do_work()) {
    }
  }
  try {
    return results.get();
  } catch (const std::future_error&) {  // dropped unanswered: the engine has failed or was stopped
    return fail(ErrorCode::kShuttingDown, "the engine has stopped");
  }
}

Result<std::vector<StockView>> LocalExecutor::read(const std::vector<std::string>& skus) {
  if (skus.empty()) return std::vector<StockView>{};
  HF_ASSIGN(results, ask(stock_queries(skus)));
  return stock_views(skus, std::move(results));
}

Result<std::vector<std::string>> LocalExecutor::list_skus(const std::string& after, size_t limit) {
  std::vector<Query> queries(1);
  queries[0].type = QueryType::kStockPage;
  queries[0].tracked = true;
  queries[0].cursor = after;
  queries[0].limit = limit;
  HF_ASSIGN(results, ask(std::move(queries)));
  std::vector<std::string> skus;
  for (StockView& view : results[0].stock) skus.push_back(std::move(view.sku));
  return skus;
}

// ---- HistoryPort --------------------------------------------------------------------------------

Result<std::vector<OwnedEvent>> LocalExecutor::sku_history(const std::string& sku, Seq before_seq,
                                                           size_t limit) {
  return history_.sku_history(sku, before_seq, limit);
}
Result<StockView> LocalExecutor::stock_as_of_seq(const std::string& sku, Seq seq) {
  return history_.stock_as_of_seq(sku, seq);
}
Result<StockView> LocalExecutor::stock_as_of_time(const std::string& sku, Timestamp time,
                                                  bool by_occurred) {
  return history_.stock_as_of_time(sku, time, by_occurred);
}
Result<StockAccount> LocalExecutor::stock_account(const std::string& name, Seq seq,
                                                  size_t events_max) {
  return history_.stock_account(name, seq, events_max);
}

// ---- by hand ------------------------------------------------------------------------------------

bool LocalExecutor::do_work() {
  bool worked = sequencer_.do_work();
  worked |= flusher_.do_work();
  worked |= helper_.do_work();
  worked |= snapshot_writer_.do_work();
  return worked;
}

}  // namespace holdfast::engine
