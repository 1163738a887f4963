// The tables themselves: leases, operations and logs of records in a real PostgreSQL, and the
// seeded schedules over them.
#include "tests/feed/tables.h"

#include <atomic>
#include <set>
#include <thread>

#include "http/key_book.h"
#include "intake/parked_file.h"
#include "tests/feed/schedules.h"

namespace holdfast::test {
namespace {

using store::postgres::open_record_log;
using store::postgres::Session;

class FeedTablesTest : public FeedTables {
 protected:
  struct Opened {
    std::vector<std::string> seen;
    std::unique_ptr<io::RecordLog> log;
  };
  static std::unique_ptr<Opened> open(const io::OpenRecords& records) {
    auto opened = std::make_unique<Opened>();
    auto log =
        records([seen = &opened->seen](std::string_view payload) { seen->emplace_back(payload); });
    EXPECT_TRUE(log) << (log ? "" : log.error().detail);
    if (log) opened->log = std::move(*log);
    return opened;
  }
  static ErrorCode code(const Status& status) {
    return status ? ErrorCode::kNone : status.error().code;
  }

  Session session_{url(), {}};
};

TEST_F(FeedTablesTest, RecordsComeBackInOrderWhateverTheirBytes) {
  const auto one = open(open_record_log(session_, "keys"));
  std::vector<std::string> written;
  for (int i = 0; i < 1'500; ++i) {  // more than a page
    written.push_back(std::string(1, '\0') + std::to_string(i) + "\xff");
    ASSERT_TRUE(one->log->append(written.back()));
  }
  EXPECT_EQ(open(open_record_log(session_, "keys"))->seen, written);
  EXPECT_TRUE(open(open_record_log(session_, "others"))->seen.empty());
}

TEST_F(FeedTablesTest, OnlyWhoHasReadEverythingMayAppend) {
  const auto one = open(open_record_log(session_, "keys"));
  const auto other = open(open_record_log(session_, "keys"));
  ASSERT_TRUE(one->log->append("a"));
  EXPECT_EQ(code(other->log->append("b")), ErrorCode::kBasisMoved);
  EXPECT_EQ(code(other->log->replace("b")), ErrorCode::kBasisMoved);
  ASSERT_TRUE(other->log->catch_up([] {}));
  EXPECT_EQ(other->seen, std::vector<std::string>{"a"});
  EXPECT_TRUE(other->log->append("b"));
}

TEST_F(FeedTablesTest, AReplacedLogIsReadAnew) {
  const auto one = open(open_record_log(session_, "keys"));
  const auto other = open(open_record_log(session_, "keys"));
  for (const char* payload : {"a", "b", "c"}) ASSERT_TRUE(one->log->append(payload));
  ASSERT_TRUE(other->log->catch_up([] {}));
  ASSERT_TRUE(one->log->replace("sum"));
  ASSERT_TRUE(one->log->append("d"));
  ASSERT_TRUE(other->log->catch_up([&] { other->seen.clear(); }));
  EXPECT_EQ(other->seen, (std::vector<std::string>{"sum", "d"}));
  EXPECT_EQ(other->log->bytes(), 4u);
  EXPECT_EQ(server_->sql("SELECT count(*) FROM record"), "2");
}

TEST_F(FeedTablesTest, OfManyThatAppendAtOnceEachRecordIsThereOnce) {
  std::vector<std::thread> writers;
  for (int writer = 0; writer < 4; ++writer) {
    writers.emplace_back([writer] {
      Session session(url(), {});
      const auto opened = open(open_record_log(session, "keys"));
      for (int i = 0; i < 50;) {
        ASSERT_TRUE(opened->log->catch_up([] {}));
        const Status added = opened->log->append(std::to_string(writer * 100 + i));
        if (added) ++i;
        if (!added) {
          ASSERT_EQ(added.error().code, ErrorCode::kBasisMoved);
        }
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  const auto all = open(open_record_log(session_, "keys"));
  EXPECT_EQ(all->seen.size(), 200u);
  EXPECT_EQ(std::set<std::string>(all->seen.begin(), all->seen.end()).size(), 200u);
}

TEST_F(FeedTablesTest, ALeaseIsTakenOnceAndRenewedByItsOwnerAlone) {
  const auto one = leases("one");
  const auto other = leases("other");
  const auto seen = one->look("shop");
  ASSERT_TRUE(seen) << seen.error().detail;
  EXPECT_EQ(seen->epoch, 0u);
  EXPECT_TRUE(*one->take("shop", *seen));
  EXPECT_FALSE(*other->take("shop", *seen));
  EXPECT_TRUE(*one->renew("shop", 1, "report"));
  EXPECT_FALSE(*one->renew("shop", 2, ""));
  EXPECT_FALSE(*other->renew("shop", 1, ""));
  const auto row = other->look("shop");
  EXPECT_EQ(row->epoch, 1u);
  EXPECT_EQ(row->beat, 1u);
  EXPECT_EQ(row->owner, "one");
  EXPECT_EQ(row->address, "node-one");
  EXPECT_EQ(row->report, "report");
  // It beat meanwhile: what was seen before is no reason to take it.
  EXPECT_FALSE(*other->take("shop", {1, 0, "one", "", "", 0}));
  ASSERT_TRUE(one->release("shop", 1));
  EXPECT_TRUE(*other->take("shop", *other->look("shop")));
  EXPECT_EQ(one->look("shop")->epoch, 2u);
}

TEST_F(FeedTablesTest, OfManyThatTakeAtOnceOneHasIt) {
  for (int round = 0; round < 20; ++round) {
    const auto seen = leases("watcher")->look("shop");
    std::atomic<int> taken{0};
    std::vector<std::thread> nodes;
    for (int node = 0; node < 4; ++node) {
      nodes.emplace_back([&, node] {
        if (*leases("n" + std::to_string(node))->take("shop", *seen)) ++taken;
      });
    }
    for (std::thread& node : nodes) node.join();
    EXPECT_EQ(taken, 1);
  }
}

TEST_F(FeedTablesTest, WhoseSinkWasTakenWritesNoCursor) {
  const auto one = leases("one");
  const auto other = leases("other");
  ASSERT_TRUE(*one->take("shop", *one->look("shop")));
  const auto log = open(one->cursor("shop", 1));
  ASSERT_TRUE(log->log->append("a"));
  ASSERT_TRUE(*other->take("shop", *other->look("shop")));
  EXPECT_EQ(code(log->log->append("b")), ErrorCode::kInUse);
  EXPECT_EQ(code(log->log->replace("b")), ErrorCode::kInUse);
  EXPECT_EQ(code(open(one->cursor("shop", 0))->log->append("b")), ErrorCode::kInUse);
  EXPECT_EQ(open(other->cursor("shop", 2))->seen, std::vector<std::string>{"a"});
}

/// An append is in the middle of its statement when the sink is taken: the take waits for it.
TEST_F(FeedTablesTest, WhatIsReadAfterATakeIsAllThereWillEverBe) {
  const auto one = leases("one");
  const auto other = leases("other");
  ASSERT_TRUE(*one->take("shop", *one->look("shop")));
  const auto log = open(one->cursor("shop", 1));
  const auto seen = other->look("shop");
  const auto waiting = [] {
    return server_->sql("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'");
  };

  store::postgres::SessionOptions patient;
  patient.idle_in_transaction_max = kMinute;
  const auto blocker = store::postgres::Connection::open(url(), patient);
  ASSERT_TRUE(blocker);
  ASSERT_TRUE((*blocker)->execute("BEGIN; SELECT 1 FROM record_log FOR UPDATE"));
  Status appended;
  std::thread writer([&] { appended = log->log->append("a"); });
  EXPECT_TRUE(wait_until([&] { return waiting() == "1"; }));

  std::atomic<bool> taken{false};
  size_t found = 0;
  std::thread taker([&] {
    EXPECT_TRUE(*other->take("shop", *seen));
    found = open(other->cursor("shop", 2))->seen.size();
    taken = true;
  });
  EXPECT_TRUE(wait_until([&] { return taken || waiting() == "2"; }));
  ASSERT_TRUE((*blocker)->execute("COMMIT"));
  writer.join();
  taker.join();
  EXPECT_TRUE(appended);
  EXPECT_EQ(found, 1u);
}

TEST_F(FeedTablesTest, WhatIsAskedIsNumberedInOrderAndLeavesWhenItIsDone) {
  const auto one = leases("one");
  const auto other = leases("other");
  EXPECT_EQ(*other->ask("shop", "pause"), 1u);
  EXPECT_EQ(*other->ask("shop", std::string("\0x", 2)), 2u);
  ASSERT_TRUE(*one->take("shop", *one->look("shop")));
  const auto asked = one->asked("shop", 0);
  ASSERT_TRUE(asked);
  ASSERT_EQ(asked->size(), 2u);
  EXPECT_EQ((*asked)[1].payload, std::string("\0x", 2));
  EXPECT_TRUE(*one->finish("shop", 1, 1, "done"));
  EXPECT_FALSE(*other->finish("shop", 1, 2, ""));
  EXPECT_EQ(one->asked("shop", 0)->size(), 1u);
  EXPECT_EQ(other->look("shop")->finished, 1u);
  EXPECT_EQ(other->look("shop")->report, "done");
}

TEST_F(FeedTablesTest, ALostConnectionIsMadeAgain) {
  const auto one = leases("one");
  ASSERT_TRUE(*one->take("shop", *one->look("shop")));
  server_->terminate_backends("application_name LIKE 'holdfast%'");
  EXPECT_FALSE(one->renew("shop", 1, ""));
  EXPECT_TRUE(*one->renew("shop", 1, ""));
}

TEST_F(FeedTablesTest, KeysAndParkedDeliveriesLiveInTables) {
  ManualClock clock;
  SeededRandom random(7);
  Session session(url(), {});
  auto keys = http::KeyBook::open(open_record_log(session_, "keys"), "keys", clock, random);
  auto others = http::KeyBook::open(open_record_log(session, "keys"), "keys", clock, random);
  ASSERT_TRUE(keys && others);
  const auto admin = (*keys)->create({"admin", "admin", {}, {}});
  ASSERT_TRUE(admin);
  ASSERT_TRUE((*others)->refresh());
  EXPECT_TRUE((*others)->find(admin->text));
  ASSERT_TRUE((*keys)->remove("admin", "", true));
  ASSERT_TRUE((*others)->refresh());
  EXPECT_FALSE((*others)->find(admin->text));

  auto parked = intake::ParkedFile::open(open_record_log(session_, "parked"), "parked");
  auto elsewhere = intake::ParkedFile::open(open_record_log(session, "parked"), "parked");
  ASSERT_TRUE(parked && elsewhere);
  intake::ParkedItem item;
  item.source = "shop";
  item.item = "{}";
  item.at = clock.wall();
  ASSERT_TRUE((*parked)->append({item}));
  ASSERT_TRUE((*elsewhere)->append({item}));
  EXPECT_EQ((*elsewhere)->count("shop"), 1u);
}

TEST_F(FeedTablesTest, SchedulesHoldOverTables) {
  for (uint64_t seed = 1; seed <= 12; ++seed) {
    clear();
    expect_all_told(*run_schedule(seed, {}, feed::DeliverMode::kEvents, leases), seed);
    clear();
    expect_last_numbers(*run_schedule(seed, {}, feed::DeliverMode::kStock, leases), seed);
  }
  EXPECT_EQ(server_->sql("SELECT deadlocks FROM pg_stat_database WHERE datname = 'holdfast'"), "0");
}

}  // namespace
}  // namespace holdfast::test
