// The log in table `event` answers as the log in memory does, whatever was written to both.
#include "store/postgres/event_log.h"

#include <algorithm>
#include <atomic>

#include <fmt/format.h>

#include "base/random.h"
#include "store/event_codec.h"
#include "store/memory/memory_store.h"
#include "store/postgres/migration.h"
#include "tests/postgres/database.h"

namespace holdfast::store::postgres {
namespace {

constexpr Timestamp kStart{1'763'884'800'000'000};

/// One command as both stores get it.
struct Told {
  CommandHead head;
  std::vector<Event> events;
};

class EventLogTest : public Database {
 protected:
  void SetUp() override {
    Database::SetUp();
    server_->sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public");
    writer_ = connect(migrating());
    ASSERT_TRUE(migrate(*writer_, "1"));
    Result<std::unique_ptr<PostgresLog>> opened = PostgresLog::open(url(), {"shared000000", 0});
    ASSERT_TRUE(opened) << opened.error().detail;
    log_ = std::move(*opened);
  }
  void TearDown() override { log_.reset(); }

  /// The group goes to both; the one in PostgreSQL as the writer of a shared ledger writes it.
  void write(const std::vector<Told>& group, Timestamp time) {
    GroupWriter& memory = memory_.begin_group(time);
    std::vector<std::pair<Event, std::string>> rows;
    for (const Told& told : group) {
      std::string record;
      PayloadWriter encoder(&record, time);
      memory.begin_command(told.head);
      encoder.begin_command(told.head);
      for (const Event& event : told.events) {
        memory.append(event);
        encoder.append(event, {});
        rows.emplace_back(event, "");
        rows.back().first.command_seq = told.events.front().seq;
      }
      memory.end_command();
      encoder.end_command();
      rows[rows.size() - told.events.size()].second = record;
    }
    ASSERT_TRUE(memory_.seal_group() && memory_.flush_group());
    insert(rows, time);
  }

  void insert(const std::vector<std::pair<Event, std::string>>& rows, Timestamp time) {
    static constexpr Statement kInsert{"insert_events",
                                       "INSERT INTO event (seq, command_seq, recorded_at, "
                                       "occurred_at, type, sku, sku_seq, moved_from, "
                                       "moved_to, quantity, location, to_location, record) SELECT "
                                       "*  FROM unnest($1, $2, $3, $4, $5, $6, $7, "
                                       "$8, $9, $10, $11, $12, $13)"};
    static constexpr Statement kLast{"raise_last",
                                     "UPDATE ledger SET last_seq = $1, last_time = $2"};
    const auto account = [](Account a) {
      return a == Account::kNone ? std::nullopt : std::optional(name_of(a));
    };
    Parameters columns;
    const auto add = [&](auto of) {
      columns.column(rows, [&](const auto& row) { return of(row.first); });
    };
    add([](const Event& e) { return e.seq; });
    add([](const Event& e) { return e.command_seq; });
    add([&](const Event&) { return time; });
    add([](const Event& e) { return e.occurred_at; });
    add([](const Event& e) { return name_of(e.type); });
    add([](const Event& e) { return or_null(e.sku); });
    add([](const Event& e) { return e.sku_seq; });
    add([&](const Event& e) { return account(e.from); });
    add([&](const Event& e) { return account(e.to); });
    add([](const Event& e) { return e.quantity; });
    add([](const Event& e) { return or_null(e.location); });
    add([](const Event& e) { return or_null(e.to_location); });
    columns.column(rows, [](const auto& row) {
      return row.second.empty() ? std::nullopt : std::optional(Bytes{row.second});
    });
    writer_->add(kBegin);
    writer_->add(kInsert, columns);
    writer_->add(kLast, Parameters().add(rows.back().first.seq).add(time));
    const auto done = writer_->commit();
    ASSERT_TRUE(done) << done.error().detail;
  }

  /// `groups` groups of one to three commands with one to four events, some late.
  void write_random(size_t groups, uint64_t seed) {
    SeededRandom random(seed);
    Seq seq = memory_.durable_seq();
    std::vector<uint64_t> sku_seqs(3);
    for (size_t i = 0; i < groups; ++i) {
      const Timestamp time = kStart + Duration(i * 1'000);
      std::vector<Told> group(1 + random.below(3));
      for (Told& told : group) {
        told.head.type = CommandType::kStockMoved;
        told.head.source = "local";
        told.head.idempotency_key = "key";
        for (size_t n = 1 + random.below(4); n > 0; --n) {
          told.events.push_back(random_event(random, ++seq, &sku_seqs, i));
        }
      }
      ASSERT_NO_FATAL_FAILURE(write(group, time));
    }
    ASSERT_TRUE(test::wait_until([&] { return log_->durable_seq() == seq; }));
  }

  static Event random_event(SeededRandom& random, Seq seq, std::vector<uint64_t>* sku_seqs,
                            size_t at) {
    static constexpr const char* kSkus[] = {"A", "B", "C"};
    static constexpr const char* kPlaces[] = {"berlin", "leeds", "returns"};
    Event event;
    const size_t sku = random.below(8) == 0 ? 1 : 0;
    event.type = EventType::kStockMoved;
    event.seq = seq;
    event.sku = kSkus[sku];
    event.sku_seq = ++(*sku_seqs)[sku];
    event.location = kPlaces[random.below(2)];
    if (random.below(4) == 0) event.to_location = kPlaces[random.below(3)];
    if (random.below(10) != 0) {
      event.from = static_cast<Account>(1 + random.below(kAccountCount - 1));
      event.to = static_cast<Account>(1 + random.below(kAccountCount - 1));
      event.quantity = 1 + static_cast<int64_t>(random.below(9));
    }
    if (random.below(20) == 0) event.occurred_at = kStart + Duration(random.below(at * 1'000 + 1));
    return event;
  }

  static std::string told(const Event& event) {
    return fmt::format("{} {} {} {} {} {}>{} {} {}", event.seq, event.sku, event.sku_seq,
                       event.recorded_at.us, event.command_seq, name_of(event.from),
                       name_of(event.to), event.quantity, event.source);
  }
  static std::vector<std::string> walked(EventLog& log, const std::string& sku, Seq before,
                                         size_t most) {
    std::vector<std::string> events;
    EXPECT_TRUE(log.walk_sku(sku, before, [&](const Event& event) {
      events.push_back(told(event));
      return events.size() < most;
    }));
    return events;
  }
  static std::vector<std::string> late(EventLog& log, Seq after, Timestamp time) {
    std::vector<std::string> events;
    EXPECT_TRUE(log.walk_late_facts("A", after, time, [&](const Event& event) {
      events.push_back(told(event));
      return true;
    }));
    return events;
  }

  std::unique_ptr<Connection> writer_;
  MemoryStore memory_;
  std::unique_ptr<PostgresLog> log_;
};

TEST_F(EventLogTest, AnswersAsTheLogInMemory) {
  ASSERT_NO_FATAL_FAILURE(write_random(300, 1));
  const Seq last = memory_.durable_seq();
  EXPECT_EQ(log_->last_time(), memory_.last_time());
  for (Seq seq = 0; seq <= last + 1; seq += 13) {
    ASSERT_EQ(*log_->balances_after("A", seq), *memory_.balances_after("A", seq)) << seq;
    ASSERT_EQ(walked(*log_, "A", seq, 40), walked(memory_, "A", seq, 40)) << seq;
  }
  EXPECT_EQ(walked(*log_, "A", 0, SIZE_MAX), walked(memory_, "A", 0, SIZE_MAX));
  EXPECT_TRUE(walked(*log_, "unknown", 0, 1).empty());
  EXPECT_TRUE(log_->balances_after("unknown", last)->empty());
  for (Duration at = -1'000; at < 301'000; at += 7'300) {
    ASSERT_EQ(*log_->seq_at(kStart + at), *memory_.seq_at(kStart + at)) << at;
    ASSERT_EQ(late(*log_, last / 2, kStart + at), late(memory_, last / 2, kStart + at)) << at;
  }
}

TEST_F(EventLogTest, PagesWholeCommandsFromAnywhere) {
  ASSERT_NO_FATAL_FAILURE(write_random(200, 2));
  const Seq last = memory_.durable_seq();
  for (const size_t bytes : {size_t{1}, size_t{500}, size_t{1} << 20}) {
    Seq after = 0;
    while (after < last) {
      const Result<LogBatch> batch = log_->read(after, bytes);
      ASSERT_TRUE(batch) << batch.error().detail;
      ASSERT_FALSE(batch->commands.empty());
      EXPECT_EQ(batch->commands.front().first_seq(), after + 1);
      EXPECT_EQ(batch->commands.front().head.idempotency_key, "key");
      after = batch->last_seq;
      EXPECT_EQ(batch->at_end, after == last);
    }
    EXPECT_EQ(after, last);
  }
  EXPECT_TRUE(log_->read(last, 100)->at_end);
  EXPECT_TRUE(log_->read(last, 100)->commands.empty());
  for (Seq seq = 1; seq <= last; seq += 7) {
    const Result<LogBatch> batch = log_->read_command(seq);
    ASSERT_TRUE(batch) << batch.error().detail;
    ASSERT_EQ(batch->commands.size(), 1u);
    EXPECT_EQ(batch->commands[0].first_seq(), memory_.read_command(seq)->commands[0].first_seq());
    EXPECT_EQ(log_->read(seq, 1)->commands.size(), seq == last ? 0u : 1u);
    if (seq < last) {
      EXPECT_EQ(log_->read(seq, 1)->commands[0].first_seq(),
                memory_.read(seq, 1)->commands[0].first_seq());
    }
  }
  EXPECT_EQ(log_->read_command(0).error().code, ErrorCode::kCursorInvalid);
  EXPECT_EQ(log_->read_command(last + 1).error().code, ErrorCode::kCursorInvalid);
}

TEST_F(EventLogTest, HearsWhatOthersCommitted) {
  std::atomic<Seq> heard{0};
  const uint64_t id = log_->subscribe([&](Seq seq) { heard = seq; });
  ASSERT_NO_FATAL_FAILURE(write_random(3, 3));
  EXPECT_TRUE(test::wait_until([&] { return heard == memory_.durable_seq(); }));
  log_->heard(heard + 5, kStart + kDay);  // its own node's commit, before anybody asked
  EXPECT_EQ(heard, memory_.durable_seq() + 5);
  log_->unsubscribe(id);
}

TEST_F(EventLogTest, ReadsAndHearsAgainAfterARestart) {
  ASSERT_NO_FATAL_FAILURE(write_random(3, 4));
  const Seq last = memory_.durable_seq();
  server_->kill();
  ASSERT_TRUE(server_->restart());
  const Result<LogBatch> batch = log_->read(0, 1 << 20);
  ASSERT_TRUE(batch) << batch.error().detail;
  EXPECT_EQ(batch->last_seq, last);
  server_->sql("UPDATE ledger SET last_seq = last_seq + 1");
  EXPECT_TRUE(test::wait_until([&] { return log_->durable_seq() == last + 1; }));
}

TEST_F(EventLogTest, ADamagedRecordIsNamed) {
  ASSERT_NO_FATAL_FAILURE(write_random(3, 5));
  server_->sql("UPDATE event SET record = '\\x0102' WHERE seq = 1");
  EXPECT_EQ(log_->read(0, 100).error().code, ErrorCode::kCorrupt);
  EXPECT_EQ(log_->read_command(1).error().code, ErrorCode::kCorrupt);
}

}  // namespace
}  // namespace holdfast::store::postgres
