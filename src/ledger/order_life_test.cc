// An order ends the same whatever the sequence and repetition of what was told of it: the walk of the
// product's description, in its own order and in many others.
#include <algorithm>
#include <functional>

#include "base/random.h"
#include "ledger/test_ledger.h"

namespace holdfast::ledger {
namespace {

Version at(int minute) { return {Version::Kind::kTime, (kStart + minute * kMinute).us}; }

Command snapshot(int minute, std::optional<int64_t> cancelled, std::optional<int64_t> written_off) {
  Command command = TestLedger::fact(CommandType::kOrderChanged, {CommandLine{}});
  command.source = "shop";
  command.channel = "web";
  command.order = "1001";
  command.version = at(minute);
  CommandLine& line = command.lines.front();
  line.sku = "TEE";
  line.line = "L1";
  line.ordered = 5;
  line.cancelled = cancelled;
  line.written_off = written_off;
  return command;
}

Command told(CommandType type, const std::string& source, const std::string& document,
             const std::string& location, int64_t quantity) {
  Command command = TestLedger::fact(type, {});
  command.source = source;
  command.channel = "web";
  command.order = "1001";
  command.document = document;
  command.location = location;
  if (quantity > 0) command.lines.push_back(line_of("TEE", quantity));
  return command;
}

CommandFulfillment shipment(const std::string& id, const std::string& location, int64_t quantity,
                            bool voided) {
  CommandFulfillment made;
  made.id = id;
  made.location = location;
  made.voided = voided;
  made.lines.push_back({"TEE", "L1", quantity});
  return made;
}

/// Everything told of the order, in the walk's order.
std::vector<Command> deliveries() {
  std::vector<Command> all;
  all.push_back(snapshot(1, {}, {}));
  all.push_back(snapshot(10, 1, {}));
  all.push_back(told(CommandType::kOrderCancelled, "shop", "refund-1", "", 1));
  all.push_back(told(CommandType::kOrderFulfilled, "shop", "F1", "berlin", 2));
  Command tracking = snapshot(20, 1, {});
  tracking.fulfillments.push_back(shipment("F1", "berlin", 2, false));
  all.push_back(tracking);
  all.push_back(told(CommandType::kStockReturned, "shop", "refund-2", "leeds", 1));
  all.push_back(told(CommandType::kStockReturned, "3pl", "RMA-7", "leeds", 1));
  all.push_back(snapshot(40, 1, 1));
  all.push_back(told(CommandType::kOrderFulfilled, "shop", "F2", "leeds", 1));
  all.push_back(told(CommandType::kOrderUnfulfilled, "shop", "F2", "leeds", 0));
  all.push_back(told(CommandType::kOrderCancelled, "shop", "", "", 0));
  all.push_back(snapshot(1, {}, {}));
  all.push_back(told(CommandType::kOrderCancelled, "shop", "refund-1", "", 1));
  return all;
}

struct OrderLife : testing::Test {
  TestLedger shop;
  void SetUp() override {
    shop.channel("web", {"berlin", "leeds"});
    shop.receive("TEE", "berlin", 10);
    shop.count("TEE", "leeds", 0);
  }
  std::string books() const { return shop.ahc("TEE", "berlin") + " " + shop.ahc("TEE", "leeds"); }
};

TEST_F(OrderLife, TheWalkComesOutStepByStep) {
  const std::vector<Command> all = deliveries();
  shop.hold("cart", {line_of("TEE", 5)});
  EXPECT_EQ(books(), "5/5/0 0/0/0");
  shop.commit("cart", "1001");
  shop.decide(all[0]);
  EXPECT_EQ(books(), "5/0/5 0/0/0");
  shop.decide(all[1]);
  shop.decide(all[2]);
  EXPECT_EQ(books(), "6/0/4 0/0/0");
  shop.decide(all[3]);
  shop.decide(all[4]);
  EXPECT_EQ(books(), "6/0/2 0/0/0");
  shop.decide(all[5]);
  EXPECT_EQ(shop.decide(all[6]).status, OutcomeStatus::kRecorded);  // remembered, moves nothing
  EXPECT_EQ(books(), "6/0/2 1/0/0");
  shop.decide(all[7]);
  EXPECT_EQ(books(), "6/0/1 1/0/0");
  shop.decide(all[8]);
  EXPECT_EQ(books(), "7/0/0 0/0/0");
  shop.decide(all[9]);
  EXPECT_EQ(books(), "7/0/0 0/0/1");
  shop.decide(all[10]);
  EXPECT_EQ(books(), "7/0/0 1/0/0");
  EXPECT_EQ(shop.decide(all[11]).status, OutcomeStatus::kDuplicate);
  EXPECT_EQ(shop.decide(all[12]).status, OutcomeStatus::kDuplicate);
  EXPECT_EQ(books(), "7/0/0 1/0/0");
  const OrderLineView line = shop.order("web", "1001").lines.front();
  EXPECT_EQ(line.written_off, 1);
  EXPECT_EQ(line.fulfilled - line.returned, 1);  // with the customer
  shop.verify();
}

TEST(OrderLifeInAnyOrder, EndsTheSame) {
  for (uint64_t seed = 1; seed <= 400; ++seed) {
    SeededRandom random(seed);
    TestLedger shop;
    shop.channel("web", {"berlin", "leeds"});
    shop.receive("TEE", "berlin", 10);
    shop.count("TEE", "leeds", 0);
    shop.hold("cart", {line_of("TEE", 5)});
    std::vector<Command> arrivals;
    for (const Command& command : deliveries()) {
      for (uint64_t times = 1 + random.below(3); times > 0; --times) arrivals.push_back(command);
    }
    Command commit = TestLedger::fact(CommandType::kHoldCommit, {});
    commit.hold = "cart";
    commit.order = "1001";
    arrivals.push_back(commit);
    for (size_t i = arrivals.size(); i > 1; --i) {
      std::swap(arrivals[i - 1], arrivals[random.below(i)]);
    }
    for (const Command& command : arrivals) {
      shop.pass(random.below(10) * kSecond);
      const Outcome outcome = shop.decide(command);
      ASSERT_TRUE(outcome.error.code == ErrorCode::kNone) << outcome.error.detail;
    }
    EXPECT_EQ(shop.ahc("TEE", "berlin"), "7/0/0") << "seed " << seed;
    EXPECT_EQ(shop.ahc("TEE", "leeds"), "1/0/0") << "seed " << seed;
    if (seed % 20 == 0) shop.verify();
  }
}

TEST_F(OrderLife, AFulfilmentBeforeItsOrderLeavesNothingCommittedForEver) {
  shop.decide(told(CommandType::kOrderFulfilled, "shop", "F1", "berlin", 2));
  EXPECT_EQ(books(), "8/0/0 0/0/0");
  Command placed = told(CommandType::kOrderPlaced, "shop", "", "", 2);
  shop.decide(placed);
  EXPECT_EQ(books(), "8/0/0 0/0/0");
}

TEST_F(OrderLife, AnEditWithoutRestockWritesTheUnitsOff) {
  shop.decide(snapshot(1, {}, {}));
  Command edit = snapshot(2, {}, {});
  edit.lines.front().ordered = 4;
  edit.restock = false;
  shop.decide(edit);
  EXPECT_EQ(books(), "5/0/4 0/0/0");
  EXPECT_EQ(shop.order("web", "1001").lines.front().written_off, 1);
  shop.verify();
}

TEST_F(OrderLife, MoreShippedThanOrderedMovesAndIsADiscrepancy) {
  shop.decide(told(CommandType::kOrderPlaced, "shop", "", "", 1));
  shop.decide(told(CommandType::kOrderFulfilled, "shop", "F1", "berlin", 3));
  EXPECT_EQ(books(), "7/0/0 0/0/0");
  Query query;
  query.type = QueryType::kDiscrepancies;
  const QueryResult listed = shop.ledger().query(query, shop.now);
  ASSERT_EQ(listed.discrepancies.size(), 1u);
  EXPECT_EQ(listed.discrepancies[0].quantity, 2);
  shop.verify();
}

TEST_F(OrderLife, AVersionOfAnotherKindThanBeforeIsRejected) {
  shop.decide(snapshot(1, {}, {}));
  Command other = snapshot(2, {}, {});
  other.version = {Version::Kind::kInteger, 7};
  EXPECT_EQ(shop.decide(other).error.code, ErrorCode::kInvalidVersion);
}

TEST_F(OrderLife, TillAndWebOrdersOfOneNumberAreTwoOrders) {
  shop.placed("1001", {line_of("TEE", 1)}, "web");
  shop.placed("1001", {line_of("TEE", 2)}, "till");
  EXPECT_EQ(books(), "7/0/3 0/0/0");
}

TEST_F(OrderLife, ReassignmentMovesTheCommitment) {
  shop.placed("1001", {line_of("TEE", 3)});
  Command moved = TestLedger::fact(CommandType::kOrderReassigned, {line_of("TEE", 2)});
  moved.channel = "web";
  moved.order = "1001";
  moved.location = "berlin";
  moved.to_location = "leeds";
  shop.keyed(moved);
  EXPECT_EQ(books(), "9/0/1 -2/0/2");
  shop.verify();
}

}  // namespace
}  // namespace holdfast::ledger
