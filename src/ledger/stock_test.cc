// Counts and late facts, receipts, transfers, moves; who sells how much.
#include "ledger/test_ledger.h"

namespace holdfast::ledger {
namespace {

TEST(Counts, AFactFromBeforeACountIsNotSubtractedTwice) {
  TestLedger shop;
  shop.receive("A", "leeds", 100);
  shop.pass(2 * kHour);
  const Timestamp counted_at = shop.now;
  EXPECT_EQ(shop.count("A", "leeds", 97, counted_at).status, OutcomeStatus::kRecorded);
  EXPECT_EQ(shop.at("A", "leeds").available, 97);
  shop.pass(2 * kHour);
  Command late = TestLedger::fact(CommandType::kStockSold, {line_of("A", 3, "leeds")});
  late.occurred_at = counted_at - 10 * kMinute;
  shop.keyed(late);
  EXPECT_EQ(shop.at("A", "leeds").available, 97);
  EXPECT_EQ(shop.count_of(EventType::kStockCountCorrected), 1u);
  shop.sell("A", "leeds", 1);
  EXPECT_EQ(shop.at("A", "leeds").available, 96);
  shop.verify();
}

TEST(Counts, ASaleInTheSameMomentAfterTheCountCounts) {
  TestLedger shop;
  shop.count("A", "leeds", 5);
  shop.sell("A", "leeds", 1);
  EXPECT_EQ(shop.at("A", "leeds").available, 4);
  EXPECT_EQ(shop.count_of(EventType::kStockCountCorrected), 0u);
}

TEST(Counts, ZeroIsACountAndMakesTracked) {
  TestLedger shop;
  shop.channel("web", {"leeds"});
  shop.sell("A", "leeds", 1);
  EXPECT_EQ(shop.ats("A", "web"), std::nullopt);
  EXPECT_EQ(shop.count_of(EventType::kShortfallOpened), 0u);
  shop.count("A", "leeds", 0);
  EXPECT_EQ(shop.ats("A", "web"), 0);
  EXPECT_EQ(shop.at("A", "leeds").available, 0);
  shop.verify();
}

TEST(Counts, TheFutureIsClampedAndTheClaimKept) {
  TestLedger shop;
  Command ahead = TestLedger::fact(CommandType::kStockSold, {line_of("A", 1, "leeds")});
  ahead.occurred_at = shop.now + 2 * kHour;
  shop.keyed(ahead);
  const Event event = shop.sink.last().events.back().get();
  EXPECT_FALSE(event.occurred_at.has_value());
  EXPECT_EQ(event.claimed_at, shop.now + 2 * kHour);
}

TEST(Receipts, AnAnnouncementIsAbsoluteAndFinalClosesIt) {
  TestLedger shop;
  Command expected = TestLedger::fact(CommandType::kStockExpected, {CommandLine{}});
  expected.reference = "ASN-1";
  expected.location = "berlin";
  expected.lines.front().sku = "A";
  expected.lines.front().line = "1";
  expected.lines.front().expected = 48;
  shop.decide(expected);
  EXPECT_EQ(shop.decide(expected).status, OutcomeStatus::kDuplicate);
  expected.lines.front().expected = 60;
  shop.decide(expected);
  EXPECT_EQ(shop.at("A", "berlin").incoming, 60);
  Command received = TestLedger::fact(CommandType::kStockReceived, {line_of("A", 40, "berlin", "1")});
  received.reference = "ASN-1";
  shop.keyed(received);
  EXPECT_EQ(shop.at("A", "berlin").incoming, 20);
  CommandLine damaged = line_of("A", 2, "berlin", "1d");
  damaged.state = Account::kDamaged;
  received.lines = {damaged};
  received.final = true;
  shop.keyed(received);
  EXPECT_EQ(shop.at("A", "berlin").incoming, 0);
  EXPECT_EQ(shop.at("A", "berlin").damaged, 2);
  EXPECT_EQ(shop.at("A", "berlin").available, 40);
  shop.verify();
}

TEST(Transfers, TenSentNineArriveAndTheRestIsLost) {
  TestLedger shop;
  shop.receive("A", "berlin", 10);
  Command sent = TestLedger::fact(CommandType::kTransferDispatched, {line_of("A", 10)});
  sent.reference = "T-9";
  sent.location = "berlin";
  sent.to_location = "leeds";
  shop.keyed(sent);
  EXPECT_EQ(shop.at("A", "leeds").in_transit, 10);
  Command arrived = TestLedger::fact(CommandType::kTransferReceived, {line_of("A", 9)});
  arrived.reference = "T-9";
  arrived.location = "leeds";
  arrived.final = true;
  shop.keyed(arrived);
  EXPECT_EQ(shop.at("A", "leeds").in_transit, 0);
  EXPECT_EQ(shop.at("A", "leeds").available, 9);
  EXPECT_TRUE(shop.at("A", "leeds").tracked);
  shop.verify();
}

TEST(Transfers, WhatArrivesBeforeItWasSentEndsInTheSameBooks) {
  TestLedger shop;
  shop.receive("A", "berlin", 10);
  Command arrived = TestLedger::fact(CommandType::kTransferReceived, {line_of("A", 4, "leeds")});
  arrived.reference = "T-9";
  shop.keyed(arrived);
  Command sent = TestLedger::fact(CommandType::kTransferDispatched, {line_of("A", 4)});
  sent.reference = "T-9";
  sent.location = "berlin";
  sent.to_location = "leeds";
  shop.keyed(sent);
  EXPECT_EQ(shop.at("A", "berlin").available, 6);
  EXPECT_EQ(shop.at("A", "leeds").available, 4);
  EXPECT_EQ(shop.at("A", "leeds").in_transit, 0);
  shop.verify();
}

TEST(Moves, IntoAvailableAtMostWhatIsThere) {
  TestLedger shop;
  shop.receive("A", "berlin", 5);
  CommandLine line = line_of("A", 2, "berlin");
  line.from = Account::kAvailable;
  line.to = Account::kDamaged;
  shop.keyed(TestLedger::fact(CommandType::kStockMoved, {line}));
  line.quantity = 5;
  std::swap(line.from, line.to);
  shop.keyed(TestLedger::fact(CommandType::kStockMoved, {line}));
  EXPECT_EQ(shop.at("A", "berlin").available, 5);
  EXPECT_EQ(shop.at("A", "berlin").damaged, 0);
  EXPECT_EQ(shop.count_of(EventType::kDiscrepancy), 1u);
  shop.verify();
}

TEST(AvailableToSell, IsExactlyTheLargestRequestGranted) {
  for (int64_t berlin : {-3, 0, 2, 7}) {
    for (int64_t leeds : {-2, 0, 5}) {
      for (int64_t buffer : {0, 2}) {
        for (int64_t limit : {0, 3}) {
          TestLedger shop;
          shop.channel("web", {"berlin", "leeds"}, buffer, limit);
          shop.count("A", "berlin", 0);
          shop.count("A", "leeds", 0);
          if (berlin > 0) shop.receive("A", "berlin", berlin);
          if (berlin < 0) shop.sell("A", "berlin", -berlin);
          if (leeds > 0) shop.receive("A", "leeds", leeds);
          if (leeds < 0) shop.sell("A", "leeds", -leeds);
          const int64_t ats = *shop.ats("A", "web");
          EXPECT_EQ(ats, std::max<int64_t>(0, berlin + leeds - buffer + limit));
          EXPECT_EQ(shop.hold("more", {line_of("A", ats + 1)}).error.code,
                    ErrorCode::kInsufficientStock);
          if (ats == 0) continue;
          EXPECT_EQ(shop.hold("all", {line_of("A", ats)}).status, OutcomeStatus::kAccepted);
          EXPECT_EQ(shop.ats("A", "web"), 0);
          shop.verify();
        }
      }
    }
  }
}

TEST(Allocation, OneParcelRatherThanThree) {
  TestLedger shop;
  shop.channel("web", {"berlin", "leeds"});
  shop.receive("A", "berlin", 1);
  for (const char* sku : {"A", "B", "C"}) shop.receive(sku, "leeds", 1);
  const Outcome placed = shop.hold("cart", {line_of("A", 1), line_of("B", 1), line_of("C", 1)});
  ASSERT_TRUE(placed.hold);
  for (const HoldLineView& line : placed.hold->lines) EXPECT_EQ(line.location, "leeds");
}

TEST(Allocation, APartialHoldNamesItsShortages) {
  TestLedger shop;
  shop.channel("web", {"berlin"});
  shop.receive("A", "berlin", 2);
  Command place = TestLedger::fact(CommandType::kHoldPlace, {line_of("A", 5), line_of("B", 1)});
  place.channel = "web";
  place.allow_partial = true;
  const Outcome placed = shop.decide(place);
  EXPECT_EQ(placed.status, OutcomeStatus::kAccepted);
  EXPECT_EQ(placed.shortages.size(), 2u);
  EXPECT_EQ(shop.ahc("A", "berlin"), "0/2/0");
}

TEST(Shortfalls, TheNewestHoldIsNamedFirst) {
  TestLedger shop;
  shop.channel("web", {"berlin"});
  shop.receive("A", "berlin", 3);
  shop.placed("1", {line_of("A", 1)});
  shop.hold("old", {line_of("A", 1)});
  shop.hold("new", {line_of("A", 1)});
  shop.sell("A", "berlin", 3);
  Query query;
  query.type = QueryType::kShortfalls;
  const QueryResult result = shop.ledger().query(query, shop.now);
  ASSERT_EQ(result.shortfalls.size(), 1u);
  const ShortfallView& view = result.shortfalls.front();
  ASSERT_EQ(view.holds.size(), 2u);
  EXPECT_EQ(view.holds[0].first, "new");
  EXPECT_EQ(view.holds[1].first, "old");
  ASSERT_EQ(view.orders.size(), 1u);
  EXPECT_EQ(view.orders[0].first, "web/1");
  shop.receive("A", "berlin", 3);
  EXPECT_EQ(shop.count_of(EventType::kShortfallClosed), 1u);
  shop.verify();
}

TEST(Holds, ADueHoldIsFreeForTheVeryNextRequest) {
  TestLedger shop;
  shop.channel("web", {"berlin"});
  shop.receive("A", "berlin", 1);
  shop.hold("first", {line_of("A", 1)});
  shop.pass(900 * kSecond);
  const Outcome second = shop.hold("second", {line_of("A", 1)});
  EXPECT_EQ(second.status, OutcomeStatus::kAccepted);
  EXPECT_EQ(shop.view("first").lines.front().expired, 1);
  shop.verify();
}

TEST(Holds, AChangeKeepsWhatStaysAndIsAllOrNothing) {
  TestLedger shop;
  shop.channel("web", {"berlin"});
  shop.receive("A", "berlin", 5);
  shop.receive("B", "berlin", 1);
  shop.hold("cart", {line_of("A", 2)});
  const Timestamp deadline = shop.view("cart").expires_at;
  Command change = TestLedger::fact(CommandType::kHoldChange, {line_of("A", 5), line_of("B", 1)});
  change.hold = "cart";
  EXPECT_EQ(shop.decide(change).status, OutcomeStatus::kAccepted);
  EXPECT_EQ(shop.ahc("A", "berlin"), "0/5/0");
  change.lines = {line_of("A", 6)};
  EXPECT_EQ(shop.decide(change).error.code, ErrorCode::kInsufficientStock);
  change.lines = {line_of("B", 1)};
  shop.decide(change);
  EXPECT_EQ(shop.ahc("A", "berlin"), "5/0/0");
  EXPECT_EQ(shop.ahc("B", "berlin"), "0/1/0");
  EXPECT_EQ(shop.view("cart").expires_at, deadline);
  EXPECT_EQ(shop.decide(change).status, OutcomeStatus::kDuplicate);
  shop.verify();
}

TEST(Aliases, HoldsAndOrdersMoveOverAndTheOldNameGoesOn) {
  TestLedger shop;
  shop.channel("web", {"berlin"});
  shop.receive("a", "berlin", 5);
  shop.receive("A", "berlin", 1);
  shop.hold("cart", {line_of("a", 2)});
  shop.placed("1", {line_of("a", 1)});
  Command merge;
  merge.type = CommandType::kSkuMerge;
  merge.sku_alias = "a";
  merge.sku_same_as = "A";
  shop.decide(merge);
  EXPECT_EQ(shop.ahc("A", "berlin"), "3/2/1");
  EXPECT_EQ(shop.ahc("a", "berlin"), "3/2/1");
  shop.commit("cart", "2");
  shop.sell("a", "berlin", 1);
  EXPECT_EQ(shop.ahc("A", "berlin"), "2/0/3");
  shop.verify();
}

TEST(Levels, AChannelHearsWhenItRunsOutAndALateSettingFollows) {
  TestLedger shop;
  shop.channel("web", {"berlin"}, 0, 0, 2);
  shop.receive("A", "berlin", 5);
  shop.sell("A", "berlin", 3);
  shop.sell("A", "berlin", 2);
  EXPECT_EQ(shop.count_of(EventType::kAvailabilityChanged), 3u);  // in, low, out
  shop.receive("A", "berlin", 5);
  shop.channel("web", {"berlin"}, 5);
  EXPECT_FALSE(shop.ledger().settled());
  EXPECT_EQ(shop.ledger().settle(shop.now, 100, shop.sink), 1u);
  EXPECT_TRUE(shop.ledger().settled());
  shop.verify();
}

}  // namespace
}  // namespace holdfast::ledger
