// The thinnest path through the ledger: receive, hold, commit, the order's own webhook, ship, sell.
#include "ledger/test_ledger.h"

namespace holdfast::ledger {
namespace {

struct MainPath : testing::Test {
  TestLedger shop;
  void SetUp() override {
    shop.channel("web", {"berlin", "leeds"});
    shop.receive("A", "berlin", 10);
  }
};

TEST_F(MainPath, AReceiptMakesUnitsAvailable) {
  EXPECT_EQ(shop.ahc("A", "berlin"), "10/0/0");
  EXPECT_EQ(shop.ats("A", "web"), 10);
  shop.verify();
}

TEST_F(MainPath, AHoldTakesUnitsAndItsCommitMakesAnOrder) {
  const Outcome placed = shop.hold("cart", {line_of("A", 5)});
  ASSERT_EQ(placed.status, OutcomeStatus::kAccepted);
  EXPECT_EQ(shop.ahc("A", "berlin"), "5/5/0");
  const Outcome committed = shop.commit("cart", "1001");
  ASSERT_EQ(committed.status, OutcomeStatus::kAccepted);
  EXPECT_EQ(shop.ahc("A", "berlin"), "5/0/5");
  EXPECT_FALSE(committed.hold->open);
  EXPECT_EQ(shop.order("web", "1001").lines.front().ordered, 5);
  shop.verify();
}

TEST_F(MainPath, TheOrdersOwnWebhookAfterTheCommitMovesNothing) {
  shop.hold("cart", {line_of("A", 2)});
  shop.commit("cart", "1001");
  CommandLine ordered = line_of("A", 2);
  shop.placed("1001", {ordered});
  EXPECT_EQ(shop.ahc("A", "berlin"), "8/0/2");
  shop.verify();
}

TEST_F(MainPath, ACommitAfterTheOrdersOwnWebhookGivesTheHeldUnitsBack) {
  shop.hold("cart", {line_of("A", 2)});
  shop.placed("1001", {line_of("A", 2)});
  EXPECT_EQ(shop.ahc("A", "berlin"), "6/2/2");
  shop.commit("cart", "1001");
  EXPECT_EQ(shop.ahc("A", "berlin"), "8/0/2");
  shop.verify();
}

TEST_F(MainPath, ARequestForMoreThanThereIsIsRefusedWithTheShortage) {
  const Outcome refused = shop.hold("cart", {line_of("A", 11)});
  EXPECT_EQ(refused.status, OutcomeStatus::kRefused);
  EXPECT_EQ(refused.error.code, ErrorCode::kInsufficientStock);
  ASSERT_EQ(refused.shortages.size(), 1u);
  EXPECT_EQ(refused.shortages[0].available_to_sell, 10);
  EXPECT_EQ(shop.ahc("A", "berlin"), "10/0/0");
}

TEST_F(MainPath, ATillMaySellWhatACartHolds) {
  shop.hold("cart", {line_of("A", 10)});
  const Outcome sold = shop.sell("A", "berlin", 1);
  EXPECT_EQ(sold.status, OutcomeStatus::kRecorded);
  EXPECT_EQ(shop.ahc("A", "berlin"), "-1/10/0");
  EXPECT_EQ(shop.view("cart").endangered, 1);
  EXPECT_EQ(shop.ats("A", "web"), 0);
  EXPECT_EQ(shop.count_of(EventType::kShortfallOpened), 1u);
  shop.verify();
}

}  // namespace
}  // namespace holdfast::ledger
