// Every refusal the ledger knows, produced once.
#include "ledger/test_ledger.h"

namespace holdfast::ledger {
namespace {

struct Refusals : testing::Test {
  TestLedger shop;
  void SetUp() override {
    shop.channel("web", {"berlin", "leeds"});
    shop.receive("A", "berlin", 10);
  }
  Command on_hold(CommandType type, const std::string& id) {
    Command command = TestLedger::fact(type, {});
    command.hold = id;
    command.order = "1";
    return command;
  }
  Command set_channel(const std::string& id, bool managed, int64_t buffer) {
    Command command;
    command.type = CommandType::kChannelSet;
    command.channel = id;
    command.channel_settings.locations = {"berlin"};
    command.channel_settings.buffer = buffer;
    command.channel_settings.managed_by_config = managed;
    return command;
  }
  Command merge(const std::string& alias, const std::string& same_as) {
    Command command;
    command.type = CommandType::kSkuMerge;
    command.sku_alias = alias;
    command.sku_same_as = same_as;
    return command;
  }
};

TEST_F(Refusals, OfTheRequestItself) {
  EXPECT_EQ(shop.decide(TestLedger::fact(CommandType::kNone, {line_of("A", 1)})).error.code,
            ErrorCode::kUnknownType);
  EXPECT_EQ(shop.decide(TestLedger::fact(CommandType::kStockSold, {})).error.code,
            ErrorCode::kMissingField);
  EXPECT_EQ(
      shop.keyed(TestLedger::fact(CommandType::kStockSold, {line_of("A", 0, "berlin")})).error.code,
      ErrorCode::kInvalidQuantity);
  EXPECT_EQ(shop.decide(TestLedger::fact(CommandType::kStockSold, {line_of("A", 1, "berlin")}))
                .error.code,
            ErrorCode::kIdempotencyKeyRequired);
  EXPECT_EQ(shop.keyed(TestLedger::fact(CommandType::kStockSold, {line_of("A", 1)})).error.code,
            ErrorCode::kLocationRequired);
  EXPECT_EQ(shop.keyed(TestLedger::fact(CommandType::kStockSold,
                                        std::vector<CommandLine>(1001, line_of("A", 1))))
                .error.code,
            ErrorCode::kTooManyLines);
  Command transfer =
      TestLedger::fact(CommandType::kTransferDispatched, {line_of("A", 1, "berlin")});
  EXPECT_EQ(shop.keyed(transfer).error.code, ErrorCode::kReferenceRequired);
  EXPECT_EQ(shop.hold("h_0_5", {line_of("A", 1)}).error.code, ErrorCode::kInvalidName);
  EXPECT_EQ(shop.hold("white space", {line_of("A", 1)}).error.code, ErrorCode::kInvalidName);
  Command ttl = TestLedger::fact(CommandType::kHoldPlace, {line_of("A", 1)});
  ttl.channel = "web";
  ttl.ttl_s = 86'401;
  EXPECT_EQ(shop.decide(ttl).error.code, ErrorCode::kInvalidValue);
}

TEST_F(Refusals, WhereARequestMayTakeFrom) {
  EXPECT_EQ(shop.hold("", {line_of("A", 1)}, "").error.code, ErrorCode::kLocationRequired);
  EXPECT_EQ(shop.hold("", {line_of("A", 1)}, "nowhere").error.code, ErrorCode::kUnknownChannel);
  EXPECT_EQ(shop.hold("", {line_of("A", 1, "atlantis")}).error.code, ErrorCode::kUnknownLocation);
  const Outcome unknown = shop.hold("", {line_of("never-seen", 1), line_of("A", 11)});
  EXPECT_EQ(unknown.error.code, ErrorCode::kInsufficientStock);
  ASSERT_EQ(unknown.shortages.size(), 2u);
  EXPECT_TRUE(unknown.shortages[0].untracked);
}

TEST_F(Refusals, OfHolds) {
  shop.hold("cart", {line_of("A", 2)});
  EXPECT_EQ(shop.hold("cart", {line_of("A", 2)}).status, OutcomeStatus::kDuplicate);
  EXPECT_EQ(shop.hold("cart", {line_of("A", 3)}).error.code, ErrorCode::kHoldExists);
  EXPECT_EQ(shop.decide(on_hold(CommandType::kHoldCommit, "none")).error.code,
            ErrorCode::kUnknownHold);
  Command too_much = on_hold(CommandType::kHoldCommit, "cart");
  too_much.lines = {line_of("A", 3)};
  EXPECT_EQ(shop.decide(too_much).error.code, ErrorCode::kInvalidQuantity);

  EXPECT_EQ(shop.commit("cart", "1").status, OutcomeStatus::kAccepted);
  EXPECT_EQ(shop.commit("cart", "1").status, OutcomeStatus::kDuplicate);
  EXPECT_EQ(shop.commit("cart", "2").error.code, ErrorCode::kHoldCommittedElsewhere);

  shop.hold("gone", {line_of("A", 2)});
  shop.release("gone");
  EXPECT_EQ(shop.release("gone").status, OutcomeStatus::kDuplicate);
  EXPECT_EQ(shop.decide(on_hold(CommandType::kHoldExtend, "gone")).error.code,
            ErrorCode::kHoldClosed);

  shop.hold("late", {line_of("A", 2)});
  shop.pass(901 * kSecond);
  EXPECT_EQ(shop.commit("late", "3").error.code, ErrorCode::kHoldExpired);
  Command again = on_hold(CommandType::kHoldCommit, "late");
  again.order = "3";
  again.rehold = true;
  EXPECT_EQ(shop.decide(again).status, OutcomeStatus::kAccepted);
  EXPECT_EQ(shop.ahc("A", "berlin"), "6/0/4");

  shop.hold("risky", {line_of("A", 6)});
  shop.sell("A", "berlin", 1);
  Command ask_first = on_hold(CommandType::kHoldCommit, "risky");
  ask_first.refuse_if_endangered = true;
  EXPECT_EQ(shop.decide(ask_first).error.code, ErrorCode::kHoldEndangered);
  const Outcome committed = shop.commit("risky", "4");
  EXPECT_EQ(committed.status, OutcomeStatus::kAccepted);
  EXPECT_EQ(committed.hold->endangered, 1);
  shop.verify();
}

TEST_F(Refusals, OfOrders) {
  Command accept = TestLedger::fact(CommandType::kOrderAccept, {line_of("A", 2)});
  accept.channel = "web";
  accept.order = "9";
  EXPECT_EQ(shop.decide(accept).status, OutcomeStatus::kAccepted);
  EXPECT_EQ(shop.decide(accept).status, OutcomeStatus::kDuplicate);
  accept.lines.front().quantity = 3;
  EXPECT_EQ(shop.decide(accept).error.code, ErrorCode::kOrderExists);
  EXPECT_EQ(shop.ahc("A", "berlin"), "8/0/2");
}

TEST_F(Refusals, OfSettings) {
  EXPECT_EQ(shop.decide(set_channel("tills", true, 1)).status, OutcomeStatus::kRecorded);
  EXPECT_EQ(shop.decide(set_channel("tills", false, 2)).error.code, ErrorCode::kManagedByConfig);
  shop.hold("cart", {line_of("A", 1)});
  Command remove;
  remove.type = CommandType::kChannelRemove;
  remove.channel = "web";
  EXPECT_EQ(shop.decide(remove).error.code, ErrorCode::kChannelInUse);
  shop.release("cart");
  EXPECT_EQ(shop.decide(remove).status, OutcomeStatus::kRecorded);
  EXPECT_EQ(shop.decide(remove).error.code, ErrorCode::kUnknownChannel);
  EXPECT_EQ(shop.decide(merge("a", "a")).error.code, ErrorCode::kSkuMergeConflict);
  EXPECT_EQ(shop.decide(merge("a", "A")).status, OutcomeStatus::kRecorded);
  EXPECT_EQ(shop.decide(merge("a", "A")).status, OutcomeStatus::kDuplicate);
  EXPECT_EQ(shop.decide(merge("b", "a")).error.code, ErrorCode::kSkuMergeConflict);
  shop.verify();
}

TEST_F(Refusals, OfNumbers) {
  Command adjusted = TestLedger::fact(CommandType::kStockAdjusted, {CommandLine{}});
  adjusted.lines.front().sku = "A";
  adjusted.lines.front().location = "berlin";
  adjusted.lines.front().set = 4;
  adjusted.lines.front().expected = 9;
  EXPECT_EQ(shop.decide(adjusted).error.code, ErrorCode::kStaleQuantity);
  adjusted.lines.front().expected = 10;
  EXPECT_EQ(shop.decide(adjusted).status, OutcomeStatus::kRecorded);
  EXPECT_EQ(shop.at("A", "berlin").available, 4);

  // Only years of the largest receipts get there: the log is made to say so.
  Ledger& ledger = shop.ledger();
  ledger.begin_command({}, ledger.last_seq() + 1, shop.now);
  Event huge;
  huge.type = EventType::kStockReceived;
  huge.seq = ledger.last_seq() + 1;
  huge.sku = "HUGE";
  huge.sku_seq = 1;
  huge.from = Account::kSupplier;
  huge.to = Account::kAvailable;
  huge.location = "berlin";
  huge.quantity = INT64_MAX / 2 + 1;
  huge.flags = Event::kTracked;
  ledger.apply(huge);
  ledger.end_command();
  EXPECT_EQ(shop.receive("HUGE", "berlin", 1).error.code, ErrorCode::kQuantityOverflow);
}

TEST_F(Refusals, WhenTheLedgerCannotTakeItNow) {
  EXPECT_EQ(
      shop.decide(TestLedger::fact(CommandType::kHoldPlace, {line_of("A", 1, "berlin")}), true)
          .error.code,
      ErrorCode::kStorageFull);
  Command parked = TestLedger::fact(CommandType::kStockSold, {line_of("A", 1, "berlin")});
  parked.from_source = true;
  parked.idempotency_key = "old";
  parked.occurred_at = shop.now - 8 * kDay;
  const Outcome outcome = shop.decide(parked);
  EXPECT_EQ(outcome.status, OutcomeStatus::kParked);
  EXPECT_EQ(outcome.error.code, ErrorCode::kOutsideWindow);

  Command past = TestLedger::fact(CommandType::kStockCounted, {CommandLine{}});
  past.lines.front().sku = "A";
  past.lines.front().location = "berlin";
  past.lines.front().counted = 3;
  past.occurred_at = shop.now - kHour;  // the receipt occurred after it
  EXPECT_EQ(shop.decide(past).error.code, ErrorCode::kBasisMoved);
}

TEST(RefusalsAtLimits, OpenHoldsOrdersAndKeys) {
  LedgerOptions options;
  options.holds_open_max = 1;
  options.orders_open_max = 1;
  options.idempotency_keys_max = 2;
  TestLedger shop(options);
  shop.channel("web", {"berlin"});
  shop.receive("A", "berlin", 10);
  EXPECT_EQ(shop.hold("one", {line_of("A", 1)}).status, OutcomeStatus::kAccepted);
  EXPECT_EQ(shop.hold("two", {line_of("A", 1)}).error.code, ErrorCode::kTooManyOpen);
  shop.sell("A", "berlin", 1);
  EXPECT_EQ(shop.sell("A", "berlin", 1).error.code, ErrorCode::kIdempotencyFull);
  shop.pass(8 * kDay);
  EXPECT_EQ(shop.sell("A", "berlin", 1).status, OutcomeStatus::kRecorded);
}

TEST(Idempotency, SameKeyGivesTheFirstAnswerAndAnotherBodyIsRejected) {
  TestLedger shop;
  shop.channel("web", {"berlin"});
  shop.receive("A", "berlin", 10);
  Command place = TestLedger::fact(CommandType::kHoldPlace, {line_of("A", 4)});
  place.channel = "web";
  place.idempotency_key = "k";
  place.fingerprint = 1;
  const Outcome first = shop.decide(place);
  const Outcome again = shop.decide(place);
  EXPECT_TRUE(again.replayed);
  const auto* record = shop.sink.starting_at(again.first_seq);
  ASSERT_NE(record, nullptr);
  const auto events = record->views();
  const Outcome rebuilt = Ledger::answer_of(record->head(), events);
  EXPECT_EQ(rebuilt.status, first.status);
  EXPECT_EQ(rebuilt.seq, first.seq);
  EXPECT_EQ(rebuilt.hold->id, first.hold->id);
  EXPECT_EQ(rebuilt.hold->expires_at, first.hold->expires_at);
  EXPECT_EQ(rebuilt.hold->lines.front().quantity, 4);
  place.fingerprint = 2;
  EXPECT_EQ(shop.decide(place).error.code, ErrorCode::kIdempotencyKeyReused);
  place.from_source = true;
  EXPECT_EQ(shop.decide(place).status, OutcomeStatus::kDuplicate);
  EXPECT_EQ(shop.ahc("A", "berlin"), "6/4/0");
}

TEST(Idempotency, ARefusalIsNotRemembered) {
  TestLedger shop;
  shop.channel("web", {"berlin"});
  shop.receive("A", "berlin", 1);
  Command place = TestLedger::fact(CommandType::kHoldPlace, {line_of("A", 2)});
  place.channel = "web";
  place.idempotency_key = "k";
  EXPECT_EQ(shop.decide(place).error.code, ErrorCode::kInsufficientStock);
  shop.receive("A", "berlin", 1);
  EXPECT_EQ(shop.decide(place).status, OutcomeStatus::kAccepted);
}

TEST(DryRun, AnswersAsIfAndLeavesNothingBehind) {
  TestLedger shop;
  shop.channel("web", {"berlin"});
  shop.receive("A", "berlin", 3);
  const Hash128 before = shop.ledger().state_hash();
  Command place = TestLedger::fact(CommandType::kHoldPlace, {line_of("A", 3)});
  place.channel = "web";
  place.dry_run = true;
  EXPECT_EQ(shop.decide(place).status, OutcomeStatus::kAccepted);
  EXPECT_EQ(shop.decide(place).status, OutcomeStatus::kAccepted);
  place.lines.front().quantity = 4;
  EXPECT_EQ(shop.decide(place).error.code, ErrorCode::kInsufficientStock);
  Command sold = TestLedger::fact(CommandType::kStockSold, {line_of("A", 9, "berlin")});
  sold.idempotency_key = "x";
  sold.dry_run = true;
  EXPECT_EQ(shop.decide(sold).status, OutcomeStatus::kRecorded);
  EXPECT_EQ(shop.ledger().state_hash(), before);
  EXPECT_EQ(shop.ahc("A", "berlin"), "3/0/0");
}

}  // namespace
}  // namespace holdfast::ledger
