#include "tests/shared/nodes.h"

#include <future>
#include <utility>

#include "base/random.h"
#include "store/postgres/migration.h"

namespace holdfast::shared {

using store::postgres::Connection;
using store::postgres::Url;

store::CommitOutcome HandledStore::commit(const store::GroupWrite& write, Error* error) {
  if (const BeforeCommit act = std::exchange(before_commit, {})) act();
  switch (std::exchange(next_commit, Commit::kAnswered)) {
    case Commit::kAnswered:
      return store_->commit(write, error);
    case Commit::kDoneAndLost:
      EXPECT_EQ(store_->commit(write, error), store::CommitOutcome::kCommitted);
      return store::CommitOutcome::kUnknown;
    case Commit::kLostBefore:
      store_->rollback();
      return store::CommitOutcome::kUnknown;
  }
  return store::CommitOutcome::kUnknown;
}

Node::Node(const std::string& address, const NodeOptions& options) : threads_(options.threads) {
  const Url url = *Url::parse(address);
  store_ = std::make_unique<HandledStore>(std::make_unique<store::postgres::GroupStore>(
      url, store::postgres::SessionOptions{}, options.guards));
  reader_ = std::make_unique<store::postgres::SnapshotReader>(url);
  store::LedgerIdentity identity;
  {
    auto connection = Connection::open(url);
    EXPECT_TRUE(connection) << connection.error().detail;
    identity.ledger_id = *(*connection)->execute("SELECT id FROM ledger");
  }
  auto log = store::postgres::PostgresLog::open(url, identity);
  EXPECT_TRUE(log) << log.error().detail;
  log_ = std::move(*log);
  engine::SharedExecutorOptions executor;
  executor.threads = options.threads;
  executor.writer.owner = SystemRandom().next() | 1;
  executor.writer.sweep_every = options.sweep_every;
  executor.on_committed = [this](Seq seq, Timestamp time) { log_->heard(seq, time); };
  executor_ = std::make_unique<engine::SharedExecutor>(
      *store_, std::vector<store::SharedReader*>{reader_.get()}, *log_, clock_, executor);
}

std::vector<Outcome> Node::decide(std::vector<Command> commands) {
  std::promise<std::vector<Outcome>> answered;
  auto outcomes = answered.get_future();
  EXPECT_TRUE(executor_->submit(std::move(commands),
                                [&](Decided decided) { answered.set_value(std::move(decided)); }));
  while (!threads_ && executor_->do_work()) {
  }
  return outcomes.get();
}

Outcome Node::decide(Command command) {
  std::vector<Command> commands;
  commands.push_back(std::move(command));
  return std::move(decide(std::move(commands)).front());
}

QueryResult Node::ask(Query query) {
  std::promise<QueryResult> answered;
  auto result = answered.get_future();
  EXPECT_TRUE(executor_->query(std::move(query),
                               [&](QueryResult found) { answered.set_value(std::move(found)); }));
  while (!threads_ && executor_->do_work()) {
  }
  return result.get();
}

void ManyNodes::SetUpTestSuite() {
  if (!server_) server_ = test::Postgres::start();
}
void ManyNodes::TearDownTestSuite() { server_.reset(); }

void ManyNodes::SetUp() {
  ASSERT_NE(server_, nullptr);
  server_->sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public");
  auto connection = Connection::open(*Url::parse(server_->url()), store::postgres::migrating());
  ASSERT_TRUE(connection) << connection.error().detail;
  const auto applied = store::postgres::migrate(**connection, "test");
  ASSERT_TRUE(applied) << applied.error().detail;
}

std::unique_ptr<Node> ManyNodes::node(const NodeOptions& options) {
  return std::make_unique<Node>(server_->url(), options);
}

void ManyNodes::stock_up(Node& node, int64_t units) {
  EXPECT_EQ(node.decide(channel("web", {"berlin"})).status, OutcomeStatus::kRecorded);
  EXPECT_EQ(node.decide(counted("TEE", "berlin", units)).status, OutcomeStatus::kRecorded);
}

int64_t ManyNodes::berlin(const std::string& column) {
  return std::stoll(
      server_->sql("SELECT " + column + " FROM stock WHERE sku = 'TEE' AND location = 'berlin'"));
}

void ManyNodes::wait_for_a_waiting_session() {
  EXPECT_TRUE(test::wait_until([&] {
    return server_->sql("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'") !=
           "0";
  }));
}

namespace {

/// Replays the log into a whole ledger.
class Replay final : public store::LogVisitor {
 public:
  explicit Replay(ledger::Ledger* ledger) : ledger_(*ledger) {}
  void begin_command(const CommandHead& head, Seq first_seq, Timestamp recorded_at) override {
    ledger_.begin_command(head, first_seq, recorded_at);
  }
  void event(const Event& event) override { ledger_.apply(event); }
  void end_command() override { ledger_.end_command(); }

 private:
  ledger::Ledger& ledger_;
};

std::string position(const std::string& sku, const PositionView& at) {
  return sku + " " + at.location + " " + std::to_string(at.available) + "/" +
         std::to_string(at.held) + "/" + std::to_string(at.committed);
}

}  // namespace

void ManyNodes::expect_books_add_up() {
  const auto reader = node({.threads = false});
  ledger::Ledger whole({.ledger_id = reader->log().identity().ledger_id});
  Replay replay(&whole);
  const Status replayed = reader->log().replay(0, replay);
  ASSERT_TRUE(replayed) << replayed.error().detail;
  EXPECT_EQ(whole.check(), "");
  EXPECT_EQ(std::to_string(whole.last_seq()), server_->sql("SELECT last_seq FROM ledger"));
  EXPECT_EQ(server_->sql("SELECT count(*) FROM event"), std::to_string(whole.last_seq()));
  EXPECT_EQ(server_->sql("SELECT open_holds FROM ledger"), std::to_string(whole.open_holds()));
  EXPECT_EQ(server_->sql("SELECT count(*) FROM hold WHERE remaining > 0"),
            std::to_string(whole.open_holds()));
  EXPECT_EQ(server_->sql("SELECT coalesce(sum(open_holds), 0) FROM source"),
            std::to_string(whole.open_holds()));
  Query query;
  query.type = QueryType::kStockPage;
  query.limit = 1'000;
  const QueryResult here = whole.query(query, {});
  const QueryResult there = reader->ask(query);
  ASSERT_EQ(there.stock.size(), here.stock.size());
  for (size_t i = 0; i < here.stock.size(); ++i) {
    ASSERT_EQ(there.stock[i].sku, here.stock[i].sku);
    EXPECT_EQ(there.stock[i].sku_seq, here.stock[i].sku_seq);
    ASSERT_EQ(there.stock[i].locations.size(), here.stock[i].locations.size());
    for (size_t p = 0; p < here.stock[i].locations.size(); ++p) {
      const PositionView& at = here.stock[i].locations[p];
      EXPECT_EQ(there.stock[i].locations[p], at) << position(here.stock[i].sku, at);
      const std::string columns = server_->sql(
          "SELECT available || '/' || held || '/' || committed FROM stock WHERE sku = '" +
          here.stock[i].sku + "' AND location = '" + at.location + "'");
      EXPECT_EQ(here.stock[i].sku + " " + at.location + " " + columns,
                position(here.stock[i].sku, at));
    }
  }
}

Command channel(const std::string& name, std::vector<std::string> locations) {
  Command command;
  command.type = CommandType::kChannelSet;
  command.source = "local";
  command.channel = name;
  command.channel_settings.locations = std::move(locations);
  return command;
}

static Command of_line(CommandType type, const std::string& sku) {
  Command command;
  command.type = type;
  command.source = "local";
  command.channel = "web";
  command.lines.emplace_back().sku = sku;
  return command;
}

Command counted(const std::string& sku, const std::string& location, int64_t units) {
  Command command = of_line(CommandType::kStockCounted, sku);
  command.channel.clear();
  command.location = location;
  command.lines[0].counted = units;
  return command;
}

Command placed(const std::string& hold, const std::string& sku, int64_t units, int64_t ttl_s) {
  Command command = of_line(CommandType::kHoldPlace, sku);
  command.hold = hold;
  command.ttl_s = ttl_s;
  command.lines[0].quantity = units;
  return command;
}

Command accepted(const std::string& order, const std::string& sku, int64_t units) {
  Command command = of_line(CommandType::kOrderAccept, sku);
  command.order = order;
  command.lines[0].quantity = units;
  return command;
}

Command sold(const std::string& key, const std::string& sku, int64_t units) {
  Command command = of_line(CommandType::kStockSold, sku);
  command.idempotency_key = key;
  command.location = "berlin";
  command.lines[0].quantity = units;
  return command;
}

}  // namespace holdfast::shared
