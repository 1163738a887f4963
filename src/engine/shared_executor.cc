#include "engine/shared_executor.h"

#include <future>
#include <utility>

#include "base/invariant.h"
#include "engine/questions.h"

namespace holdfast::engine {
namespace {

/// A thread that waits looks so often whether it is to end.
constexpr Duration kIdleTurn = 100 * kMillisecond;

}  // namespace

SharedExecutor::SharedExecutor(store::SharedStore& store, std::vector<store::SharedReader*> readers,
                               store::EventLog& log, const Clock& clock,
                               SharedExecutorOptions options)
    : threads_(options.threads),
      rules_{.ledger_id = log.identity().ledger_id,
             .incarnation = log.identity().incarnation,
             .idempotency_window = options.idempotency_window,
             .idempotency_keys_max = options.idempotency_keys_max},
      own_registry_(options.metrics == nullptr ? std::make_unique<telemetry::Metrics>() : nullptr),
      metrics_(own_registry_ ? *own_registry_ : *options.metrics),
      history_(log),
      inbox_(options.queue_commands_max),
      questions_(options.queue_commands_max),
      releaser_(log, inbox_, helper_),
      writer_(
          {store, log, inbox_, releaser_, metrics_, clock, rules_, std::move(options.on_committed)},
          options.writer) {
  INVARIANT(options.writer.owner != 0, "a node needs a nonce");
  for (store::SharedReader* reader : readers) {
    reads_.push_back(
        std::make_unique<SharedReads>(SharedReads::Parts{*reader, questions_, metrics_, rules_}));
  }
  if (threads_) start_threads();
}

SharedExecutor::~SharedExecutor() { stop_threads(); }

void SharedExecutor::start_threads() {
  helper_.start();
  threads_running_.emplace_back([this] {
    while (!stopping_.load() && !(draining_.load() && writer_.idle())) {
      if (!writer_.do_work()) writer_.wait();
    }
  });
  for (const auto& reads : reads_) {
    threads_running_.emplace_back([this, &reads = *reads] {
      while (!stopping_.load() && !(draining_.load() && questions_.unanswered() == 0)) {
        if (!reads.do_work()) questions_.wait(kIdleTurn, 1);
      }
    });
  }
}

void SharedExecutor::stop_threads() {
  inbox_.close();
  questions_.close();
  stopping_.store(true);
  writer_.stop_retrying();
  inbox_.poke();
  questions_.poke();
  for (std::thread& thread : threads_running_) thread.join();
  threads_running_.clear();
  helper_.stop();
}

Status SharedExecutor::drain() {
  inbox_.close();
  questions_.close();
  draining_.store(true);
  writer_.stop_retrying();
  inbox_.poke();
  questions_.poke();
  if (threads_) {
    for (std::thread& thread : threads_running_) thread.join();
    threads_running_.clear();
  } else {
    while (!writer_.idle() && do_work()) {
    }
  }
  stop_threads();
  return {};
}

// ---- CommandPort --------------------------------------------------------------------------------

bool SharedExecutor::push(Submission submission) {
  Inbox& inbox = submission.reads ? questions_ : inbox_;
  if (inbox.push(submission)) return true;
  metrics_.refused.add();
  return false;
}

bool SharedExecutor::submit(std::vector<Command> commands, CommandsDone done) {
  Submission submission;
  submission.weight = commands.size();
  submission.outcomes.reserve(commands.size());
  submission.commands = std::move(commands);
  submission.done = std::move(done);
  return push(std::move(submission));
}

bool SharedExecutor::query(Query query, QueryDone done) {
  return push(asking(std::move(query), std::move(done)));
}

void SharedExecutor::answer_when_alive(std::function<void()> done) {
  Query query;
  query.type = QueryType::kLocations;
  query.limit = 1;
  (void)this->query(std::move(query), [done = std::move(done)](const QueryResult&) { done(); });
}

bool SharedExecutor::draining() const { return inbox_.closed(); }

// ---- StockReader --------------------------------------------------------------------------------

Result<std::vector<QueryResult>> SharedExecutor::ask(std::vector<Query> queries) {
  auto answered = std::make_shared<std::promise<std::vector<QueryResult>>>();
  auto results = answered->get_future();
  Submission submission =
      asking(std::move(queries), [promise = std::move(answered)](std::vector<QueryResult> found) {
        promise->set_value(std::move(found));
      });
  if (!push(std::move(submission))) {
    if (questions_.closed()) return fail(ErrorCode::kShuttingDown, "the engine is draining");
    return fail(ErrorCode::kOverloaded, "too many questions wait; try again");
  }
  if (!threads_) {
    while (do_work()) {
    }
  }
  try {
    std::vector<QueryResult> found = results.get();
    for (const QueryResult& result : found) {
      if (result.error.code == ErrorCode::kOverloaded) return std::unexpected(result.error);
    }
    return found;
  } catch (const std::future_error&) {  // dropped unanswered: the engine was stopped
    return fail(ErrorCode::kShuttingDown, "the engine has stopped");
  }
}

Result<std::vector<StockView>> SharedExecutor::read(const std::vector<std::string>& skus) {
  if (skus.empty()) return std::vector<StockView>{};
  HF_ASSIGN(results, ask(stock_queries(skus)));
  return stock_views(skus, std::move(results));
}

/// A page of the tables may show nothing; an empty list here means that there are no more.
Result<std::vector<std::string>> SharedExecutor::list_skus(const std::string& after, size_t limit) {
  std::vector<std::string> skus;
  std::string cursor = after;
  do {
    std::vector<Query> queries(1);
    queries[0].type = QueryType::kStockPage;
    queries[0].tracked = true;
    queries[0].cursor = cursor;
    queries[0].limit = limit;
    HF_ASSIGN(results, ask(std::move(queries)));
    for (StockView& view : results[0].stock) skus.push_back(std::move(view.sku));
    cursor = results[0].next_cursor;
  } while (skus.empty() && !cursor.empty());
  return skus;
}

// ---- HistoryPort --------------------------------------------------------------------------------

Result<std::vector<OwnedEvent>> SharedExecutor::sku_history(const std::string& sku, Seq before_seq,
                                                            size_t limit) {
  return history_.sku_history(sku, before_seq, limit);
}
Result<StockView> SharedExecutor::stock_as_of_seq(const std::string& sku, Seq seq) {
  return history_.stock_as_of_seq(sku, seq);
}
Result<StockView> SharedExecutor::stock_as_of_time(const std::string& sku, Timestamp time,
                                                   bool by_occurred) {
  return history_.stock_as_of_time(sku, time, by_occurred);
}
Result<StockAccount> SharedExecutor::stock_account(const std::string& name, Seq seq,
                                                   size_t events_max) {
  return history_.stock_account(name, seq, events_max);
}

// ---- by hand ------------------------------------------------------------------------------------

bool SharedExecutor::do_work() {
  bool worked = writer_.do_work();
  for (const auto& reads : reads_) worked |= reads->do_work();
  worked |= helper_.do_work();
  return worked;
}

}  // namespace holdfast::engine
