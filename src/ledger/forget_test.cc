// What is forgotten and what never is: hold ids may be used again after 35 days, an order's
// counters last.
#include "ledger/test_ledger.h"

namespace holdfast::ledger {
namespace {

TEST(Forgetting, AHoldIdUsedAgainAfter35DaysIsAnotherHoldForAReplayToo) {
  for (const bool memory_was_freed : {true, false}) {
    TestLedger shop;
    shop.channel("web", {"berlin"});
    shop.receive("A", "berlin", 10);
    shop.hold("cart", {line_of("A", 4)});
    shop.release("cart");
    shop.pass(34 * kDay);
    EXPECT_EQ(shop.hold("cart", {line_of("A", 1)}).error.code, ErrorCode::kHoldExists);
    shop.pass(2 * kDay);
    shop.receive("A", "berlin", 1);
    if (memory_was_freed) shop.ledger().forget_expired(10);
    EXPECT_EQ(shop.release("cart").error.code, ErrorCode::kUnknownHold);
    EXPECT_EQ(shop.hold("cart", {line_of("A", 1)}).status, OutcomeStatus::kAccepted);
    shop.verify();
    Ledger replayed({});
    shop.sink.replay_into(replayed);
    EXPECT_EQ(hold_in(replayed, "cart", shop.now).expires_at,
              hold_in(shop.ledger(), "cart", shop.now).expires_at);
    // It ends when its own time is over, there as here.
    shop.pass(kHour);
    RecordingSink sink;
    EXPECT_EQ(replayed.expire_due(shop.now, 10, sink), 1u);
    EXPECT_EQ(shop.ledger().expire_due(shop.now, 10, shop.sink), 1u);
    EXPECT_EQ(replayed.state_hash(), shop.ledger().state_hash());
  }
}

TEST(Forgetting, ACommitOfAHoldThatEndedMonthsAgoIsExpiredNeverUnknown) {
  TestLedger shop;
  shop.channel("web", {"berlin"});
  shop.receive("A", "berlin", 10);
  const std::string id = shop.hold("", {line_of("A", 4)}).hold->id;
  shop.pass(kHour);
  shop.receive("A", "berlin", 1);
  for (int months = 0; months < 3; ++months) {
    EXPECT_EQ(shop.commit(id, "1").error.code, ErrorCode::kHoldExpired);
    shop.pass(30 * kDay);
  }
}

TEST(Forgetting, AnOrdersCountersNeverExpire) {
  TestLedger shop;
  shop.channel("web", {"berlin"});
  shop.receive("A", "berlin", 10);
  shop.placed("1001", {line_of("A", 3)});
  Command shipped = TestLedger::fact(CommandType::kOrderFulfilled, {line_of("A", 3, "berlin")});
  shipped.channel = "web";
  shipped.order = "1001";
  shipped.document = "F1";
  shop.decide(shipped);
  EXPECT_EQ(shop.ahc("A", "berlin"), "7/0/0");
  for (int months = 0; months < 3; ++months) {
    shop.pass(30 * kDay);
    shop.receive("B", "berlin", 1);
    shop.ledger().forget_expired(1'000);
  }
  // The shop sends the whole order once more: a note was added to it.
  shop.placed("1001", {line_of("A", 3)});
  shop.decide(shipped);
  EXPECT_EQ(shop.ahc("A", "berlin"), "7/0/0");
  shop.verify();
}

}  // namespace
}  // namespace holdfast::ledger
